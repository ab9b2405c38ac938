import type { Insertable } from 'kysely'
import { scopesOf } from '../db/counters.ts'
import type { Transaction } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
import type { EventsTable } from '../db/tables.ts'
import type { EventBody, EventData, EventType } from './types.ts'

/**
 * Writes an event in the transaction of the change that caused it: the event exists if and only if the change does.
 * The body is serialised here, once, and never again.
 * @param data the fields that the event type promises; `id` is the resource's
 */
export async function appendEvent<T extends EventType>(
  trx: Transaction,
  type: T,
  occurredAt: string,
  data: EventData<T>,
): Promise<void> {
  const [resourceType = ''] = type.split('.')
  const body: EventBody<T> = { event: type, timestamp: occurredAt, data }
  await insertEvent(trx.db, {
    type,
    occurred_at: occurredAt,
    resource_type: resourceType,
    resource_id: data.id,
    body: JSON.stringify(body),
  })
  for (const scope of scopesOf('events', { type })) trx.count(scope, 1)
}

const insertEvent = prepared((db, row: Insertable<EventsTable>) => db.insertInto('events').values(row))
