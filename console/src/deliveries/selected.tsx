import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Delivery } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { sentenceOf } from '../api/problem.ts'
import type { Selection } from '../list/selection.tsx'
import { counted } from '../parts/counted.ts'
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
  const isAll = rows.length > 0 && selected.length === rows.length

  async function act(label: string, done: string, call: (id: number) => PromiseLike<unknown>) {
    const ids = selected.map(({ id }) => id)
    setResult(undefined)
    setDoing({ label, done: 0, of: ids.length })
    const failures = await fewAtOnce(ids, call, (done) => setDoing({ label, done, of: ids.length }))
    setDoing(undefined)
    setResult({
      sentence: `${counted(ids.length - failures.length, 'delivery', 'deliveries')} ${done}`,
      failures,
    })
    selection.set(selected.filter(({ id }) => failures.some(({ of }) => of === id)))
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] })
  }

  return (
    <Stack gap="xs">
      <Group gap="sm">
        {rows.length > 0 && (
          <Button
            variant="default"
            disabled={doing !== undefined}
            onClick={() => selection.set(isAll ? [] : rows)}
          >
            {isAll ? 'Select none' : 'Select this page'}
          </Button>
        )}
        {selected.length > 0 && (
          <>
            <Text size="sm">{selected.length.toLocaleString()} selected</Text>
            <Button
              disabled={doing !== undefined}
              onClick={() => void act('Resending', 'resent', (id) => comserv.deliveries.resend(id))}
            >
              Resend selected
            </Button>
            <Button
              variant="default"
              disabled={doing !== undefined}
              onClick={() => void act('Cancelling', 'cancelled', (id) => comserv.deliveries.cancel(id))}
            >
              Cancel selected
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
    <Warning role="status" title={`${sentence}, ${failures.length.toLocaleString()} failed`}>
      {failures.slice(0, shownFailures).map(({ of, error }) => (
        <Text key={of} size="sm">
          Delivery {of}: {sentenceOf(error)}
        </Text>
      ))}
      {failures.length > shownFailures && (
        <Text size="sm">
          and {(failures.length - shownFailures).toLocaleString()} more, which are still selected
        </Text>
      )}
    </Warning>
  )
}
