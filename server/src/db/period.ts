import { sql } from 'kysely'
import { fromTimestamp } from '../lib/timestamps.ts'

export type Period = 'minute' | 'hour' | 'day'

/** How many characters of `2026-01-15T08:30:00Z` name its period. */
const lengths = { minute: 16, hour: 13, day: 10 } as const
const beginning = '0000-00-00T00:00:00Z'

/** The period that an instant lies in, as text to group by. */
export function periodOf(column: string, per: Period) {
  return sql<string>`substr(${sql.ref(column)}, 1, ${sql.lit(lengths[per])})`
}

/** @param period as `periodOf` names it @returns its beginning, in milliseconds since the Unix epoch */
export function startOfPeriod(period: string): number {
  return fromTimestamp(period + beginning.slice(period.length))
}
