import type { TSchema } from 'typebox'
import { dayMs, fromTimestamp, hourMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { invalidRequest } from './errors.ts'
import { closed, OneOf, Timestamp } from './schemas.ts'
import { Type } from './type.ts'

type Period = keyof typeof periods

/** The default number of periods, and the maximum. */
const periods = {
  minute: { ms: minuteMs, usual: 60, max: 24 * 60, most: '24 hours' },
  hour: { ms: hourMs, usual: 24, max: 31 * 24, most: '31 days' },
  day: { ms: dayMs, usual: 30, max: 366, most: '366 days' },
}

/** The end of the years that a timestamp can express. */
const lastMs = Date.UTC(9999, 11, 31)

/** The query parameters of every report. */
export function reportQuery<const P extends Period>(pers: readonly P[]) {
  return {
    per: Type.Optional(OneOf(pers, { default: 'hour', description: 'In UTC' })),
    since: Type.Optional(
      Type.String({
        ...Timestamp,
        description: `An instant in the first ${either(pers)}; default: ${usual(pers)} before the end`,
      }),
    ),
    until: Type.Optional(
      Type.String({
        ...Timestamp,
        description: `The end of the last ${either(pers)}, exclusive; default: the end of the current one`,
      }),
    ),
  }
}

/** The response of every report: one row for each period of the span, including empty ones. */
export function reportFields<const P extends Period, C extends Record<string, TSchema>>(
  pers: readonly P[],
  counts: C,
) {
  return {
    per: OneOf(pers),
    since: Timestamp,
    until: Timestamp,
    totals: closed(counts),
    data: Type.Array(closed({ start: Timestamp, ...counts })),
  }
}

export interface Span<P extends Period = Period> {
  per: P
  sinceMs: number
  untilMs: number
  since: string
  until: string
}

/** Whole periods: `since` is rounded down and `until` is rounded up. */
export function spanOf<P extends Period>(
  per: P,
  query: { since?: string; until?: string },
  nowMs: number,
): Span<P> {
  const { ms, usual, max, most } = periods[per]
  const untilMs = Math.ceil((query.until === undefined ? nowMs + 1 : fromTimestamp(query.until)) / ms) * ms
  const sinceMs =
    query.since === undefined ? untilMs - usual * ms : Math.floor(fromTimestamp(query.since) / ms) * ms
  if (sinceMs < 0 || untilMs > lastMs)
    throw invalidRequest("The 'since' and 'until' query parameters must be between 1970 and 9999.")
  if (sinceMs >= untilMs) throw invalidRequest("The 'since' query parameter must be before 'until'.")
  if (untilMs - sinceMs > max * ms)
    throw invalidRequest(`A report by the ${per} covers at most ${most}; move 'since' or 'until'.`)
  return { per, sinceMs, untilMs, since: toTimestamp(sinceMs), until: toTimestamp(untilMs) }
}

/** @param rows the periods that are not empty @param none the counts of an empty period */
export function report<P extends Period, C extends Record<string, number>>(
  { per, sinceMs, untilMs, since, until }: Span<P>,
  rows: readonly { startMs: number; counts: C }[],
  none: C,
) {
  const { ms } = periods[per]
  const known = new Map(rows.map(({ startMs, counts }) => [startMs, counts]))
  const totals: Record<string, number> = { ...none }
  for (const { counts } of rows)
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
  const data = Array.from({ length: (untilMs - sinceMs) / ms }, (_, i) => {
    const startMs = sinceMs + i * ms
    return { start: toTimestamp(startMs), ...(known.get(startMs) ?? none) }
  })
  return { per, since, until, totals: totals as C, data }
}

function usual(pers: readonly Period[]): string {
  return either(pers.map((per) => `${periods[per].usual} ${per}s`))
}

function either(words: readonly string[]): string {
  return words.join(', ').replace(/, (?=[^,]*$)/, ' or ')
}
