import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Automation, AutomationDryRun, AutomationDryRunOfEvent } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Problem } from '../parts/problem.tsx'
import { Status } from '../parts/status.tsx'
import { stepLabel } from './automations.ts'

/** What the rule would have done with the last events; nothing is done. */
export function DryRun({ automation: { id } }: { automation: Automation }) {
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => comserv.automations.dryRun(id),
  })
  return (
    <Stack>
      <Group>
        <Text flex={1} miw={260}>
          {t(
            'Which of the last 1,000 events would have begun a run, and what it would have done. Nothing is sent or changed.',
          )}
        </Text>
        <Button variant="default" loading={isPending} onClick={() => mutate()}>
          {t('Try it')}
        </Button>
      </Group>
      {error ? <Problem error={error} /> : null}
      {data && !error && <Tried of={data} />}
    </Stack>
  )
}

function Tried({ of: { examined, matched, failed, runs } }: { of: AutomationDryRun }) {
  return (
    <Stack role="status">
      {examined > 0 && (
        <Text fw={600}>{t('{{matched}} of {{examined}} events match.', { matched, examined })}</Text>
      )}
      {examined === 0 && runs.length === 0 && <Text>{t('There are no events of these types yet.')}</Text>}
      {failed > 0 && <Text>{t('The condition fails on {{failed}} events.', { failed })}</Text>}
      {runs.map((run) => (
        <DryRunOf key={run.event_id ?? 0} run={run} />
      ))}
    </Stack>
  )
}

const outcomes: Readonly<Record<string, string>> = {
  would_act: t('would be done'),
  would_stop: t('would stop the run'),
  would_fail: t('would fail'),
}

function DryRunOf({ run: { event_id, event_type, steps } }: { run: AutomationDryRunOfEvent }) {
  return (
    <details>
      <summary>
        {event_id === null
          ? t('Without an event')
          : t('Event {{event_id}}, {{event_type}}.', { event_id, event_type: event_type ?? '' })}
      </summary>
      <Stack gap="xs" mt="xs">
        {steps.map(({ step, type, outcome, error, input }) => (
          <div key={step}>
            <Text>
              {stepLabel(type)} <span className="quiet mono">{step}</span>{' '}
              <Status
                value={outcome}
                label={outcomes[outcome] ?? outcome}
                tone={outcome === 'would_fail' ? 'bad' : 'quiet'}
              />
            </Text>
            {error && <Text lang="en">{error}</Text>}
            {input && (
              <CodeBlock
                text={JSON.stringify(input, null, 2)}
                what={`${event_id ?? ''} ${step}: ${t('what goes in')}`}
              />
            )}
          </div>
        ))}
      </Stack>
    </details>
  )
}
