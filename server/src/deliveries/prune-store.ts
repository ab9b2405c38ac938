import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import type { DeliveriesTable } from '../db/tables.ts'

const columns = ['id', 'webhook_id', 'event_type', 'status'] as const

export interface Prunable {
  id: number
  webhook_id: number
  event_type: string
  status: DeliveriesTable['status']
}

/** @param before the instant until which deliveries are kept */
export async function takePrunable(db: Db, before: string, limit: number): Promise<Prunable[]> {
  const found: Prunable[] = await db
    .selectFrom('deliveries')
    .select(columns)
    .where('finished_at', '<', before)
    .orderBy('finished_at')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  if (found.length < limit) found.push(...(await takeHeld(db, before, limit - found.length)))
  for (const id of await deletedWebhooks(db)) {
    if (found.length >= limit) break
    const left = await db
      .selectFrom('deliveries')
      .select(columns)
      .where('webhook_id', '=', id)
      .where('status', '!=', sql.lit('sending'))
      .orderBy('created_at')
      .limit(limit - found.length)
      .modifyEnd(skippingLocked(db))
      .execute()
    found.push(...left.filter((row) => !found.some((known) => known.id === row.id)))
  }
  return found
}

/** Those that were held for as long as deliveries are kept. */
function takeHeld(db: Db, before: string, limit: number): Promise<Prunable[]> {
  return db
    .selectFrom('deliveries')
    .select(columns)
    .where('status', '=', sql.lit('held'))
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
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

async function deletedWebhooks(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('webhooks').select('id').where('deleted_at', 'is not', null).execute()
  return rows.map(({ id }) => id)
}
