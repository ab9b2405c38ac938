import { type Insertable, sql } from 'kysely'
import type { Placed } from '../access/slice.ts'
import { counterKeys } from '../db/counters.ts'
import type { Transaction } from '../db/database.ts'
import { idsAsJson, listed } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { DeliveriesTable, EventsTable, FanOutsTable } from '../db/tables.ts'
import { picked } from '../lib/picked.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import { eventKeys } from './event-keys.ts'
import { excludedFrom } from './excluded.ts'
import { type EventBody, type EventType, eventBytesMax, type Occurrence } from './types.ts'

/**
 * Up to as many subscribers a change writes the deliveries of its event; with more of them, it notes who they are, and the
 * dispatcher writes the deliveries after the commit (`sending/fan-out.ts`). A delivery takes 70 µs, mostly for the pages
 * of its indexes and totals: with 300 webhooks a change took 22.9 ms instead of 2.9.
 */
const writtenAtOnceMax = 10

/**
 * Writes an event, and its delivery to every subscribed webhook or what they will be written from, in the transaction of
 * the change that caused it: they exist if and only if the change does. The body is serialised here, only once.
 * @param nowMs milliseconds since the Unix epoch
 */
export async function appendEvent(trx: Transaction, occurrence: Occurrence, nowMs: number): Promise<void> {
  const { type, data } = occurrence
  const event = {
    event_id: await writeEvent(trx, occurrence, nowMs),
    event_type: type.name,
    created_at: toInstant(nowMs),
    order_key: `${type.resource}/${data.id}`,
  }
  const [subscribed] = await subscribers(trx.db, { event_type: type.name })
  const ids: number[] = JSON.parse(subscribed?.webhooks ?? '[]')
  if (ids.length === 0) return
  if (ids.length > writtenAtOnceMax) await queueFanOut(trx.db, { ...event, webhooks: JSON.stringify(ids) })
  else if ((await writeDeliveries(trx, type, { ...event, data }, ids)).length === 0) return
  trx.hint('work')
}

/**
 * Writes the deliveries of an event to some webhooks, except those that are gone and those whose rules exclude it.
 * @returns the webhooks that it is on its way to
 */
export async function writeDeliveries(
  trx: Transaction,
  type: Pick<EventType, 'isWithin'> | undefined,
  { data, ...event }: Subscribed & { data: object },
  webhookIds: readonly number[],
): Promise<number[]> {
  const excluded = new Set(await excludedFrom(trx.db, type, data, webhookIds))
  const ids = JSON.stringify(webhookIds.filter((id) => !excluded.has(id)))
  const written = await insertDeliveries(trx.db, { ...event, ids })
  for (const { webhook_id } of written)
    countDelivery(trx, { webhook_id, event_type: event.event_type }, 'pending', 1)
  return written.map(({ webhook_id }) => webhook_id)
}

/** What the bodies of events, and the values that updates replaced, are sealed for. */
export const bodyContext = 'events.body'
export const previousContext = 'events.previous'

/**
 * Writes an event for a single webhook.
 * @param sample what a test sends instead of the event; the log does not show it
 * @returns its id
 */
export async function writeEvent(
  trx: Transaction,
  { type, data, previous, subjects, requestId = null }: Occurrence,
  nowMs: number,
  sample?: EventBody & { test: true },
): Promise<number> {
  const occurredAt = toTimestamp(nowMs)
  const own: EventBody = { event: type.name, timestamp: occurredAt, data }
  const body = JSON.stringify(sample ?? own)
  if (Buffer.byteLength(body) > eventBytesMax)
    throw new Error(`The body of a ${type.name} has more than ${eventBytesMax} bytes.`)
  // What a rule decides by, where the type is subject to rules.
  const placed = type.isWithin
    ? picked(data as Placed & { id: number }, ['category', 'status', 'author_id'])
    : {}
  const subject = type.isPersonal ? data.id : (subjects?.after ?? null)
  const former = type.isPersonal ? data.id : (subjects?.before ?? null)
  const [row] = await insertEvent(trx.db, {
    type: type.name,
    occurred_at: occurredAt,
    resource_type: type.resource,
    resource_id: data.id,
    body: await trx.seal(subject, bodyContext, body),
    ...(previous ? { previous: await trx.seal(former, previousContext, JSON.stringify(previous)) } : {}),
    ...(subject === null ? {} : { subject_id: subject }),
    ...(requestId === null ? {} : { request_id: requestId }),
    ...placed,
  })
  for (const key of eventKeys({ type: type.name, ...placed })) trx.count(key, 1)
  trx.hint('log')
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

/** Read by the change that writes the event: once its creation has been confirmed, a webhook gets every event of every process. */
const subscribers = prepared((db, { event_type }: { event_type: string }) =>
  db
    .selectFrom('webhook_subscriptions')
    .select(idsAsJson(db, 'webhook_id').as('webhooks'))
    .where('event_type', '=', event_type),
)

const queueFanOut = prepared((db, row: Insertable<FanOutsTable>) => db.insertInto('fan_outs').values(row))

type Subscribed = Pick<DeliveriesTable, 'event_id' | 'event_type' | 'created_at'> & { order_key: string }

const insertDeliveries = prepared(
  (db, { event_id, event_type, created_at, order_key, ids }: Subscribed & { ids: string }) =>
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
        'order_key',
      ])
      .expression((eb) =>
        eb
          .selectFrom('webhooks')
          .select((row) => [
            'webhooks.id as webhook_id',
            row.val(event_id).as('event_id'),
            row.val(event_type).as('event_type'),
            row.lit(1).as('generation'),
            row.val('pending' as const).as('status'),
            row.val(created_at).as('created_at'),
            row.val(created_at).as('next_attempt_at'),
            row
              .case()
              .when('webhooks.ordering', '=', sql.lit('resource'))
              .then(order_key)
              .end()
              .as('order_key'),
          ])
          .where('webhooks.id', 'in', listed(db, ids))
          .where('webhooks.deleted_at', 'is', null),
      )
      .returning('webhook_id'),
)
