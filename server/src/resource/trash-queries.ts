import type { RawBuilder, SelectQueryBuilder, SqlBool } from 'kysely'
import type { Actor } from '../access/caller.ts'
import type { Db } from '../db/database.ts'
import { lockingRow, skippingLocked } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { Tables } from '../db/tables.ts'

type Rows = SelectQueryBuilder<Tables, 'plain', object>

interface Trashed {
  id: number
  deleted_at: string | null
}

interface Of<Row, Listed> {
  /** The columns of a whole row, where it is not all of them. */
  columns?: readonly (keyof Row & string)[]
  /** The columns that a list shows. */
  listed?: readonly (keyof Listed & string)[]
  /** Excludes rows that are purged or never enter the trash. */
  kept?(rows: Rows): Rows
  /** Matches the rows that the actor sees; undefined for all. */
  seen?(db: Db, actor: Actor): RawBuilder<SqlBool> | undefined
}

/** The queries of a trash: rows that can be restored, and rows that are due to be purged. */
export function trashQueries<Row extends Trashed, Listed = Row>(
  name: string,
  { columns, listed, kept = (rows) => rows, seen }: Of<Row, Listed> = {},
) {
  const table = name as 'plain'
  const deleted = (db: Db) => kept(db.selectFrom(table).where('deleted_at', 'is not', null))
  const seenBy = (db: Db, actor: Actor | undefined, rows: Rows) => {
    const condition = actor && seen?.(db, actor)
    return condition ? rows.where(condition) : rows
  }
  const inTrash = (db: Db, expiry: string) => deleted(db).where('deleted_at', '>', expiry)
  const expired = (db: Db, expiry: string) => deleted(db).select('id').where('deleted_at', '<=', expiry)

  /** Skips rows that another process is purging. */
  async function takeExpired(db: Db, expiry: string, limit: number): Promise<number[]> {
    const old = await expired(db, expiry).limit(limit).modifyEnd(skippingLocked(db)).execute()
    return old.map(({ id }) => id)
  }

  return {
    /** @param expiry lists rows that were deleted after it */
    listTrash: (db: Db, expiry: string, slice: Slice, actor?: Actor) =>
      cutSlice(seenBy(db, actor, inTrash(db, expiry)), db.selectFrom(table), slice)
        .$call((query) => shown(query, listed && [...listed, 'deleted_at']))
        .$castTo<Listed & Trashed>()
        .execute(),

    async countTrash(db: Db, expiry: string, actor?: Actor): Promise<number> {
      const { total } = await seenBy(db, actor, inTrash(db, expiry))
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return total
    },

    findInTrash: (db: Db, id: number, expiry: string, { forUpdate = true } = {}) =>
      inTrash(db, expiry)
        .where('id', '=', id)
        .$call((query) => shown(query, columns))
        .$castTo<Row>()
        .$if(forUpdate, (query) => query.modifyEnd(lockingRow(db)))
        .executeTakeFirst(),

    findExpired: (db: Db, expiry: string) => expired(db, expiry).limit(1).executeTakeFirst(),

    takeExpired,

    /** @returns the ids of the purged rows, at most `limit` */
    async purge(db: Db, { expiry, limit }: { expiry: string; limit: number }): Promise<number[]> {
      const ids = await takeExpired(db, expiry, limit)
      if (ids.length > 0) await db.deleteFrom(table).where('id', 'in', ids).execute()
      return ids
    },

    /** Locks rows until the transaction ends, in the order of their ids, so that two batches cannot deadlock. */
    async lock(db: Db, ids: readonly number[]): Promise<void> {
      await db
        .selectFrom(table)
        .select('id')
        .where('id', 'in', ids)
        .orderBy('id')
        .modifyEnd(lockingRow(db))
        .execute()
    },
  }
}

function shown(query: Rows, columns: readonly string[] | undefined) {
  return columns ? query.select(columns as readonly 'id'[]) : query.selectAll()
}
