import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { holdsId, listed } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'

/**
 * An event that its webhook may not be sent may never be: the draft before a publication, where the owner of the webhook
 * reads what is published. Nothing waits for it.
 */
export const notWaitedFor = 'owner_out_of_reach'

const isWaitedFor = (reason: 'reason' | 'earlier.reason') =>
  sql<SqlBool>`coalesce(${sql.ref(reason)}, '') != ${sql.lit(notWaitedFor)}`

/** With the first delivery about the same record, if it is an earlier one that has not ended; else null. */
export const findHeads = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('deliveries')
    .select('deliveries.id')
    .select((eb) =>
      eb
        .selectFrom('deliveries as earlier')
        .select('earlier.id')
        .whereRef('earlier.webhook_id', '=', 'deliveries.webhook_id')
        .whereRef('earlier.order_key', '=', 'deliveries.order_key')
        .whereRef('earlier.event_id', '<', 'deliveries.event_id')
        .where('earlier.finished_at', 'is', null)
        .where(isWaitedFor('earlier.reason'))
        .orderBy('earlier.event_id')
        .limit(sql.lit(1))
        .as('head_id'),
    )
    .where('deliveries.id', 'in', listed(db, ids)),
)

/** Those of some deliveries before which another, about the same record, is still to be written. */
export const findBehindNotes = prepared((db, { ids, webhook_id }: { ids: string; webhook_id: number }) =>
  db
    .selectFrom('deliveries')
    .select('deliveries.id')
    .where('deliveries.id', 'in', listed(db, ids))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('fan_outs')
          .select('fan_outs.event_id')
          .whereRef('fan_outs.order_key', '=', 'deliveries.order_key')
          .whereRef('fan_outs.event_id', '<', 'deliveries.event_id')
          .where(holdsId(db, 'fan_outs.webhooks', webhook_id)),
      ),
    ),
)

/** The first delivery about a record that has not ended. */
export const findFirst = prepared(
  (db, { webhook_id, order_key }: { webhook_id: number; order_key: string }) =>
    db
      .selectFrom('deliveries')
      .select(['id', 'webhook_id', 'event_type', 'status', 'reason'])
      .where('webhook_id', '=', webhook_id)
      .where('order_key', '=', order_key)
      .where('finished_at', 'is', null)
      .where(isWaitedFor('reason'))
      .orderBy('event_id')
      .limit(sql.lit(1)),
)

/** Due since they were created: what has waited for its turn does not wait behind newer deliveries, too. */
export const release = prepared((db, { ids }: { ids: string }) =>
  db
    .updateTable('deliveries')
    .set({
      status: sql.lit('pending'),
      next_attempt_at: sql.ref('created_at'),
      reason: null,
      standing: null,
    })
    .where('id', 'in', listed(db, ids)),
)

/** For deliveries that were written before their webhook was ordered. */
export async function setKeys(db: Db, ids: readonly number[]): Promise<void> {
  await unkeyed(db)
    .where('id', 'in', listed(db, JSON.stringify(ids)))
    .execute()
}

/** The same for all of a webhook that have not ended, except resends and tests. */
export async function setKeysOfOpen(db: Db, webhookId: number): Promise<void> {
  await unkeyed(db)
    .where('webhook_id', '=', webhookId)
    .where('status', 'in', ['pending', 'sending', 'held'])
    .where('generation', '=', 1)
    .where('is_test', '=', 0)
    .execute()
}

function unkeyed(db: Db) {
  return db.updateTable('deliveries').set((eb) => ({
    order_key: eb
      .selectFrom('events')
      .select(sql<string>`resource_type || '/' || resource_id`.as('key'))
      .whereRef('events.id', '=', 'deliveries.event_id'),
  }))
}
