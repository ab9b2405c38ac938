import type { Insertable } from 'kysely'
import type { Placed } from '../access/slice.ts'
import { counterKeys } from '../db/counters.ts'
import type { Transaction } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
import type { DeliveriesTable, EventsTable } from '../db/tables.ts'
import { picked } from '../lib/picked.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import { eventKeys } from './event-keys.ts'
import { dropDeliveries, excludedFrom } from './excluded.ts'
import type { EventBody, Occurrence } from './types.ts'

/** The maximum size that receivers must accept. No event comes near it: the schemas bound every field of a body. */
export const eventBytesMax = 256 * 1024

/**
 * Writes an event, and its delivery to every subscribed webhook, in the transaction of the change that caused it: they
 * exist if and only if the change does. The body is serialised here, only once.
 * @param nowMs milliseconds since the Unix epoch
 */
export async function appendEvent(trx: Transaction, occurrence: Occurrence, nowMs: number): Promise<void> {
  const eventType = occurrence.type.name
  const eventId = await writeEvent(trx, occurrence, nowMs)
  const now = toInstant(nowMs)
  const inserted = await insertDeliveries(trx.db, {
    event_id: eventId,
    event_type: eventType,
    created_at: now,
  })
  const ids = inserted.map(({ webhook_id }) => webhook_id)
  const excluded = await excludedFrom(trx.db, occurrence, ids)
  if (excluded.length > 0) await dropDeliveries(trx.db, { event_id: eventId, ids: JSON.stringify(excluded) })
  const deliveries = inserted.filter(({ webhook_id }) => !excluded.includes(webhook_id))
  for (const { webhook_id } of deliveries)
    countDelivery(trx, { webhook_id, event_type: eventType }, 'pending', 1)
  if (deliveries.length > 0) trx.hint()
}

/** What the bodies of events are sealed for. */
export const bodyContext = 'events.body'

/** Writes an event for a single webhook. @returns its id */
export async function writeEvent(
  trx: Transaction,
  { type, data }: Occurrence,
  nowMs: number,
): Promise<number> {
  const occurredAt = toTimestamp(nowMs)
  const body = JSON.stringify({ event: type.name, timestamp: occurredAt, data } satisfies EventBody)
  if (Buffer.byteLength(body) > eventBytesMax)
    throw new Error(`The body of a ${type.name} has more than ${eventBytesMax} bytes.`)
  // What a rule decides by, where the type is subject to rules.
  const placed = type.isWithin
    ? picked(data as Placed & { id: number }, ['category', 'status', 'author_id'])
    : {}
  const subject = type.isPersonal ? data.id : null
  const [row] = await insertEvent(trx.db, {
    type: type.name,
    occurred_at: occurredAt,
    resource_type: type.resource,
    resource_id: data.id,
    body: await trx.seal(subject, bodyContext, body),
    ...(subject === null ? {} : { subject_id: subject }),
    ...placed,
  })
  for (const key of eventKeys({ type: type.name, ...placed })) trx.count(key, 1)
  return row?.id ?? 0
}

/** Updates the totals of a webhook's deliveries, for every combination of filters. */
export function countDelivery(
  trx: Transaction,
  { webhook_id, event_type }: Pick<DeliveriesTable, 'webhook_id' | 'event_type'>,
  status: DeliveriesTable['status'],
  by: number,
): void {
  for (const key of counterKeys(`deliveries/${webhook_id}`, { event_type, status })) trx.count(key, by)
}

const insertEvent = prepared((db, row: Insertable<EventsTable>) =>
  db.insertInto('events').values(row).returning('id'),
)

/** Reads subscriptions as it writes: once its creation has been confirmed, a webhook gets every event of every process. */
const insertDeliveries = prepared(
  (
    db,
    { event_id, event_type, created_at }: Pick<DeliveriesTable, 'event_id' | 'event_type' | 'created_at'>,
  ) =>
    db
      .insertInto('deliveries')
      .columns([
        'webhook_id',
        'event_id',
        'event_type',
        'generation',
        'status',
        'created_at',
        'next_attempt_at',
      ])
      .expression((eb) =>
        eb
          .selectFrom('webhook_subscriptions')
          .select((row) => [
            'webhook_id',
            row.val(event_id).as('event_id'),
            'event_type',
            row.lit(1).as('generation'),
            row.val('pending' as const).as('status'),
            row.val(created_at).as('created_at'),
            row.val(created_at).as('next_attempt_at'),
          ])
          .where('event_type', '=', event_type),
      )
      .returning('webhook_id'),
)
