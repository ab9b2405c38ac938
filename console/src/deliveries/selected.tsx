import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Delivery } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { sentenceOf } from '../api/problem.ts'
import { t } from '../i18n/t.ts'
import type { Selection } from '../list/selection.tsx'
import { type Failure, fewAtOnce } from '../parts/few-at-once.ts'
import { Warning } from '../parts/warning.tsx'

interface Props {
  /** The deliveries of the page that is shown. */
  rows: readonly Delivery[]
  selection: Selection<Delivery>
}

interface Doing {
  label: string
  done: number
  of: number
}

interface Result {
  sentence: string
  failures: readonly Failure<number>[]
}

const shownFailures = 5

/** Resends or cancels what is selected, and says what failed. What failed stays selected. */
export function Selected({ rows, selection }: Props) {
  const queryClient = useQueryClient()
  const [doing, setDoing] = useState<Doing>()
  const [result, setResult] = useState<Result>()
  const selected = selection.of(rows)

  async function act(
    label: string,
    done: (count: number) => string,
    call: (id: number) => PromiseLike<unknown>,
  ) {
    const ids = selected.map(({ id }) => id)
    setResult(undefined)
    setDoing({ label, done: 0, of: ids.length })
    const failures = await fewAtOnce(ids, call, (done) => setDoing({ label, done, of: ids.length }))
    setDoing(undefined)
    setResult({
      sentence: done(ids.length - failures.length),
      failures,
    })
    selection.set(selected.filter(({ id }) => failures.some(({ of }) => of === id)))
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] })
  }

  return (
    <Stack gap="xs">
      <Group gap="sm">
        {selected.length > 0 && (
          <>
            <Text size="sm">{t('{{count}} selected', { count: selected.length })}</Text>
            <Button
              disabled={doing !== undefined}
              onClick={() =>
                void act(
                  t('Resending'),
                  (count) => t('{{count}} deliveries resent', { count }),
                  (id) => comserv.deliveries.resend(id),
                )
              }
            >
              {t('Resend selected')}
            </Button>
            <Button
              variant="default"
              disabled={doing !== undefined}
              onClick={() =>
                void act(
                  t('Cancelling'),
                  (count) => t('{{count}} deliveries cancelled', { count }),
                  (id) => comserv.deliveries.cancel(id),
                )
              }
            >
              {t('Cancel selected')}
            </Button>
          </>
        )}
      </Group>
      {doing && <Progress aria-label={doing.label} value={(100 * doing.done) / doing.of} animated />}
      {result && <Outcome result={result} />}
    </Stack>
  )
}

function Outcome({ result: { sentence, failures } }: { result: Result }) {
  if (failures.length === 0) {
    return (
      <Paper withBorder p="sm" role="status">
        {sentence}.
      </Paper>
    )
  }
  return (
    <Warning role="status" title={t('{{sentence}}, {{count}} failed', { sentence, count: failures.length })}>
      {failures.slice(0, shownFailures).map(({ of, error }) => (
        <Text key={of} size="sm">
          {t('Delivery {{id}}: {{sentence}}', { id: of, sentence: sentenceOf(error) })}
        </Text>
      ))}
      {failures.length > shownFailures && (
        <Text size="sm">
          {t('and {{count}} more, which are still selected', { count: failures.length - shownFailures })}
        </Text>
      )}
    </Warning>
  )
}
