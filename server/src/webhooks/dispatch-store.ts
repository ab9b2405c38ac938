import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow, skippingLocked } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { DeliveriesTable, DeliveryAttemptsTable, WebhooksTable } from '../db/tables.ts'
import { activeOwner } from './owner-store.ts'

export type WebhookRow = Selectable<WebhooksTable>

/** What the server notes about a receiver. */
export type Health = Pick<
  Selectable<WebhooksTable>,
  | 'consecutive_failures'
  | 'failing_since'
  | 'last_success_at'
  | 'last_failure_at'
  | 'circuit_trips'
  | 'circuit_open_until'
>

/** A delivery that this process holds the lease of. */
export type Leased = Pick<
  Selectable<DeliveriesTable>,
  'id' | 'webhook_id' | 'event_id' | 'event_type' | 'generation' | 'attempts' | 'created_at'
> & { lease_token: string }

const leasedColumns = [
  'id',
  'webhook_id',
  'event_id',
  'event_type',
  'generation',
  'attempts',
  'created_at',
] as const

/**
 * The webhooks that something is due for, with how much is on its way to each. A webhook rests while its circuit is open,
 * while its rate limit is used up, and while its owner may not sign in.
 * @param now an instant
 */
export const dueWebhooks = prepared((db, { now }: { now: string }) =>
  db
    .selectFrom('webhooks')
    .select(['id', 'concurrency', 'consecutive_failures', 'failing_since', 'last_success_at'])
    .select(['last_failure_at', 'circuit_trips', 'circuit_open_until'])
    .select((eb) =>
      eb
        .selectFrom('deliveries')
        .select((sending) => sending.fn.countAll<number>().as('count'))
        .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
        .where('deliveries.status', '=', sql.lit('sending'))
        .as('sending'),
    )
    .where('deleted_at', 'is', null)
    .where('status', '=', sql.lit('active'))
    .where((eb) => eb.or([eb('circuit_open_until', 'is', null), eb('circuit_open_until', '<=', now)]))
    .where((eb) => eb.or([eb('throttled_until', 'is', null), eb('throttled_until', '<=', now)]))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
          .where('deliveries.status', '=', sql.lit('pending'))
          .where('deliveries.next_attempt_at', '<=', now),
      ),
    )
    .where((eb) => eb.exists(activeOwner(eb))),
)

/** Held until the transaction ends, in one order for all; those that another process holds are passed over, unless `wait`. */
export async function holdWebhooks(
  db: Db,
  ids: readonly number[],
  { wait }: { wait: boolean },
): Promise<WebhookRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('id')
    .modifyEnd(wait ? lockingRow(db) : skippingLocked(db))
    .execute()
}

export const countSending = prepared((db, { webhook_id }: { webhook_id: number }) =>
  db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('webhook_id', '=', webhook_id)
    .where('status', '=', sql.lit('sending')),
)

export interface Lease {
  lease_token: string
  lease_until: string
}

interface Taking extends Lease {
  webhook_id: number
  now: string
  limit: number
}

/** Leases what is due for one webhook, what waits longest first. The webhook is held. */
export const takeDue = prepared((db, { webhook_id, now, limit, lease_token, lease_until }: Taking) =>
  db
    .updateTable('deliveries')
    .set((eb) => ({
      status: eb.val('sending' as const),
      attempts: sql<number>`attempts + 1`,
      last_attempt_at: now,
      next_attempt_at: null,
      lease_token,
      lease_until,
    }))
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('id')
        .where('webhook_id', '=', webhook_id)
        .where('status', '=', sql.lit('pending'))
        .where('next_attempt_at', '<=', now)
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(limit)
        .modifyEnd(skippingLocked(db)),
    )
    .returning(leasedColumns),
)

interface Ending {
  id: number
  lease_token: string
  status: 'pending' | 'delivered' | 'failed'
  next_attempt_at: string | null
  finished_at: string | null
}

/** Ends an attempt; no row comes back when the lease is not ours any more. */
export const endAttempt = prepared((db, { id, lease_token, ...ending }: Ending) =>
  db
    .updateTable('deliveries')
    .set({ ...ending, lease_token: null, lease_until: null })
    .where('id', '=', id)
    .where('lease_token', '=', lease_token)
    .returning('id'),
)

export const insertAttempt = prepared((db, row: Insertable<DeliveryAttemptsTable>) =>
  db.insertInto('delivery_attempts').values(row),
)

/** Takes back what was being sent by somebody who has not said how it ended in time; it is due at once. */
export async function takeBackExpired(db: Db, now: string, limit: number) {
  return db
    .updateTable('deliveries')
    .set({ status: 'pending', next_attempt_at: now, lease_token: null, lease_until: null })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('id')
        .where('status', '=', sql.lit('sending'))
        .where('lease_until', '<=', now)
        .limit(limit)
        .modifyEnd(skippingLocked(db)),
    )
    .returning(['id', 'webhook_id', 'event_type', 'attempts', 'last_attempt_at'])
    .execute()
}

export const findExpired = prepared((db, { now }: { now: string }) =>
  db
    .selectFrom('deliveries')
    .select('id')
    .where('status', '=', sql.lit('sending'))
    .where('lease_until', '<=', now)
    .limit(1),
)

export async function noteHealth(db: Db, id: number, { ...health }: Health): Promise<void> {
  await updateHealth(db, {
    id,
    consecutive_failures: health.consecutive_failures,
    failing_since: health.failing_since,
    last_success_at: health.last_success_at,
    last_failure_at: health.last_failure_at,
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
  const rows = await db
    .selectFrom('events')
    .select(['id', 'occurred_at', 'body'])
    .where('id', 'in', [...new Set(eventIds)])
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export interface EventBodyRow {
  id: number
  occurred_at: string
  body: string
}

export interface SecretRow {
  webhook_id: number
  secret: string
  expires_at: string | null
}

export async function findSecrets(
  db: Db,
  webhookIds: readonly number[],
  now: string,
): Promise<Map<number, SecretRow[]>> {
  const byWebhook = new Map<number, SecretRow[]>()
  if (webhookIds.length === 0) return byWebhook
  const rows = await db
    .selectFrom('webhook_secrets')
    .select(['webhook_id', 'secret', 'expires_at'])
    .where('webhook_id', 'in', [...new Set(webhookIds)])
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .orderBy('id', 'desc')
    .execute()
  for (const row of rows) {
    const known = byWebhook.get(row.webhook_id)
    if (known) known.push(row)
    else byWebhook.set(row.webhook_id, [row])
  }
  return byWebhook
}
