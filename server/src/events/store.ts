import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { cellsOf, type DocumentStatus, documentStatuses, hasOwn, type Within } from '../access/slice.ts'
import { isSeenAsOwn, isWithin } from '../access/slice-query.ts'
import { counterKey, readCount, readCounts } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import { loggedAfter, loggedBefore, loggedUntil, logOrder, logPlace, settled } from '../db/event-log.ts'
import type { EventPruningTable, EventsTable } from '../db/tables.ts'
import { eventKeys, keyOfCell } from './event-keys.ts'
import type { EventSort } from './schema.ts'

const columns = [
  'id',
  'type',
  'occurred_at',
  'resource_type',
  'resource_id',
  'body',
  'category',
  'status',
  'author_id',
] as const
export type EventRow = Pick<Selectable<EventsTable>, (typeof columns)[number]>

export interface EventFilter {
  /** Default: forwards. */
  sort?: EventSort
  /** Default: all. */
  types?: readonly string[] | undefined
  /** Types of which the caller sees a part. */
  narrowed?: NarrowedTypes | undefined
  /** Of the request that caused them. */
  request_id?: string | undefined
  /** Id of the last event seen. */
  after?: number
  /** The same, going backwards. */
  before?: number
  /** Id of the last event to return. */
  until?: number
}

interface NarrowedTypes {
  types: readonly string[]
  within: Within
}

/** More parts than that are read by type, and each row is checked; SQLite merges at most 500. */
const partsMax = 400

/** The settled part of the log, from its start or from its end. */
export async function listEvents(
  db: Db,
  { types, narrowed, request_id, after, before, until, sort }: EventFilter,
  limit: number,
): Promise<EventRow[]> {
  const direction = sort === '-log' ? 'desc' : 'asc'
  const slice = (part?: RawBuilder<SqlBool>) => {
    let query = db.selectFrom('events').select(columns).where(settled(db))
    if (part !== undefined) query = query.where(part)
    if (request_id !== undefined) query = query.where(isOfRequest(request_id))
    if (after !== undefined) query = query.where(loggedAfter(db, after))
    if (before !== undefined) query = query.where(loggedBefore(db, before))
    if (until !== undefined) query = query.where(loggedUntil(db, until))
    return inOrder(db, query, direction).limit(limit)
  }
  if (types === undefined) return slice().execute()
  const parts = [
    ...types.map((type) => sql<SqlBool>`type = ${type}`),
    ...(narrowed ? partsOf(db, narrowed) : []),
  ]
  if (parts.length === 1) return slice(parts[0]).execute()
  const [first, ...others] = parts.map((part) =>
    db.selectFrom(slice(part).select(logPlace(db)).as('part')).selectAll(),
  )
  if (!first) return []
  // Each part by its own index: the few of one would otherwise be searched for among all events.
  const all = others.reduce((merged, one) => merged.unionAll(one), first)
  const log = db.selectFrom(all.as('log')).select(columns)
  return log.orderBy('place', direction).orderBy('id', direction).limit(limit).execute()
}

/** One part for each type and cell of what the caller sees, each in the order of an index. */
function partsOf(db: Db, { types, within }: NarrowedTypes): RawBuilder<SqlBool>[] {
  const cells = cellsByStatus(within)
  const own = hasOwn(within.slice)
  if (types.length * (cells.length + 1) > partsMax)
    return types.map((type) => sql<SqlBool>`type = ${type} and ${isWithin(db, within)}`)
  return types.flatMap((type) => [
    ...cells.map(({ category, status }) =>
      category === undefined
        ? sql<SqlBool>`category is not null and type = ${type} and status = ${status}`
        : sql<SqlBool>`type = ${type} and category = ${category} and status = ${status}`,
    ),
    ...(own ? [sql<SqlBool>`category is not null and type = ${type} and ${isSeenAsOwn(db, within)}`] : []),
  ])
}

/** They are few, and found by their own index before the one of the order. */
function isOfRequest(requestId: string) {
  return sql<SqlBool>`id in (select id from events where request_id = ${requestId})`
}

/** Includes events that are committed but not settled yet. */
export async function countEvents(
  db: Db,
  { types, narrowed, request_id }: Pick<EventFilter, 'types' | 'narrowed' | 'request_id'>,
) {
  if (request_id !== undefined) return countOfRequest(db, request_id, { types, narrowed })
  if (types === undefined) return readCount(db, counterKey('events', {}))
  const cells = narrowed ? cellsByStatus(narrowed.within) : []
  const keys = [
    ...types.map((type) => counterKey('events', { type })),
    ...(narrowed?.types ?? []).flatMap((type) => cells.map((cell) => keyOfCell({ type, ...cell }))),
  ]
  const [counts, own] = await Promise.all([readCounts(db, keys), narrowed ? countOwn(db, narrowed) : 0])
  return counts.reduce((sum, count) => sum + count, own)
}

async function countOfRequest(
  db: Db,
  requestId: string,
  { types, narrowed }: Pick<EventFilter, 'types' | 'narrowed'>,
): Promise<number> {
  const { total } = await db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where(isOfRequest(requestId))
    .where((eb) => {
      if (types === undefined) return eb.lit(true)
      const whole = types.length > 0 ? [eb('type', 'in', types)] : []
      const part = narrowed?.types.length
        ? [eb.and([eb('type', 'in', narrowed.types), isWithin(db, narrowed.within)])]
        : []
      return eb.or([...whole, ...part])
    })
    .executeTakeFirstOrThrow()
  return total
}

/** Counted over the index of the author. */
async function countOwn(db: Db, { types, within }: NarrowedTypes): Promise<number> {
  if (!hasOwn(within.slice) || types.length === 0) return 0
  const { total } = await db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('category', 'is not', null)
    .where('type', 'in', types)
    .where(isSeenAsOwn(db, within))
    .executeTakeFirstOrThrow()
  return total
}

/** Events have no index and no total of a category alone. */
function cellsByStatus({ slice }: Within): { category?: string; status: DocumentStatus }[] {
  return cellsOf(slice).flatMap(({ category, status }) =>
    (status ? [status] : documentStatuses).map((one) => ({
      ...(category === undefined ? {} : { category }),
      status: one,
    })),
  )
}

export function findEvent(db: Db, id: number): Promise<EventRow | undefined> {
  return db.selectFrom('events').select(columns).where('id', '=', id).executeTakeFirst()
}

/** What an update replaced, sealed. */
export async function findPrevious(db: Db, id: number): Promise<string | null> {
  const row = await db.selectFrom('events').select('previous').where('id', '=', id).executeTakeFirst()
  return row?.previous ?? null
}

/**
 * The oldest events that are no longer needed, in the order of the log. An event with a delivery is needed, whatever the
 * delivery's status, because it may be resent; so is one whose deliveries are still to be written, and one with a run.
 * @param before events from this instant on are kept
 */
export async function takePrunable(db: Db, before: string, limit: number) {
  const oldest = await inOrder(
    db,
    db
      .selectFrom('events')
      .select(['id', 'type', 'occurred_at', 'category', 'status'])
      .select((eb) =>
        eb
          .selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.event_id', '=', 'events.id')
          .limit(1)
          .as('delivery_id'),
      )
      .select((eb) =>
        eb
          .selectFrom('fan_outs')
          .select('fan_outs.event_id')
          .whereRef('fan_outs.event_id', '=', 'events.id')
          .as('fan_out_id'),
      )
      .select((eb) =>
        eb
          .selectFrom('automation_runs')
          .select('automation_runs.id')
          .whereRef('automation_runs.event_id', '=', 'events.id')
          .limit(1)
          .as('run_id'),
      ),
    'asc',
  )
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  const firstKept = oldest.findIndex(
    ({ occurred_at, delivery_id, fan_out_id, run_id }) =>
      occurred_at >= before || delivery_id !== null || fan_out_id !== null || run_id !== null,
  )
  return firstKept === -1 ? oldest : oldest.slice(0, firstKept)
}

/** @param events the first of the log, in its order */
export async function pruneEvents(trx: Transaction, events: readonly PrunableEvent[]): Promise<void> {
  const last = events.at(-1)
  if (!last) return
  const ids = events.map((event) => event.id)
  await trx.db.deleteFrom('events').where('id', 'in', ids).execute()
  const pruned = { last_event_id: last.id, last_occurred_at: last.occurred_at }
  await trx.db
    .insertInto('event_pruning')
    .values({ id: 1, ...pruned })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(pruned))
    .execute()
  for (const event of events) for (const key of eventKeys(event)) trx.count(key, -1)
}

type PrunableEvent = Awaited<ReturnType<typeof takePrunable>>[number]

/** How far the log was pruned; undefined when it is whole. */
export function findPruning(db: Db): Promise<Selectable<EventPruningTable> | undefined> {
  return db.selectFrom('event_pruning').selectAll().executeTakeFirst()
}

type Direction = 'asc' | 'desc'

function inOrder<
  Query extends { orderBy(column: ReturnType<typeof logOrder>[number], direction: Direction): Query },
>(db: Db, query: Query, direction: Direction): Query {
  return logOrder(db).reduce((ordered, column) => ordered.orderBy(column, direction), query)
}
