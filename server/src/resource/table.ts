import { sql } from 'kysely'
import { counterKey, counterKeys, readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { trashQueries } from './trash-queries.ts'

/** The columns of every plain table, beside its own. */
export type PlainRow = {
  id: number
  version: number
  created_at: string
  updated_at: string
  deleted_at: string | null
} & Record<string, unknown>

type Filter = Readonly<Record<string, string | undefined>>

/**
 * The queries of a resource that is a single table: its living rows, its trash, its exact totals. Resources on a hot path
 * have their own prepared queries.
 * @param filters the columns whose values are counted, each with a matching index
 */
export function tableStore(name: string, filters: readonly string[]) {
  const table = name as 'plain'
  const rows = (db: Db) => db.selectFrom(table)
  const living = (db: Db) => rows(db).where('deleted_at', 'is', null)

  const matching = (db: Db, filter: Filter) => withValues(living(db), filter as object)

  function count(trx: Transaction, row: PlainRow, by: number): void {
    if (row.deleted_at !== null) return
    const values = Object.fromEntries(filters.map((column) => [column, String(row[column])]))
    for (const key of counterKeys(name, values)) trx.count(key, by)
  }

  return {
    ...trashQueries<PlainRow>(name),

    list: (db: Db, filter: Filter, slice: Slice): Promise<PlainRow[]> =>
      cutSlice(matching(db, filter), rows(db), slice).selectAll().execute(),

    async count(db: Db, filter: Filter): Promise<number> {
      if (Object.keys(filter).every((column) => filters.includes(column)))
        return readCount(db, counterKey(name, filter))
      const { total } = await matching(db, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      return Number(total)
    },

    find(db: Db, id: number, { forUpdate = false } = {}): Promise<PlainRow | undefined> {
      const query = living(db).selectAll().where('id', '=', id)
      return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
    },

    async insert(trx: Transaction, columns: Omit<PlainRow, 'id'>): Promise<PlainRow> {
      const names = Object.keys(columns)
      const { rows } = await sql<PlainRow>`
        insert into ${sql.table(name)} (${sql.join(names.map((column) => sql.ref(column)))})
        values (${sql.join(Object.values(columns))}) returning *`.execute(trx.db)
      const [row] = rows
      if (!row) throw new Error(`The database stored a row in ${name} and did not return it.`)
      count(trx, row, 1)
      return row
    },

    async update(trx: Transaction, before: PlainRow, changes: Partial<PlainRow>): Promise<PlainRow> {
      const after: PlainRow = await trx.db
        .updateTable(table)
        .set(changes)
        .where('id', '=', before.id)
        .returningAll()
        .executeTakeFirstOrThrow()
      count(trx, before, -1)
      count(trx, after, 1)
      return after
    },
  }
}
