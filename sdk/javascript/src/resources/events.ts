import type { CallOptions } from '../call-options.ts'
import type { Event } from '../event-types.ts'
import { type Http, path } from '../http.ts'
import type { EventListQuery, EventTypeInfo } from '../types.ts'

export type Events = ReturnType<typeof eventsOf>

/** Scope `events:read`. */
export function eventsOf(http: Http) {
  return {
    /**
     * The log, oldest first. Iterating ends with the newest event; to follow the log, call again with `after` set to the
     * id of the last event that was given. With `sort: '-log'` the newest come first, and iterating goes back in time.
     */
    list: (query?: EventListQuery, options?: CallOptions) =>
      http.list<Event, { total_count: number }>('/api/v1/events', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<Event>({ method: 'GET', path: path`/api/v1/events/${id}`, options }),

    /** Every type with its JSON Schema and an example. */
    types: (options?: CallOptions) => http.list<EventTypeInfo>('/api/v1/event-types', {}, options),
  }
}
