import { Loader, Paper, SegmentedControl, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { CredentialUsage } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { type Bar, Bars } from '../chart/bars.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'

type Span = 'hour' | 'day'
const spans: Record<Span, string> = { hour: 'the last 24 hours', day: 'the last 30 days' }

/** What the key was used for. */
export function Usage({ id }: { id: number }) {
  const [per, setPer] = useState<Span>('hour')
  const { data, error } = useQuery({
    queryKey: ['credentials', 'usage', id, per],
    queryFn: () => comserv.credentials.usage(id, { per }),
  })
  return (
    <Paper withBorder p="lg">
      <SegmentedControl
        size="xs"
        aria-label="Span of time"
        value={per}
        onChange={(value) => setPer(value as Span)}
        data={[
          { value: 'hour', label: '24 hours' },
          { value: 'day', label: '30 days' },
        ]}
      />
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && <Chart usage={data} per={per} />}
    </Paper>
  )
}

function Chart({ usage, per }: { usage: CredentialUsage; per: Span }) {
  const { requests, errors, rate_limited } = usage.totals
  const sentence = `${requests.toLocaleString()} requests, ${errors.toLocaleString()} answered with an error, ${rate_limited.toLocaleString()} over the rate limit`
  if (requests === 0) {
    return (
      <Text c="dimmed" mt="md">
        Not used in {spans[per]}.
      </Text>
    )
  }
  return (
    <>
      <Text size="sm" my="sm">
        {sentence} in {spans[per]}
      </Text>
      <Bars bars={barsOf(usage, per)} summary={`${sentence} in ${spans[per]}`} />
    </>
  )
}

function barsOf({ data }: CredentialUsage, per: Span): Bar[] {
  const format = new Intl.DateTimeFormat(
    undefined,
    per === 'hour' ? { timeStyle: 'short' } : { dateStyle: 'medium' },
  )
  return data.map(({ start, requests, errors }) => ({
    label: format.format(new Date(start)),
    total: requests,
    failed: errors,
  }))
}
