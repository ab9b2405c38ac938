import type { DeliveryOutcomes } from 'comserv'
import { comserv } from '../api/client.ts'
import { Figures, share, sumOf } from '../chart/figures.tsx'
import { Report } from '../chart/report.tsx'
import { type Per, spans } from '../chart/spans.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'

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
      words={{ total: t('attempts'), failed: t('failed') }}
      figures={(rows) => <Shares rows={rows} />}
      sentence={sentence}
      nothing={(per) => t('Nothing was sent in {{words}}.', { words: spans[per].words })}
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
          label: t('succeeded'),
          value: share(delivered, attempts),
          of: t('{{delivered}} of {{count}} attempts', { delivered: number(delivered), count: attempts }),
        },
        { label: t('failed attempts'), value: number(attempts - delivered) },
        { label: failed === 1 ? t('delivery given up') : t('deliveries given up'), value: number(failed) },
      ]}
    />
  )
}

function sentence(rows: readonly Row[], per: Per): string {
  const { delivered, attempts, failed } = sums(rows)
  return t('{{attempts}}, {{failed}} failed, {{deliveries}} given up in {{span}}', {
    attempts: t('{{count}} attempts', { count: attempts }),
    failed: number(attempts - delivered),
    deliveries: t('{{count}} deliveries', { count: failed }),
    span: spans[per].words,
  })
}

function sums(rows: readonly Row[]) {
  const delivered = sumOf(rows, (row) => row.delivered)
  return {
    delivered,
    attempts: delivered + sumOf(rows, (row) => row.failed_attempts),
    failed: sumOf(rows, (row) => row.failed),
  }
}
