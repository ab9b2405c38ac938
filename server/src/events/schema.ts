import type { Static } from 'typebox'
import { AnyObject, Count, closed, Growing, Id, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { EventType } from './types.ts'

/** In the order of the log, which on PostgreSQL is neither that of the ids nor exactly that of the times. */
const eventSorts = ['log', '-log'] as const

const RequestId = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'The `X-Request-Id` of the request that caused them',
})

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
        description:
          'The exact body that webhooks receive; the schema of each type is at /api/v1/event-types. When the person that it is about was erased, only the `id` is left in its `data`',
      }),
    },
    { title: 'Event' },
  )

  /** Without page numbers: the log is read by cursor, at the same cost at any position. */
  const EventList = closed({
    data: Type.Array(Event),
    meta: closed({ total_count: Type.Integer({ ...Count, description: 'All stored events that match' }) }),
  })

  const EventListQuery = closed({
    after: Type.Optional(
      Type.Integer({
        ...Id,
        description: 'Id of the last event that you have seen; default: start with the oldest',
      }),
    ),
    before: Type.Optional(
      Type.Integer({
        ...Id,
        description:
          'With `sort=-log`: id of the last event of the previous page, to continue with older ones',
      }),
    ),
    sort: Type.Optional(
      OneOf(eventSorts, {
        default: 'log',
        description: 'Sort order; a leading hyphen sorts in descending order',
      }),
    ),
    type: Type.Optional(OneOf(names)),
    request_id: Type.Optional(RequestId),
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
