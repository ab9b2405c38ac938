import { type Actor, missingScope } from '../access/caller.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { invalidRequest, notFound } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { bodyContext, previousContext } from './outbox.ts'
import type { Event, EventListQuery, EventTypeInfo } from './schema.ts'
import * as store from './store.ts'
import { bodySchema, type EventBody, erasedBody, exampleBody } from './types.ts'
import { hasScope, seesAllOf, sightOf } from './visibility.ts'

export interface EventSlice {
  data: Event[]
  totalCount: number
  hasMore: boolean
}

export async function listEvents(
  context: Context,
  actor: Actor,
  { limit = 20, type, request_id, ...filter }: EventListQuery,
): Promise<EventSlice> {
  requireOneWay(filter)
  const { database } = context
  const seen = { ...seenEvents(context, actor, type === undefined ? undefined : [type]), request_id }
  // One more than the page holds, to know whether more follow.
  const [rows, totalCount] = await Promise.all([
    store.listEvents(database.read, { ...filter, ...seen }, limit + 1),
    store.countEvents(database.read, seen),
  ])
  const data = await openEvents(database, rows.slice(0, limit))
  return { data, totalCount, hasMore: rows.length > limit }
}

/** `after` reads forwards and `before` backwards: with the opposite order, they would skip expected events. */
function requireOneWay({ sort, after, before }: EventListQuery): void {
  if (sort === '-log' && after !== undefined) {
    throw invalidRequest(
      "The 'after' query parameter reads forwards and 'sort=-log' backwards; omit one of them, or send 'before' to get older events.",
    )
  }
  if (sort !== '-log' && before !== undefined)
    throw invalidRequest("The 'before' query parameter requires 'sort=-log'.")
}

/**
 * The types of which the actor sees all events, or those within their reach, or those they name of these.
 * @throws AppError permission_denied when they name one that they may not read
 */
export function seenEvents(
  { catalog: { eventTypes } }: Pick<Context, 'catalog'>,
  actor: Actor,
  named: readonly string[] | undefined,
): Pick<store.EventFilter, 'types' | 'narrowed'> {
  for (const name of named ?? []) {
    const reads = eventTypes.get(name)?.reads
    if (reads && !actor.scopes.has(reads)) throw missingScope(reads, 'Reading these events', actor)
  }
  const wanted = [...eventTypes.values()].filter(({ name }) => named === undefined || named.includes(name))
  const whole = wanted.filter((type) => seesAllOf(actor, type))
  if (whole.length === eventTypes.size) return {}
  const part = wanted.filter((type) => hasScope(actor.scopes, type) && !seesAllOf(actor, type))
  const within = { slice: actor.reach.documents.read, userId: actor.userId }
  return {
    types: whole.map(({ name }) => name),
    ...(part.length > 0 ? { narrowed: { types: part.map(({ name }) => name), within } } : {}),
  }
}

export async function getEvent(context: Context, actor: Actor, id: number): Promise<Tagged<Event>> {
  const row = await store.findEvent(context.database.read, id)
  const type = row && context.catalog.eventTypes.get(row.type)
  if (!row || (type && sightOf(actor, type, row) !== 'visible')) throw notFound('event', id)
  const [resource] = await openEvents(context.database, [row])
  if (!resource) throw notFound('event', id)
  // An erasure changes the representation.
  return { etag: etagOf('event', id, Object.keys(resource.payload.data as object).length), resource }
}

/**
 * Whether an actor may read all that a webhook was sent of an event: the record as it is told, and as it was before. One
 * that was pruned cannot be judged any more.
 */
export async function mayReadEvent(
  { catalog, database }: Context,
  actor: Actor,
  id: number,
  db = database.read,
): Promise<boolean> {
  const row = await store.findEvent(db, id)
  const type = row && catalog.eventTypes.get(row.type)
  if (!type || sightOf(actor, type, row) !== 'visible') return false
  if (seesAllOf(actor, type)) return true
  const previous = await store.findPrevious(db, id)
  const text = (await database.subjects.opener(db, [previous]))(previous, previousContext)
  return text === null || sightOf(actor, type, { ...row, ...JSON.parse(text) }) === 'visible'
}

/** What an event replaced, if the actor may read the record as it was. */
export async function previousFor(
  { catalog, database }: Context,
  actor: Actor,
  id: number,
): Promise<object | undefined> {
  const db = database.read
  const [row, previous] = [await store.findEvent(db, id), await store.findPrevious(db, id)]
  const type = row && catalog.eventTypes.get(row.type)
  const text = (await database.subjects.opener(db, [previous]))(previous, previousContext)
  if (!type || text === null) return undefined
  const replaced: object = JSON.parse(text)
  return sightOf(actor, type, { ...row, ...replaced }) === 'visible' ? replaced : undefined
}

export function listEventTypes({ catalog }: Context): EventTypeInfo[] {
  return [...catalog.eventTypes.values()].map((type) => ({
    name: type.name,
    description: type.description,
    schema: bodySchema(type),
    example: { ...exampleBody(type) },
  }))
}

/** As they were before they were sealed. */
export async function openEvents(
  { subjects, read }: Pick<Database, 'subjects' | 'read'>,
  rows: readonly store.EventRow[],
): Promise<Event[]> {
  const open = await subjects.opener(
    read,
    rows.map(({ body }) => body),
  )
  return rows.map(({ body, category: _c, status: _s, author_id: _a, ...event }) => {
    const text = open(body, bodyContext)
    const told = text === null ? undefined : (JSON.parse(text) as EventBody)
    // A test may have sent the sample of another type, which did not happen.
    const payload = { ...(told?.event === event.type ? told : erasedBody(event)) }
    return { ...event, payload }
  })
}

/** Deletes events past their retention time, from the start of the log. */
export function eventPruning(context: Context): Task {
  return dueTask(context, 'prune old events', minuteMs, {
    keptMs: context.config.eventRetentionDays * dayMs,
    isDue: async (db, dueMs) => (await store.takePrunable(db, toTimestamp(dueMs), 1)).length > 0,
    async run(trx, dueMs, limit) {
      const events = await store.takePrunable(trx.db, toTimestamp(dueMs), limit)
      await store.pruneEvents(trx, events)
      return events.length
    },
  })
}
