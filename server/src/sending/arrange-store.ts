import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { DeliveriesTable } from '../db/tables.ts'
import type { DiscardReason, HeldReason } from './standing.ts'

/** Where a delivery that is not being sent goes. */
export type Place =
  | { status: 'pending'; next_attempt_at: string }
  | { status: 'held'; reason: HeldReason; standing: number }
  | { status: 'discarded'; reason: DiscardReason; finished_at: string }

export type Waiting = Pick<DeliveriesTable, 'webhook_id' | 'event_type' | 'status' | 'order_key'> & {
  id: number
}

const columns = ['id', 'webhook_id', 'event_type', 'status', 'order_key'] as const

export async function moveTo(db: Db, ids: readonly number[], place: Place): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('deliveries')
    .set({
      next_attempt_at: null,
      finished_at: null,
      reason: null,
      standing: null,
      lease_token: null,
      lease_until: null,
      ...place,
    })
    .where('id', 'in', ids)
    .execute()
}

/** Webhooks whose waiting deliveries have not been arranged since something changed. */
export const findUnarranged = prepared((db, { limit }: { limit: number }) =>
  db
    .selectFrom('webhooks')
    .select('id')
    .where(sql<boolean>`arranged < standing`)
    .where('deleted_at', 'is', null)
    .limit(limit),
)

/** The webhooks whose owners and makers are watched: their rights may change without a word to the webhook. */
export const listOwners = prepared((db, _: object) =>
  db
    .selectFrom('webhooks')
    .select(['id', 'owner_id', 'credential_id', 'owner_grant'])
    .where('deleted_at', 'is', null),
)

export async function noteGrant(db: Db, id: number, grant: string, standing: number): Promise<void> {
  await db.updateTable('webhooks').set({ owner_grant: grant, standing }).where('id', '=', id).execute()
}

export async function noteArranged(db: Db, id: number, standing: number): Promise<void> {
  await db.updateTable('webhooks').set({ arranged: standing }).where('id', '=', id).execute()
}

interface Of {
  webhook_id: number
  types: readonly string[]
  limit: number
}

export function takeOfTypes(
  db: Db,
  { webhook_id, types, limit }: Of,
  status: 'pending' | 'held',
): Promise<Waiting[]> {
  if (types.length === 0) return Promise.resolve([])
  return db
    .selectFrom('deliveries')
    .select(columns)
    .where('webhook_id', '=', webhook_id)
    .where('event_type', 'in', types)
    .where('status', '=', sql.lit(status))
    .limit(limit)
    .modifyEnd(lockingRow(db))
    .execute()
}

export function takePending(
  db: Db,
  { webhook_id, limit }: { webhook_id: number; limit: number },
): Promise<Waiting[]> {
  return db
    .selectFrom('deliveries')
    .select(columns)
    .where('webhook_id', '=', webhook_id)
    .where('status', '=', sql.lit('pending'))
    .orderBy('next_attempt_at')
    .limit(limit)
    .modifyEnd(lockingRow(db))
    .execute()
}

/** Those held under an earlier standing. */
export function takeHeldBefore(
  db: Db,
  { webhook_id, types, limit }: Of,
  standing: number,
): Promise<Waiting[]> {
  if (types.length === 0) return Promise.resolve([])
  return db
    .selectFrom('deliveries')
    .select(columns)
    .where('webhook_id', '=', webhook_id)
    .where('event_type', 'in', types)
    .where('status', '=', sql.lit('held'))
    .where('standing', '<', standing)
    .limit(limit)
    .modifyEnd(lockingRow(db))
    .execute()
}
