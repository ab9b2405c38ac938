import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import { dialectOf } from './dialect.ts'

/**
 * The order of the event log, and how far it may be read, such that whoever goes on after the last event it was given
 * never misses one.
 *
 * SQLite has one writer at a time: ids grow in the order of the commits, and the log is read by id.
 *
 * PostgreSQL hands out an id when the row is written, not when it is committed: an event that commits late appears
 * behind one that was already read. So each event carries the number of its transaction (`xact`), the log is ordered by
 * (xact, id), and only what lies below the horizon is shown: `xact < H`, where H = pg_snapshot_xmin(pg_current_snapshot())
 * is the oldest transaction that is still open.
 *
 * Why nothing is missed. Every transaction below H has ended, and a new one gets a number above all that exist: so at the
 * moment of a read, every event below H that will ever be there is there, and is seen. An event that this read does not
 * show, because its transaction is open or not begun, has xact >= H, which is greater than every xact that it showed. It
 * stands after all of them, wherever its id lies. H is taken from the snapshot of the same statement that reads the rows.
 *
 * Why not by id below the same horizon. Transaction 7 begins; 8 begins, writes event 1 and stays open; 7 writes event 2 and
 * commits. Now H = 8: event 2 is shown, event 1 is not, and when it comes it stands before what was already read.
 *
 * Backwards, from the end that is settled, the pages stand still. Whatever is shown lies below H, and everything below H
 * that will ever be there is there: so no event can come to stand before one that was shown, and what stands before it is
 * the same at any later time, but for what has been pruned from the beginning. What a page does not show yet stands after
 * all that it shows: whoever goes on forwards from the first event of the newest page misses nothing either.
 *
 * The price: a transaction left open anywhere in the PostgreSQL server, once it has written something, holds back the
 * events of those that began after it. They are late then, never lost.
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

/** What stands after an event in the log; everything when that event is not there any more. */
export function loggedAfter(db: Db, id: number) {
  return besideEvent(db, '>', id)
}

/** What stands before an event in the log; nothing when that event is not there any more, since the oldest are pruned first. */
export function loggedBefore(db: Db, id: number) {
  return besideEvent(db, '<', id)
}

function besideEvent(db: Db, side: '<' | '>', id: number) {
  const place = (column: string, beginning: 0 | '0') =>
    sql`coalesce((select ${sql.ref(column)} from events where id = ${id}), ${sql.lit(beginning)})`
  return dialectOf(db) === 'postgres'
    ? sql<SqlBool>`(xact, id) ${sql.raw(side)} (${place('xact', '0')}, ${place('id', 0)})`
    : sql<SqlBool>`id ${sql.raw(side)} ${place('id', 0)}`
}

/**
 * Tables that were loaded from a dump hold transaction numbers of the server that they came from, which may lie ahead of
 * this one's: their events would stay hidden until it has counted that far. No row can be seen here whose transaction is
 * younger than the snapshot, so such numbers give themselves away; then every event becomes older than any transaction,
 * in the order of their ids. To be called before the first write of a process.
 */
export async function adoptRestoredLog(db: Db): Promise<void> {
  if (dialectOf(db) !== 'postgres') return
  await sql`
    update events set xact = '0'
    where exists (select 1 from events where xact >= pg_snapshot_xmax(pg_current_snapshot()))
  `.execute(db)
}
