import type { Selectable } from 'kysely'
import { counterKey, counterKeys, readCounts } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import { loggedAfter, loggedBefore, logOrder, logPlace, settled } from '../db/event-log.ts'
import type { EventsTable } from '../db/tables.ts'
import type { EventSort } from './schema.ts'

const columns = ['id', 'type', 'occurred_at', 'resource_type', 'resource_id', 'body'] as const
export type EventRow = Pick<Selectable<EventsTable>, (typeof columns)[number]>

export interface EventFilter {
  /** Default: forwards. */
  sort?: EventSort
  /** Default: all. */
  types?: readonly string[] | undefined
  /** Id of the last event seen. */
  after?: number
  /** The same, going backwards. */
  before?: number
}

/** The settled part of the log, from its start or from its end. */
export async function listEvents(
  db: Db,
  { types, after, before, sort }: EventFilter,
  limit: number,
): Promise<EventRow[]> {
  const direction = sort === '-log' ? 'desc' : 'asc'
  const slice = (type?: string) => {
    let query = db.selectFrom('events').select(columns).where(settled(db))
    if (type !== undefined) query = query.where('type', '=', type)
    if (after !== undefined) query = query.where(loggedAfter(db, after))
    if (before !== undefined) query = query.where(loggedBefore(db, before))
    return inOrder(db, query, direction).limit(limit)
  }
  if (types === undefined || types.length === 1) return slice(types?.[0]).execute()
  const ofEach = types.map((type) =>
    db.selectFrom(slice(type).select(logPlace(db)).as('of_type')).selectAll(),
  )
  const [first, ...others] = ofEach
  if (!first) return []
  // Each type by its own index: the few of one type would otherwise be searched for among all events.
  const all = others.reduce((merged, one) => merged.unionAll(one), first)
  const log = db.selectFrom(all.as('log')).select(columns)
  return log.orderBy('place', direction).orderBy('id', direction).limit(limit).execute()
}

/** Includes events that are committed but not settled yet. */
export async function countEvents(db: Db, types: readonly string[] | undefined): Promise<number> {
  const keys =
    types === undefined ? [counterKey('events', {})] : types.map((type) => counterKey('events', { type }))
  return (await readCounts(db, keys)).reduce((sum, count) => sum + count, 0)
}

export function findEvent(db: Db, id: number): Promise<EventRow | undefined> {
  return db.selectFrom('events').select(columns).where('id', '=', id).executeTakeFirst()
}

/**
 * The oldest events that are no longer needed, in the order of the log. An event with a delivery is needed, whatever the
 * delivery's status, because it may be resent.
 * @param before events from this instant on are kept
 */
export async function takePrunable(db: Db, before: string, limit: number) {
  const oldest = await inOrder(
    db,
    db
      .selectFrom('events')
      .select(['id', 'type', 'occurred_at'])
      .select((eb) =>
        eb
          .selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.event_id', '=', 'events.id')
          .limit(1)
          .as('delivery_id'),
      ),
    'asc',
  )
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  const firstKept = oldest.findIndex((event) => event.occurred_at >= before || event.delivery_id !== null)
  return firstKept === -1 ? oldest : oldest.slice(0, firstKept)
}

export async function deleteEvents(
  trx: Transaction,
  events: readonly { id: number; type: string }[],
): Promise<void> {
  const ids = events.map((event) => event.id)
  await trx.db.deleteFrom('events').where('id', 'in', ids).execute()
  for (const { type } of events) for (const key of counterKeys('events', { type })) trx.count(key, -1)
}

type Direction = 'asc' | 'desc'

function inOrder<
  Query extends { orderBy(column: ReturnType<typeof logOrder>[number], direction: Direction): Query },
>(db: Db, query: Query, direction: Direction): Query {
  return logOrder(db).reduce((ordered, column) => ordered.orderBy(column, direction), query)
}
