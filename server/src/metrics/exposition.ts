import { type DurationHistogram, durationBoundsMs } from '../lib/duration-histogram.ts'

export interface LabelledDurations {
  labels: Readonly<Record<string, string>>
  durations: DurationHistogram
}

/** A histogram as Prometheus reads it (text format 0.0.4): cumulative buckets, the sum and the count, in seconds. */
export function histogramText(name: string, help: string, series: readonly LabelledDurations[]): string {
  const lines = series.flatMap(({ labels, durations }) => seriesLines(name, labels, durations))
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n')
}

function seriesLines(name: string, labels: LabelledDurations['labels'], durations: DurationHistogram) {
  const own = Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')
  let count = 0
  const buckets = [...durations.counts].map((inBucket, i) => {
    count += inBucket
    const bound = durationBoundsMs[i]
    return `${name}_bucket{${own === '' ? '' : `${own},`}le="${bound === undefined ? '+Inf' : bound / 1_000}"} ${count}`
  })
  const labelled = own === '' ? '' : `{${own}}`
  return [
    ...buckets,
    `${name}_sum${labelled} ${durations.sumMs / 1_000}`,
    `${name}_count${labelled} ${count}`,
  ]
}
