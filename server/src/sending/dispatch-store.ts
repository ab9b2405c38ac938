import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { listed, listedTexts, lockingRow, skippingLocked } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { Lease } from '../db/processes.ts'
import type { DeliveriesTable, DeliveryAttemptsTable, WebhooksTable } from '../db/tables.ts'
import { receiver } from '../extension/names.ts'

export type WebhookRow = Selectable<WebhooksTable>

/** What the server records about a receiver. */
export type Health = Pick<
  Selectable<WebhooksTable>,
  | 'consecutive_failures'
  | 'failing_since'
  | 'last_success_at'
  | 'last_failure_at'
  | 'test_failed_at'
  | 'circuit_trips'
  | 'circuit_open_until'
>

/** A delivery leased by this process. */
export type Leased = Pick<
  Selectable<DeliveriesTable>,
  'id' | 'webhook_id' | 'event_id' | 'event_type' | 'generation' | 'attempts' | 'created_at' | 'is_test'
> & { lease_token: string }

const leasedColumns = [
  'id',
  'webhook_id',
  'event_id',
  'event_type',
  'generation',
  'attempts',
  'created_at',
  'is_test',
] as const

/** The most that a webhook may have under way at once. */
const dueCountedMax = 32

/**
 * The webhooks that have due deliveries, with their number, counted so far, and the number under way to each. A webhook
 * rests while its circuit is open and while its rate limit is used up. One that is paused or disabled is included, so
 * that its deliveries are held: they are no longer due then.
 * @param now an instant
 */
export const dueWebhooks = prepared((db, { now }: { now: string }) =>
  db
    .selectFrom('webhooks')
    .select([
      'id',
      'url',
      'status',
      'concurrency',
      'consecutive_failures',
      'failing_since',
      'last_success_at',
    ])
    .select(['last_failure_at', 'test_failed_at', 'circuit_trips', 'circuit_open_until'])
    .select((eb) =>
      eb
        .selectFrom('deliveries')
        .select((sending) => sending.fn.countAll<number>().as('count'))
        .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
        .where('deliveries.status', '=', sql.lit('sending'))
        .as('sending'),
    )
    .select((eb) =>
      eb
        .selectFrom((due) =>
          due
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
            .where('deliveries.status', '=', sql.lit('pending'))
            .where('deliveries.next_attempt_at', '<=', now)
            .limit(sql.lit(dueCountedMax))
            .as('due'),
        )
        .select((due) => due.fn.countAll<number>().as('count'))
        .as('due'),
    )
    .where('deleted_at', 'is', null)
    .where((eb) => {
      const over = (column: 'circuit_open_until' | 'throttled_until') =>
        eb.or([eb(column, 'is', null), eb(column, '<=', now)])
      const mayBegin = eb.and([over('circuit_open_until'), over('throttled_until')])
      return eb.or([eb('status', '!=', sql.lit('active')), mayBegin])
    })
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
          .where('deliveries.status', '=', sql.lit('pending'))
          .where('deliveries.next_attempt_at', '<=', now),
      ),
    ),
)

/** Locked until the transaction ends, all in one order; those locked by another process are skipped, unless `wait`. */
export function holdWebhooks(
  db: Db,
  ids: readonly number[],
  { wait }: { wait: boolean },
): Promise<WebhookRow[]> {
  return heldWebhooks(db, { ids: JSON.stringify(ids) }, { wait })
}

const heldWebhooks = prepared((db, { ids }: { ids: string }, { wait }: { wait: boolean }) =>
  db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', 'in', listed(db, ids))
    .orderBy('id')
    .modifyEnd(wait ? lockingRow(db) : skippingLocked(db)),
)

/** To locked webhooks: read after the lock, or attempts begun by its previous holder would be missed. */
export async function countSending(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await sendingTo(db, { ids: JSON.stringify(ids) })
  return new Map(rows.map(({ webhook_id, count }) => [webhook_id, count]))
}

const sendingTo = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('deliveries')
    .select('webhook_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('webhook_id', 'in', listed(db, ids))
    .where('status', '=', sql.lit('sending'))
    .groupBy('webhook_id'),
)

/** Due deliveries of one webhook, the longest waiting first, locked until the transaction ends. */
export const holdDue = prepared(
  (db, { webhook_id, now, limit }: { webhook_id: number; now: string; limit: number }) =>
    db
      .selectFrom('deliveries')
      .select(['id', 'webhook_id', 'event_id', 'event_type', 'status', 'order_key', 'generation', 'is_test'])
      .where('webhook_id', '=', webhook_id)
      .where('status', '=', sql.lit('pending'))
      .where('next_attempt_at', '<=', now)
      .orderBy('next_attempt_at')
      .orderBy('id')
      .limit(limit)
      .modifyEnd(skippingLocked(db)),
)

/** Begins an attempt of locked, due deliveries. One statement for all: SQLite takes as long for one row as for five. */
export function leaseDeliveries(
  db: Db,
  ids: readonly number[],
  lease: Lease & { now: string },
): Promise<Omit<Leased, 'lease_token'>[]> {
  return leased(db, { ids: JSON.stringify(ids), ...lease })
}

const leased = prepared((db, { ids, now, ...lease }: Lease & { ids: string; now: string }) =>
  db
    .updateTable('deliveries')
    .set((eb) => ({
      status: eb.val('sending' as const),
      attempts: sql<number>`attempts + 1`,
      last_attempt_at: now,
      next_attempt_at: null,
      ...lease,
    }))
    .where('id', 'in', listed(db, ids))
    .returning(leasedColumns),
)

/** The leases of deliveries, locked until the transaction ends. */
export async function holdLeases(
  db: Db,
  ids: readonly number[],
): Promise<Map<number, Pick<DeliveriesTable, 'lease_token' | 'order_key'>>> {
  const rows = await heldLeases(db, { ids: JSON.stringify(ids) })
  return new Map(rows.map(({ id, ...lease }) => [id, lease]))
}

const heldLeases = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('deliveries')
    .select(['id', 'lease_token', 'order_key'])
    .where('id', 'in', listed(db, ids))
    .orderBy('id')
    .modifyEnd(lockingRow(db)),
)

interface Ending {
  status: 'pending' | 'held' | 'delivered' | 'failed' | 'discarded'
  next_attempt_at: string | null
  finished_at: string | null
  reason: string | null
  standing: number | null
  last_result: string
  /** How many of the attempts were none. */
  unmade: number
}

/** Ends attempts whose leases are locked, and ours. */
export async function endAttempts(db: Db, ids: readonly number[], ending: Ending): Promise<void> {
  await ended(db, { ids: JSON.stringify(ids), ...ending })
}

const ended = prepared((db, { ids, unmade, ...ending }: Ending & { ids: string }) =>
  db
    .updateTable('deliveries')
    .set((eb) => ({ ...ending, attempts: eb('attempts', '-', unmade), lease_token: null, lease_until: null }))
    .where('id', 'in', listed(db, ids)),
)

export const insertAttempt = prepared((db, row: Insertable<DeliveryAttemptsTable>) =>
  db.insertInto('delivery_attempts').values(row),
)

/** Reclaims deliveries whose lease ended by that instant without an outcome; they are due at once. */
export async function takeBackLeased(
  db: Db,
  { until, now, limit }: { until: string; now: string; limit: number },
) {
  return db
    .updateTable('deliveries')
    .set({
      status: 'pending',
      next_attempt_at: now,
      lease_token: null,
      lease_until: null,
      last_result: 'interrupted',
    })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('id')
        .where('status', '=', sql.lit('sending'))
        .where('lease_until', '<=', until)
        .limit(limit)
        .modifyEnd(skippingLocked(db)),
    )
    .returning(['id', 'webhook_id', 'event_type', 'attempts', 'last_attempt_at'])
    .execute()
}

/** Of these webhooks, those whose receiver is an extension. */
export async function receivedInside(db: Db, ids: readonly number[]): Promise<Set<number>> {
  const rows = await db
    .selectFrom('webhooks')
    .select('id')
    .where('id', 'in', [...ids])
    .where('url', 'like', `${receiver}%`)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export async function postpone(db: Db, id: number, until: string): Promise<void> {
  await db.updateTable('deliveries').set({ next_attempt_at: until }).where('id', '=', id).execute()
}

export const findLeased = prepared((db, { until }: { until: string }) =>
  db
    .selectFrom('deliveries')
    .select('id')
    .where('status', '=', sql.lit('sending'))
    .where('lease_until', '<=', until)
    .limit(1),
)

export async function noteHealth(db: Db, id: number, { ...health }: Health): Promise<void> {
  await updateHealth(db, {
    id,
    consecutive_failures: health.consecutive_failures,
    failing_since: health.failing_since,
    last_success_at: health.last_success_at,
    last_failure_at: health.last_failure_at,
    test_failed_at: health.test_failed_at,
    circuit_trips: health.circuit_trips,
    circuit_open_until: health.circuit_open_until,
  })
}

const updateHealth = prepared((db, { id, ...health }: Health & { id: number }) =>
  db.updateTable('webhooks').set(health).where('id', '=', id),
)

export async function noteThrottle(db: Db, id: number, throttledUntil: string | null): Promise<void> {
  await db.updateTable('webhooks').set({ throttled_until: throttledUntil }).where('id', '=', id).execute()
}

/** The bodies of events, and the secrets of webhooks that sign at the moment, the current one first. */
export async function findBodies(db: Db, eventIds: readonly number[]): Promise<Map<number, EventBodyRow>> {
  if (eventIds.length === 0) return new Map()
  const rows = await bodies(db, { ids: JSON.stringify([...new Set(eventIds)]) })
  return new Map(rows.map((row) => [row.id, row]))
}

const bodies = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('events')
    .select(['id', 'occurred_at', 'resource_type', 'resource_id', 'body', 'previous', 'subject_id'])
    .where('id', 'in', listed(db, ids)),
)

export interface EventBodyRow {
  id: number
  occurred_at: string
  resource_type: string
  resource_id: number
  body: string
  previous: string | null
  subject_id: number | null
}

export interface SecretRow {
  webhook_id: number
  secret: string
  signing_key: string | null
  expires_at: string | null
}

export async function findSecrets(
  db: Db,
  webhookIds: readonly number[],
  now: string,
): Promise<Map<number, SecretRow[]>> {
  const byWebhook = new Map<number, SecretRow[]>()
  if (webhookIds.length === 0) return byWebhook
  const rows = await signing(db, { ids: JSON.stringify([...new Set(webhookIds)]), now })
  for (const row of rows) {
    const known = byWebhook.get(row.webhook_id)
    if (known) known.push(row)
    else byWebhook.set(row.webhook_id, [row])
  }
  return byWebhook
}

const signing = prepared((db, { ids, now }: { ids: string; now: string }) =>
  db
    .selectFrom('webhook_secrets')
    .select(['webhook_id', 'secret', 'signing_key', 'expires_at'])
    .where('webhook_id', 'in', listed(db, ids))
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .orderBy('id', 'desc'),
)

export async function disableWebhook(
  db: Db,
  { id, version, standing }: Pick<WebhookRow, 'id' | 'version' | 'standing'>,
  reason: 'gone' | 'failing',
  now: string,
): Promise<void> {
  await db
    .updateTable('webhooks')
    .set({
      status: 'disabled',
      disabled_reason: reason,
      updated_at: now,
      version: version + 1,
      standing: standing + 1,
    })
    .where('id', '=', id)
    .execute()
}

/** Deliveries of a webhook. */
export interface Span {
  webhook_id: number
  /** The first instant at which they were created. */
  since?: string
  /** The instant before which they were. */
  until?: string | undefined
  types?: readonly string[] | undefined
}

/** Makes those due that wait for a further attempt. @returns their number */
export async function makeAllDue(
  db: Db,
  { webhook_id, since, until, types }: Span,
  now: string,
): Promise<number> {
  let query = db
    .updateTable('deliveries')
    .set({ next_attempt_at: now })
    .where('webhook_id', '=', webhook_id)
    .where('status', '=', sql.lit('pending'))
    .where('next_attempt_at', '>', now)
  if (since !== undefined) query = query.where('created_at', '>=', since)
  if (until !== undefined) query = query.where('created_at', '<', until)
  if (types !== undefined) query = query.where('event_type', 'in', listedTexts(db, types))
  return (await query.returning('id').execute()).length
}
