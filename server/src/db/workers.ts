import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { minuteMs, secondMs, toInstant } from '../lib/timestamps.ts'
import type { Database, Db } from './database.ts'
import { skippingLocked } from './dialect.ts'

/**
 * Every process that sends says so once a second. One that says nothing for so long is dead, frozen or cut off. With the
 * pauses between looks, its work goes on elsewhere within 5 s. One that only paused finds its leases taken; what it sent
 * meanwhile is sent twice.
 */
const deadAfterMs = 3.5 * secondMs
/** Longer than any pause between two processes of an installation that restarts. */
const presenceMs = minuteMs

/** This process, among those that share a database. */
const worker = randomUUID()

/** What holds a lease names its process, so that the others can end it when that process dies. */
export interface Lease {
  lease_token: string
  lease_until: string
}

/** The holder of the token may end the attempt, until another process has taken the work back. */
export function newLease(nowMs: number, leaseMs: number): Lease {
  return { lease_token: `${worker}:${randomUUID()}`, lease_until: toInstant(nowMs + leaseMs) }
}

/** Each process that sends is seen here once a second; on the embedded database there is only one. */
export async function notePresence(db: Db, nowMs: number): Promise<void> {
  const seen_at = toInstant(nowMs)
  await db
    .insertInto('workers')
    .values({ id: worker, seen_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at }))
    .execute()
}

/** Whether any process has been sending lately. */
export async function isAnySending(db: Db, nowMs: number): Promise<boolean> {
  const lately = db
    .selectFrom('workers')
    .select('id')
    .where('seen_at', '>=', toInstant(nowMs - presenceMs))
  return (await lately.limit(1).executeTakeFirst()) !== undefined
}

/** Ends the leases of processes that have died, so that whoever looks for expired ones finds them. */
export async function endLeasesOfDead(database: Database, nowMs: number): Promise<void> {
  const dead = (db: Db) =>
    db
      .selectFrom('workers')
      .select('id')
      .where('seen_at', '<', toInstant(nowMs - deadAfterMs))
  if ((await dead(database.read).limit(1).executeTakeFirst()) === undefined) return
  await database.write(async ({ db }) => {
    const ended = { lease_until: toInstant(nowMs) }
    for (const { id } of await dead(db).orderBy('id').modifyEnd(skippingLocked(db)).execute()) {
      const held = sql<boolean>`lease_token LIKE ${`${id}:%`} AND lease_until > ${ended.lease_until}`
      await db.updateTable('deliveries').set(ended).where('status', '=', 'sending').where(held).execute()
      await db.updateTable('mails').set(ended).where('status', '=', 'sending').where(held).execute()
      await db.updateTable('automation_runs').set(ended).where('status', '=', 'running').where(held).execute()
      await db.deleteFrom('workers').where('id', '=', id).execute()
    }
  })
}
