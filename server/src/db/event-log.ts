import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import { dialectOf } from './dialect.ts'

/**
 * The order of the event log, and how far it may be read, such that a reader that continues after the last event it got
 * never misses one.
 *
 * SQLite has one writer at a time: ids grow in the order of the commits, and the log is read by id.
 *
 * PostgreSQL assigns an id when the row is written, not when it is committed: an event that commits late may have a
 * lower id than one already read. So each event carries the number of its transaction (`xact`), the log is ordered by
 * (xact, id), and only events below the horizon are shown: `xact < H`, where H =
 * pg_snapshot_xmin(pg_current_snapshot()) is the oldest transaction still open.
 *
 * Why nothing is missed. Every transaction below H has ended, and new ones get higher numbers than all that exist: at
 * the time of a read, every event that will ever be below H is visible. An event that this read does not show, because
 * its transaction is open or has not begun, has xact >= H, greater than every xact shown, and sorts after all of them,
 * whatever its id. H is taken from the snapshot of the statement that reads the rows.
 *
 * Why not order by id below the same horizon. Transaction 7 begins; 8 begins, writes event 1 and stays open; 7 writes
 * event 2 and commits. Now H = 8: event 2 is shown, event 1 is not, and will appear before an event that was already read.
 *
 * Backwards from the settled end, pages are stable: all events below H are visible, so none can appear before one that
 * was shown, and only pruning changes what precedes it. Events that a page does not show yet follow all that it shows,
 * so reading forwards from the first event of the newest page misses nothing either.
 *
 * The price: a transaction left open anywhere in the PostgreSQL server, once it has written something, delays the
 * events of those that began after it. They arrive late, but are never lost.
 */
export function settled(db: Db) {
  return dialectOf(db) === 'postgres'
    ? sql<SqlBool>`xact < pg_snapshot_xmin(pg_current_snapshot())`
    : sql<SqlBool>`1 = 1`
}

/** The columns by which the log is ordered. */
export function logOrder(db: Db): RawBuilder<unknown>[] {
  return dialectOf(db) === 'postgres' ? [sql.ref('xact'), sql.ref('id')] : [sql.ref('id')]
}

/** The first of them: together with the id it orders events that were read by several queries. */
export function logPlace(db: Db) {
  return sql.ref(dialectOf(db) === 'postgres' ? 'xact' : 'id').as('place')
}

/**
 * Matches the events after one in the log; all events when that one has been pruned. After one that was moved here from
 * PostgreSQL, it may match some that are before it (move/cursors.ts).
 */
export function loggedAfter(db: Db, id: number) {
  const moved = sql`(select after_id from event_cursors where event_id = ${id})`
  return besideEvent(db, '>', id, moved)
}

/** Matches the events up to one in the log, and that one; none when it has been pruned. */
export function loggedUntil(db: Db, id: number) {
  return besideEvent(db, '<=', id)
}

/** Matches the events before one in the log; none when that one has been pruned, since the oldest are pruned first. */
export function loggedBefore(db: Db, id: number) {
  return besideEvent(db, '<', id)
}

function besideEvent(db: Db, side: '<' | '<=' | '>', id: number, moved: RawBuilder<unknown> = sql`null`) {
  const found = (column: string) => sql`(select ${sql.ref(column)} from events where id = ${id})`
  const place = sql`coalesce(${moved}, ${found('id')}, 0)`
  return dialectOf(db) === 'postgres'
    ? sql<SqlBool>`(xact, id) ${sql.raw(side)} (coalesce(${found('xact')}, '0'), ${place})`
    : sql<SqlBool>`id ${sql.raw(side)} ${place}`
}

/**
 * Tables loaded from a dump hold transaction numbers of the original server, which may be ahead of this one's: their
 * events would stay hidden until it has counted that far. No visible row can have a transaction newer than the
 * snapshot, so such numbers are recognisable; then every event gets a number older than any transaction, in the order
 * of ids. Call before the first write of a process.
 */
export async function adoptRestoredLog(db: Db): Promise<void> {
  if (dialectOf(db) !== 'postgres') return
  await sql`
    update events set xact = '0'
    where exists (select 1 from events where xact >= pg_snapshot_xmax(pg_current_snapshot()))
  `.execute(db)
}
