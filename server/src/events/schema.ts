import { type Static, Type } from 'typebox'
import { AnyObject, Count, closed, Growing, Id, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import type { EventType } from './types.ts'

/** The order is that of the log, which on PostgreSQL is neither that of the ids nor quite that of the instants. */
const eventSorts = ['log', '-log'] as const

export function eventSchemas(types: Iterable<EventType>) {
  const all = [...types]
  const names = all.map(({ name }) => name)
  const Name = Growing(names)
  const Event = closed(
    {
      id: Id,
      type: Name,
      occurred_at: Timestamp,
      resource_type: Growing([...new Set(all.map(({ resource }) => resource))]),
      resource_id: Id,
      payload: Type.Unsafe<Record<string, unknown>>({
        ...AnyObject,
        description: 'What webhooks are sent, exactly; the schema of each type is at /api/v1/event-types',
      }),
    },
    { title: 'Event' },
  )

  /** No page numbers: the log is read by its cursor, which costs the same anywhere in it. */
  const EventList = closed({
    data: Type.Array(Event),
    meta: closed({ total_count: Type.Integer({ ...Count, description: 'All that match and are kept' }) }),
  })

  const EventListQuery = closed({
    after: Type.Optional(
      Type.Integer({
        ...Id,
        description: 'Id of the last event that you have seen; without it the log begins with the oldest',
      }),
    ),
    before: Type.Optional(
      Type.Integer({
        ...Id,
        description: 'With `sort=-log`: id of the last event of the page before, to go on with older ones',
      }),
    ),
    sort: Type.Optional(
      OneOf(eventSorts, { default: 'log', description: 'Order; a leading hyphen means the newest first' }),
    ),
    type: Type.Optional(OneOf(names)),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Results per page' }),
    ),
  })

  const EventTypeInfo = closed(
    {
      name: Name,
      description: Type.String(),
      schema: Type.Unsafe<Record<string, unknown>>({
        ...AnyObject,
        description: 'JSON Schema (2020-12) of the payload',
      }),
      example: Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: 'A payload' }),
    },
    { title: 'EventTypeInfo' },
  )
  const EventTypePage = PageOf(EventTypeInfo)

  return { Event, EventList, EventListQuery, EventTypeInfo, EventTypePage }
}

type Schemas = ReturnType<typeof eventSchemas>
export type Event = Static<Schemas['Event']>
export type EventSort = (typeof eventSorts)[number]
export type EventListQuery = Static<Schemas['EventListQuery']>
export type EventTypeInfo = Static<Schemas['EventTypeInfo']>
