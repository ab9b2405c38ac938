import type { components } from './generated/api.ts'
import type { DocumentStatus, EventListQuery, Role, UserStatus } from './types.ts'

/** The data of events about users: what the user is after the change, or was before the deletion. */
export interface UserEventData {
  id: number
  username: string
  email: string
  role: Role
  status: UserStatus
}

/** The data of events about documents: what the document is after the change, or was before the deletion. */
export interface DocumentEventData {
  id: number
  title: string
  category: string
  status: DocumentStatus
  author_id: number
}

/** The data of each type of event. Fields may be added within v1; a program must not refuse one that it does not know. */
export interface EventDataByType {
  'user.created': UserEventData
  'user.updated': UserEventData
  'user.deleted': UserEventData
  'document.created': DocumentEventData
  'document.updated': DocumentEventData
  'document.published': DocumentEventData
  'document.deleted': DocumentEventData
  /** A test of a webhook, sent to it alone; the id is the webhook's. */
  ping: { id: number }
}

type LoggedEvent = components['schemas']['Event']

/** The types that the server knows. Indexing `EventDataByType` with one that is missing there does not compile. */
export type EventType = NonNullable<EventListQuery['type']>
export type EventData<T extends EventType = EventType> = EventDataByType[T]

/** What a webhook is sent, exactly. `switch (body.event)` narrows `body.data`. */
export type EventBody<T extends EventType = EventType> = {
  [Type in T]: {
    event: Type
    /** When it happened, RFC 3339 in UTC. */
    timestamp: string
    data: EventData<Type>
  }
}[T]

/** An event of the log. `switch (event.type)` narrows `event.payload`. */
export type Event<T extends EventType = EventType> = {
  [Type in T]: Omit<LoggedEvent, 'type' | 'payload'> & { type: Type; payload: EventBody<Type> }
}[T]
