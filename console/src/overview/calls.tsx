import type { TotalUsage } from 'comserv'
import { comserv } from '../api/client.ts'
import { Figures, rate, share, sumOf } from '../chart/figures.tsx'
import { Report } from '../chart/report.tsx'
import { type Per, spans } from '../chart/spans.ts'
import { usageBar, usageSentence, usageWords } from '../credentials/usage.tsx'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'

type Row = TotalUsage['data'][number]

/** API requests by programs: all of them, or those with the reader's own credentials. */
export function Calls({ title }: { title: string }) {
  return (
    <Report
      title={title}
      queryKey={['credentials', 'usage', 'all']}
      pers={['minute', 'hour', 'day']}
      fetch={(per) => comserv.credentials.totalUsage({ per })}
      barOf={usageBar}
      words={usageWords}
      figures={(rows, per) => <Shares rows={rows} per={per} />}
      sentence={usageSentence}
      nothing={(per) => t('No program called in {{words}}.', { words: spans[per].words })}
      refreshMs={10_000}
    />
  )
}

function Shares({ rows, per }: { rows: readonly Row[]; per: Per }) {
  const requests = sumOf(rows, (row) => row.requests)
  const errors = sumOf(rows, (row) => row.errors)
  const limited = sumOf(rows, (row) => row.rate_limited)
  const ofAll = (part: number) =>
    t('{{part}} of {{requests}}', { part: number(part), requests: number(requests) })
  return (
    <Figures
      figures={[
        {
          label: t('requests a minute'),
          value: rate(requests, spans[per].minutes),
          of: t('{{requests}} in all', { requests: number(requests) }),
        },
        { label: t('errors'), value: share(errors, requests), of: ofAll(errors) },
        { label: t('rate-limited'), value: share(limited, requests), of: ofAll(limited) },
      ]}
    />
  )
}
