import { Button, Paper, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { AutomationAttempt, AutomationRunWithAttempts } from 'comserv'
import { useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { automations, stepLabel } from './automations.ts'
import { RunStatus } from './run-list.tsx'

/** One run, with every attempt of every step. */
export function RunPage() {
  const id = Number(useParams().id)
  const may = useMay()
  const read = useQuery({
    queryKey: ['automations', 'run', id],
    queryFn: () => comserv.automations.getRun(id),
    refetchInterval: 3_000,
  })
  const run = read.data
  const trail = run
    ? [...automations.trail, { label: t('Automation'), to: `${automations.path}/${run.automation_id}` }]
    : automations.trail
  return (
    <Page
      title={t('Run {{id}}', { id })}
      under={trail}
      guide="automations#see-what-it-did"
      actions={run && may('automations:write') && <Actions run={run} />}
    >
      <Reading query={read}>
        {(shown) => (
          <>
            <Paper withBorder p="lg">
              <RunFacts run={shown} />
            </Paper>
            <Section title={t('Attempts')}>
              <Stack>
                {shown.attempts.map((attempt, i) => (
                  <Attempt key={i} attempt={attempt} number={i + 1} />
                ))}
                {shown.attempts.length === 0 && <Text>{t('No step was carried out yet.')}</Text>}
              </Stack>
            </Section>
          </>
        )}
      </Reading>
    </Page>
  )
}

function Actions({ run: { id, status } }: { run: AutomationRunWithAttempts }) {
  const queryClient = useQueryClient()
  const isOpen = status === 'pending' || status === 'running' || status === 'waiting'
  const { mutate, isPending } = useMutation({
    mutationFn: async () => (isOpen ? comserv.automations.cancelRun(id) : comserv.automations.resumeRun(id)),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['automations'] }),
    onError: (error) => noticeOfProblem(t('Not done'), error),
  })
  if (!isOpen && status !== 'failed' && status !== 'cancelled') return null
  return (
    <Button variant="default" loading={isPending} onClick={() => mutate()}>
      {isOpen ? t('Cancel the run') : t('Resume')}
    </Button>
  )
}

function RunFacts({ run }: { run: AutomationRunWithAttempts }) {
  const { event_id, event_type, started_by, depth, step, created_at, next_attempt_at, finished_at } = run
  return (
    <Facts
      facts={[
        [t('Status'), <RunStatus key="status" run={run} />],
        event_id !== null && [
          t('Event'),
          <span key="event" className="mono">{`${event_type} ${event_id}`}</span>,
        ],
        started_by !== null && [t('Started by'), <UserName key="by" id={started_by} />],
        depth > 1 && [t('Caused by other runs'), number(depth - 1)],
        step !== null && [
          t('Step'),
          <span key="step" className="mono">
            {step}
          </span>,
        ],
        [t('Created'), <Instant key="created" at={created_at} seconds />],
        next_attempt_at && [t('Next attempt'), <Instant key="next" at={next_attempt_at} seconds />],
        finished_at && [t('Ended'), <Instant key="ended" at={finished_at} seconds />],
      ]}
    />
  )
}

function Attempt({ attempt, number: place }: { attempt: AutomationAttempt; number: number }) {
  const { step, type, outcome, error, input, output, started_at, duration_ms } = attempt
  return (
    <Paper withBorder p="md">
      <Text>
        <b>{stepLabel(type)}</b> <span className="quiet mono">{step}</span> <Status value={outcome} />{' '}
        <span className="quiet">
          <Instant at={started_at} seconds /> ·{' '}
          {t('{{last_duration_ms}} ms', { last_duration_ms: number(duration_ms) })}
        </span>
      </Text>
      {error && <Text lang="en">{error}</Text>}
      {input && <Labelled label={t('Input')} value={input} what={`${place}: ${t('what goes in')}`} />}
      {output && <Labelled label={t('Result')} value={output} what={`${place}: ${t('what came out')}`} />}
    </Paper>
  )
}

function Labelled({ label, value, what }: { label: string; value: object; what: string }) {
  return (
    <Stack gap="xs" mt="sm">
      <Text className="quiet">{label}</Text>
      <CodeBlock text={JSON.stringify(value, null, 2)} what={what} />
    </Stack>
  )
}
