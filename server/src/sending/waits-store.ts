import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { listed, movedInstant } from '../db/dialect.ts'
import { minuteMs, toInstant } from '../lib/timestamps.ts'
import { openMsMax } from './health.ts'

/** Per statement: between two of them the event loop runs. */
const rowsAtOnce = 2_000

/** @param fromMs waits that end earlier have ended by either time */
export async function moveWaits(db: Db, fromMs: number, byMs: number): Promise<void> {
  const from = toInstant(fromMs)
  const waiting = await db
    .selectFrom('deliveries')
    .select('id')
    .where('status', '=', sql.lit('pending'))
    .where('next_attempt_at', '>', from)
    .execute()
  for (let first = 0; first < waiting.length; first += rowsAtOnce) {
    const ids = waiting.slice(first, first + rowsAtOnce).map(({ id }) => id)
    await db
      .updateTable('deliveries')
      .set({ next_attempt_at: movedInstant(db, 'next_attempt_at', byMs) })
      .where('id', 'in', listed(db, JSON.stringify(ids)))
      .execute()
  }
  await db
    .updateTable('deliveries')
    .set({ lease_until: movedInstant(db, 'lease_until', byMs) })
    .where('status', '=', sql.lit('sending'))
    .execute()
  for (const column of ['circuit_open_until', 'throttled_until', 'failing_since'] as const)
    await db
      .updateTable('webhooks')
      .set({ [column]: movedInstant(db, column, byMs) })
      .where(column, 'is not', null)
      .execute()
}

/** @param longestMs after the first attempt, the second, and so on */
export async function shortenWaits(db: Db, nowMs: number, longestMs: readonly number[]): Promise<void> {
  // A delivery without attempts waits for nothing; one with more attempts than the schedule has pauses waits as after its last.
  for (const [attempts, longest] of [0, ...longestMs].entries()) {
    const latest = toInstant(nowMs + longest)
    await db
      .updateTable('deliveries')
      .set({ next_attempt_at: latest })
      .where('status', '=', sql.lit('pending'))
      .where('next_attempt_at', '>', latest)
      .where('attempts', attempts === longestMs.length ? '>=' : '=', attempts)
      .execute()
  }
  const ends = { circuit_open_until: openMsMax, throttled_until: minuteMs, failing_since: 0 }
  for (const [column, longest] of Object.entries(ends) as [keyof typeof ends, number][]) {
    const latest = toInstant(nowMs + longest)
    await db
      .updateTable('webhooks')
      .set({ [column]: latest })
      .where(column, '>', latest)
      .execute()
  }
}
