import { Group, Loader, Paper, SegmentedControl, Text, Title } from '@mantine/core'
import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { locale } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import { lazyPart } from '../parts/lazy-part.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import type { Bar, BarsProps } from './bars.tsx'
import { type Per, spans } from './spans.ts'
import './report.css'

/** Loaded only if there is something to draw. */
const Bars = lazyPart(async () => (await import('./bars.tsx')).Bars, <div className="bars-place" />)

interface Row {
  start: string
}

interface Props<P extends Per, R extends Row> {
  title?: string
  queryKey: QueryKey
  /** Spans to choose from; the first is shown unless another is chosen. */
  pers: readonly [P, ...P[]]
  fetch(per: NoInfer<P>): PromiseLike<{ data: R[] }>
  barOf(row: R): Pick<Bar, 'total' | 'failed'>
  words: BarsProps['words']
  /** The totals above the bars, and as a sentence for screen readers. */
  figures(rows: readonly R[], per: NoInfer<P>): ReactNode
  sentence(rows: readonly R[], per: NoInfer<P>): string
  nothing(per: NoInfer<P>): ReactNode
  refreshMs?: number
}

/** A report of the API as figures and bars, over a span of the reader's choice. */
export function Report<P extends Per, R extends Row>(props: Props<P, R>) {
  const { title, queryKey, pers, fetch, refreshMs } = props
  const [per, setPer] = useState<P>(pers[0])
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: [...queryKey, per],
    queryFn: async () => ({ per, rows: (await fetch(per)).data }),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs ?? false,
  })
  return (
    <Paper withBorder p="lg" component="section" aria-label={title}>
      <Group justify="space-between" gap="sm">
        {title && (
          <Title order={2} size="h4">
            {title}
          </Title>
        )}
        <SegmentedControl
          size="xs"
          aria-label={title ? t('Span of time: {{title}}', { title }) : t('Span of time')}
          value={per}
          onChange={(value) => setPer(value as P)}
          data={pers.map((value) => ({ value, label: spans[value].label }))}
        />
      </Group>
      {error && <ProblemAlert error={error} />}
      {!data && !error && (
        <div className="report">
          <Loader aria-label={t('Loading')} />
        </div>
      )}
      {data && (
        <div className="report" data-stale={isPlaceholderData || undefined}>
          <Drawn {...props} per={data.per} rows={data.rows} />
        </div>
      )}
    </Paper>
  )
}

function Drawn<P extends Per, R extends Row>({
  per,
  rows,
  barOf,
  words,
  figures,
  sentence,
  nothing,
}: Props<P, R> & { per: P; rows: readonly R[] }) {
  const format = new Intl.DateTimeFormat(locale, spans[per].format)
  const bars = rows.map((row) => ({
    start: row.start,
    label: format.format(new Date(row.start)),
    ...barOf(row),
  }))
  if (bars.every(({ total }) => total === 0))
    return (
      <Text c="dimmed" className="report-nothing">
        {nothing(per)}
      </Text>
    )
  return (
    <>
      {figures(rows, per)}
      <Bars bars={bars} words={words} summary={sentence(rows, per)} />
    </>
  )
}
