import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { periodOf, startOfPeriod } from '../db/period.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'

export interface Outcomes {
  delivered: number
  failed_attempts: number
  failed: number
}

/** The webhook that stands for all of them. */
const everyWebhook = 0
/** The row of a webhook is written under its lock; that of all is spread, so that processes rarely collide. */
const slots = 8

/**
 * Adds the outcomes of attempts to the hour of each webhook and of all. Call while the webhooks are locked.
 * @param outcomes by webhook
 */
export async function addOutcomes(
  db: Db,
  outcomes: ReadonlyMap<number, Outcomes>,
  nowMs: number,
): Promise<void> {
  if (outcomes.size === 0) return
  const hour = toTimestamp(nowMs - (nowMs % hourMs))
  const all = {
    webhook_id: everyWebhook,
    hour,
    slot: Math.floor(Math.random() * slots),
    ...sumOf(outcomes.values()),
  }
  const each = [...outcomes].map(([webhook_id, counts]) => ({ webhook_id, hour, slot: 0, ...counts }))
  const sum = (column: keyof Outcomes) =>
    sql<number>`${sql.ref(`delivery_outcomes.${column}`)} + ${sql.ref(`excluded.${column}`)}`
  await db
    .insertInto('delivery_outcomes')
    .values([all, ...each])
    .onConflict((conflict) =>
      conflict.columns(['webhook_id', 'hour', 'slot']).doUpdateSet({
        delivered: sum('delivered'),
        failed_attempts: sum('failed_attempts'),
        failed: sum('failed'),
      }),
    )
    .execute()
}

function sumOf(outcomes: Iterable<Outcomes>): Outcomes {
  const sum = { delivered: 0, failed_attempts: 0, failed: 0 }
  for (const { delivered, failed_attempts, failed } of outcomes) {
    sum.delivered += delivered
    sum.failed_attempts += failed_attempts
    sum.failed += failed
  }
  return sum
}

/** Which outcomes: those of one webhook, of the webhooks of an owner, or of all that ever existed. */
export interface OutcomesFilter {
  webhook_id?: number
  owner_id?: number
}

/** @param until exclusive */
export async function readOutcomes(
  db: Db,
  { webhook_id, owner_id }: OutcomesFilter,
  per: 'hour' | 'day',
  since: string,
  until: string,
): Promise<{ startMs: number; counts: Outcomes }[]> {
  const period = periodOf('hour', per)
  const ofOwner = db.selectFrom('webhooks').select('id').where('deleted_at', 'is', null)
  const rows = await db
    .selectFrom('delivery_outcomes')
    .select([
      period.as('period'),
      sql<number>`sum(delivered)`.as('delivered'),
      sql<number>`sum(failed_attempts)`.as('failed_attempts'),
      sql<number>`sum(failed)`.as('failed'),
    ])
    .where((eb) =>
      webhook_id === undefined && owner_id !== undefined
        ? eb('webhook_id', 'in', ofOwner.where('owner_id', '=', owner_id))
        : eb('webhook_id', '=', webhook_id ?? everyWebhook),
    )
    .where('hour', '>=', since)
    .where('hour', '<', until)
    .groupBy(period)
    .execute()
  return rows.map(({ period, ...counts }) => ({ startMs: startOfPeriod(period), counts }))
}

/** @returns how many rows were deleted; at most `limit` */
export async function deleteOutcomes(db: Db, before: string, limit: number): Promise<number> {
  const old = db
    .selectFrom('delivery_outcomes')
    .select(['webhook_id', 'hour', 'slot'])
    .where('hour', '<', before)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('delivery_outcomes')
    .where(sql<SqlBool>`(webhook_id, hour, slot) in ${old}`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
