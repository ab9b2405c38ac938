import type { Insertable } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
import type { EventsTable } from '../db/tables.ts'

/** Every event that a change can cause. The first five are the documentation page's. */
export const eventTypes = [
  'user.created',
  'user.updated',
  'document.created',
  'document.updated',
  'document.published',
  'user.deleted',
  'document.deleted',
] as const

export type EventType = (typeof eventTypes)[number]

/**
 * Writes an event in the transaction of the change that caused it: the event exists if and only if the change does.
 * The body is serialised here, once, and never again.
 * @param data the fields that the event type promises; `id` is the resource's
 */
export async function appendEvent(
  trx: Transaction,
  type: EventType,
  occurredAt: string,
  data: { id: number } & Record<string, unknown>,
): Promise<void> {
  const [resourceType = ''] = type.split('.')
  await insertEvent(trx.db, {
    type,
    occurred_at: occurredAt,
    resource_type: resourceType,
    resource_id: data.id,
    body: JSON.stringify({ event: type, timestamp: occurredAt, data }),
  })
}

const insertEvent = prepared((db, row: Insertable<EventsTable>) => db.insertInto('events').values(row))
