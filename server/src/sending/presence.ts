import type { Db } from '../db/database.ts'
import { minuteMs, secondMs, toInstant } from '../lib/timestamps.ts'

/** How often a process that sends says so. */
export const presenceEveryMs = 10 * secondMs
/** Longer than any pause of a process that works. */
const presenceMs = minuteMs

/** Where several processes share a database, each that sends is seen here; on the embedded one there is one process. */
export async function notePresence(db: Db, nowMs: number): Promise<void> {
  const seen_at = toInstant(nowMs)
  await db
    .insertInto('sender_presence')
    .values({ id: 1, seen_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at }))
    .execute()
}

/** Whether any process has been sending lately. */
export async function isAnySending(db: Db, nowMs: number): Promise<boolean> {
  const row = await db.selectFrom('sender_presence').select('seen_at').executeTakeFirst()
  return row !== undefined && row.seen_at >= toInstant(nowMs - presenceMs)
}
