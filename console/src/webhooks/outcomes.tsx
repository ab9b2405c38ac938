import type { DeliveryOutcomes } from 'comserv'
import { comserv } from '../api/client.ts'
import { Figures, share, sumOf } from '../chart/figures.tsx'
import { Report } from '../chart/report.tsx'
import { type Per, spans } from '../chart/spans.ts'
import { counted } from '../parts/counted.ts'

type Row = DeliveryOutcomes['data'][number]

/** Outcomes of attempts over time: of one webhook, or of all within the reader's reach. */
export function Outcomes({ webhookId, title }: { webhookId?: number; title: string }) {
  return (
    <Report
      title={title}
      queryKey={['webhooks', 'outcomes', webhookId ?? 'all']}
      pers={['hour', 'day']}
      fetch={(per) => comserv.deliveries.outcomes({ per, webhook_id: webhookId })}
      barOf={({ delivered, failed_attempts }) => ({
        total: delivered + failed_attempts,
        failed: failed_attempts,
      })}
      words={{ total: 'attempts', failed: 'failed' }}
      figures={(rows) => <Shares rows={rows} />}
      sentence={sentence}
      nothing={(per) => `Nothing was sent in ${spans[per].words}.`}
      refreshMs={10_000}
    />
  )
}

function Shares({ rows }: { rows: readonly Row[] }) {
  const { delivered, attempts, failed } = sums(rows)
  return (
    <Figures
      figures={[
        {
          label: 'succeeded',
          value: share(delivered, attempts),
          of: `${delivered.toLocaleString()} of ${counted(attempts, 'attempt')}`,
        },
        { label: 'failed attempts', value: (attempts - delivered).toLocaleString() },
        { label: failed === 1 ? 'delivery given up' : 'deliveries given up', value: failed.toLocaleString() },
      ]}
    />
  )
}

function sentence(rows: readonly Row[], per: Per): string {
  const { delivered, attempts, failed } = sums(rows)
  return `${counted(attempts, 'attempt')}, ${(attempts - delivered).toLocaleString()} failed, ${counted(failed, 'delivery', 'deliveries')} given up in ${spans[per].words}`
}

function sums(rows: readonly Row[]) {
  const delivered = sumOf(rows, (row) => row.delivered)
  return {
    delivered,
    attempts: delivered + sumOf(rows, (row) => row.failed_attempts),
    failed: sumOf(rows, (row) => row.failed),
  }
}
