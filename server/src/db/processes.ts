import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Config } from '../config/decide.ts'
import { minuteMs, secondMs, toInstant } from '../lib/timestamps.ts'
import type { Database, Db } from './database.ts'
import { skippingLocked } from './dialect.ts'

/**
 * Every process says so once a second. One that says nothing for so long is dead, frozen or cut off. With the pauses
 * between looks, its work goes on elsewhere within 5 s. One that only paused finds its leases taken; what it sent meanwhile
 * is sent twice.
 */
export const deadAfterMs = 3.5 * secondMs
export const presenceEveryMs = secondMs
/** Longer than any pause between two processes of an installation that restarts. */
const presenceMs = minuteMs

/** This process, among those that share a database. On the embedded one there is only one. */
const own = randomUUID()

/** What holds a lease names its process, so that the others can end it when that process dies. */
export interface Lease {
  lease_token: string
  lease_until: string
}

/** The holder of the token may end the attempt, until another process has taken the work back. */
export function newLease(nowMs: number, leaseMs: number): Lease {
  return { lease_token: `${own}:${randomUUID()}`, lease_until: toInstant(nowMs + leaseMs) }
}

export async function notePresence(
  db: Db,
  nowMs: number,
  { publicUrl, servesLocally }: Pick<Config, 'publicUrl' | 'servesLocally'>,
  isSending: boolean,
): Promise<void> {
  const seen_at = toInstant(nowMs)
  await db
    .insertInto('processes')
    .values({
      id: own,
      public_url: publicUrl,
      is_local: servesLocally ? 1 : 0,
      sends: isSending ? 1 : 0,
      started_at: seen_at,
      seen_at,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at }))
    .execute()
}

/** The others need not wait until this process is taken for dead. */
export async function endPresence(db: Db): Promise<void> {
  await db.deleteFrom('processes').where('id', '=', own).execute()
}

/**
 * A process that works, began before this one and serves another address, whose tokens this one would refuse. Where none of
 * them has an address for others, as on one machine for trying, each is reached at its own port.
 */
export function findOfOtherAddress(db: Db, nowMs: number, publicUrl: string) {
  return db
    .selectFrom('processes as other')
    .leftJoin('processes as this', (join) => join.on('this.id', '=', own))
    .select(['other.id', 'other.public_url', 'other.seen_at'])
    .where('other.public_url', '!=', publicUrl)
    .where((eb) => eb.or([eb('other.is_local', '=', 0), eb('this.is_local', '=', 0)]))
    .where('other.seen_at', '>=', toInstant(nowMs - deadAfterMs))
    .whereRef('other.started_at', '<=', 'this.started_at')
    .orderBy('other.id')
    .executeTakeFirst()
}

/** Whether any process has been sending lately. */
export async function isAnySending(db: Db, nowMs: number): Promise<boolean> {
  const lately = db
    .selectFrom('processes')
    .select('id')
    .where('sends', '=', 1)
    .where('seen_at', '>=', toInstant(nowMs - presenceMs))
  return (await lately.limit(1).executeTakeFirst()) !== undefined
}

/** Ends the leases of dead processes, so that they are taken back like any other that has expired. */
export async function endLeasesOfDead(database: Database, nowMs: number): Promise<void> {
  const dead = (db: Db) =>
    db
      .selectFrom('processes')
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
      await db.deleteFrom('processes').where('id', '=', id).execute()
    }
  })
}
