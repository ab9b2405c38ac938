import type { components, webhooks } from './generated/api.ts'
import type { EventListQuery } from './types.ts'

type Sent<T extends keyof webhooks> = webhooks[T]['post']['requestBody']['content']['application/json']

/**
 * The data of each type of event: what it is about as it is after the change, or was before the deletion. Fields may be
 * added within v1; a program must not refuse one that it does not know.
 */
export type EventDataByType = { [T in keyof webhooks]: Sent<T>['data'] }

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
  } & (Type extends `${string}.updated` ? Replaced<Type> : unknown)
}[T]

interface Replaced<Type extends EventType> {
  /** The fields that changed, as they were; for webhooks with `include_previous`. */
  previous?: Partial<Omit<EventData<Type>, 'id'>>
}

/** An event of the log. `switch (event.type)` narrows `event.payload`. */
export type Event<T extends EventType = EventType> = {
  [Type in T]: Omit<LoggedEvent, 'type' | 'payload'> & { type: Type; payload: EventBody<Type> }
}[T]
