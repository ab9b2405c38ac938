import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import type { DeliveriesTable } from '../db/tables.ts'
import { activeOwner } from '../sending/dispatch-store.ts'

export interface Prunable {
  id: number
  webhook_id: number
  event_type: string
  status: DeliveriesTable['status']
}

/** @param before the instant until which deliveries are kept */
export async function takePrunable(db: Db, before: string, limit: number): Promise<Prunable[]> {
  const over = await db
    .selectFrom('deliveries')
    .select(['id', 'webhook_id', 'event_type', 'status'])
    .where('finished_at', '<', before)
    .orderBy('finished_at')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  const found: Prunable[] = [...over]
  for (const { id, isDeleted } of await restingWebhooks(db)) {
    if (found.length >= limit) break
    const waiting = await db
      .selectFrom('deliveries')
      .select(['id', 'webhook_id', 'event_type', 'status'])
      .where('webhook_id', '=', id)
      .where('status', '!=', sql.lit('sending'))
      .$if(!isDeleted, (query) =>
        query.where('status', '=', sql.lit('pending')).where('created_at', '<', before),
      )
      .orderBy('created_at')
      .limit(limit - found.length)
      .modifyEnd(skippingLocked(db))
      .execute()
    found.push(...waiting.filter((row) => !found.some((known) => known.id === row.id)))
  }
  return found
}

/** Their attempts go with them. */
export async function deleteDeliveries(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('deliveries').where('id', 'in', ids).execute()
}

/** Webhooks that were deleted before an instant and have no deliveries left. */
export async function findForgettable(db: Db, before: string, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('webhooks')
    .select('id')
    .where('deleted_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.webhook_id', '=', 'webhooks.id'),
        ),
      ),
    )
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Also deletes its secrets, its outcomes, and the totals, which are all zero by now. */
export async function deleteWebhook(db: Db, id: number): Promise<void> {
  await db.deleteFrom('webhooks').where('id', '=', id).execute()
  await db.deleteFrom('delivery_outcomes').where('webhook_id', '=', id).execute()
  await db
    .deleteFrom('counters')
    .where((eb) =>
      eb.or([
        eb('scope', '=', `deliveries/${id}`),
        eb.and([eb('scope', '>=', `deliveries/${id}:`), eb('scope', '<', `deliveries/${id};`)]),
      ]),
    )
    .execute()
}

/** Webhooks that receive nothing. */
async function restingWebhooks(db: Db): Promise<{ id: number; isDeleted: boolean }[]> {
  const rows = await db
    .selectFrom('webhooks')
    .select(['id', 'deleted_at'])
    .where((eb) =>
      eb.or([
        eb('deleted_at', 'is not', null),
        eb('status', '!=', 'active'),
        eb.not(eb.exists(activeOwner(eb))),
      ]),
    )
    .execute()
  return rows.map(({ id, deleted_at }) => ({ id, isDeleted: deleted_at !== null }))
}
