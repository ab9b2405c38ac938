import type { Context } from '../context.ts'
import { etagOf, type Tagged } from '../http/conditional.ts'
import { notFound } from '../http/errors.ts'
import type { Event, EventTypeInfo } from './schema.ts'
import * as store from './store.ts'
import { bodySchema, eventTypeNames, eventTypes, exampleBody } from './types.ts'

export interface EventSlice {
  data: Event[]
  totalCount: number
  hasMore: boolean
}

export async function listEvents(
  { database }: Context,
  { limit = 20, ...filter }: store.EventFilter & { limit?: number },
): Promise<EventSlice> {
  // One more than is answered, to know whether more follow.
  const [rows, totalCount] = await Promise.all([
    store.listEvents(database.read, filter, limit + 1),
    store.countEvents(database.read, filter.type),
  ])
  return { data: rows.slice(0, limit).map(toEvent), totalCount, hasMore: rows.length > limit }
}

export async function getEvent({ database }: Context, id: number): Promise<Tagged<Event>> {
  const row = await store.findEvent(database.read, id)
  if (!row) throw notFound('event', id)
  return { etag: etagOf('event', id), resource: toEvent(row) }
}

export function listEventTypes(): EventTypeInfo[] {
  return eventTypeNames.map((name) => ({
    name,
    description: eventTypes[name].description,
    schema: bodySchema(name),
    example: { ...exampleBody(name) },
  }))
}

function toEvent({ body, ...event }: store.EventRow): Event {
  return { ...event, payload: JSON.parse(body) } as Event
}
