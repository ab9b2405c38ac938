import { Paper, SimpleGrid, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Credential } from 'comserv'
import { lazy, Suspense } from 'react'
import { comserv } from '../api/client.ts'
import { useStanding } from './use-standing.ts'

const Bars = lazy(async () => ({ default: (await import('../chart/bars.tsx')).Bars }))

/** As many keys as are worth asking for one by one: those that were used, the last used first. */
const askedMax = 20

export function Figures() {
  const { credentials, webhooks } = useStanding()
  const used = credentials
    .filter(({ last_used_at }) => last_used_at !== null)
    .sort((a, b) => (b.last_used_at ?? '').localeCompare(a.last_used_at ?? ''))
    .slice(0, askedMax)
  const { data } = useQuery({
    queryKey: ['figures', used.map(({ id }) => id)],
    queryFn: () => addUp(used),
    enabled: used.length > 0,
    refetchInterval: 30_000,
  })
  if (!data) return null
  const { requests, errors, limited, hours } = data
  const active = webhooks.filter(({ status }) => status === 'active')
  const well = active.filter(({ health }) => health.state === 'healthy' || health.state === 'untested')
  const format = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Calls by programs, the last 24 hours
      </Title>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm" mb="sm">
        <Figure value={requests.toLocaleString()} label="requests" />
        <Figure value={share(errors, requests)} label="answered with an error" />
        <Figure value={share(limited, requests)} label="over the rate limit" />
        <Figure
          value={active.length === 0 ? '–' : `${well.length} of ${active.length}`}
          label={active.length === 0 ? 'no active webhook' : 'webhooks in order'}
        />
      </SimpleGrid>
      <Paper withBorder p="lg">
        <Suspense fallback={<div className="bars-place" />}>
          <Bars
            bars={hours.map(({ start, requests, errors }) => ({
              label: format.format(new Date(start)),
              total: requests,
              failed: errors,
            }))}
            summary={`${requests} requests an hour over the last 24 hours, ${errors} of them answered with an error`}
          />
        </Suspense>
      </Paper>
    </section>
  )
}

function Figure({ value, label }: { value: string; label: string }) {
  return (
    <Paper withBorder p="md" className="figure">
      <b>{value}</b>
      <span className="quiet">{label}</span>
    </Paper>
  )
}

function share(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %'
  const percent = (100 * part) / whole
  return `${percent < 1 ? '< 1' : Math.round(percent)} %`
}

async function addUp(credentials: readonly Credential[]) {
  const usages = await Promise.all(
    credentials.map(({ id }) => comserv.credentials.usage(id, { per: 'hour' })),
  )
  const hours = new Map<string, { start: string; requests: number; errors: number }>()
  const sum = { requests: 0, errors: 0, limited: 0 }
  for (const { totals, data } of usages) {
    sum.requests += totals.requests
    sum.errors += totals.errors
    sum.limited += totals.rate_limited
    for (const { start, requests, errors } of data) {
      const hour = hours.get(start) ?? { start, requests: 0, errors: 0 }
      hours.set(start, { start, requests: hour.requests + requests, errors: hour.errors + errors })
    }
  }
  return { ...sum, hours: [...hours.values()].sort((a, b) => a.start.localeCompare(b.start)) }
}
