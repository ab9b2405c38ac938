import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** Everything in which the two databases differ, by name; the event log's part is in event-log.ts. No file of a feature asks which one it is. */
export type DialectName = 'sqlite' | 'postgres'

const dialects = new WeakMap<Db, DialectName>()

export function rememberDialect(db: Db, name: DialectName): void {
  dialects.set(db, name)
}

export function dialectOf(db: Db): DialectName {
  const name = dialects.get(db)
  if (name === undefined) throw new Error('This database was not opened here.')
  return name
}

/**
 * Which unique index a failed write ran into, as `table_column` (the indexes carry that name in PostgreSQL;
 * SQLite reports `table.column`). Undefined when the error is another one.
 */
export function violatedUnique(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, constraint, errcode } = error as Error & {
    code?: string
    constraint?: string
    errcode?: number
  }
  if (code === '23505') return constraint
  const uniqueOrPrimaryKey = errcode === 2067 || errcode === 1555
  if (!uniqueOrPrimaryKey) return undefined
  return /UNIQUE constraint failed: (\w+)\.(\w+)/.exec(error.message)?.slice(1).join('_')
}

/** True when PostgreSQL gave way to another transaction, so that the same change may succeed when tried again. */
export function gaveWay(error: unknown): boolean {
  const code = (error as { code?: string } | null)?.code
  return code === '40001' || code === '40P01'
}

/**
 * Ends a `select` that is about to change the row it read. PostgreSQL locks the row until the transaction ends;
 * SQLite has one writer at a time and needs nothing.
 */
export function lockingRow(db: Db) {
  return dialects.get(db) === 'postgres' ? sql`for update` : sql``
}

/**
 * Which rows of a table hold all the words, the last one also as a beginning (see migration 0005-documents).
 * @param words lower-case letters and digits only
 */
export function holdsWords(db: Db, table: 'documents' | 'users', words: readonly string[]) {
  if (dialects.get(db) === 'postgres') {
    return sql<SqlBool>`search @@ to_tsquery('simple', ${`${words.join(' & ')}:*`})`
  }
  const search = sql.table(`${table}_search`)
  const match = `${words.map((word) => `"${word}"`).join(' ')} *`
  return sql<SqlBool>`id in (select rowid from ${search} where ${search} match ${match})`
}

/** As `lockingRow`, for rows that any process may work on: those that another one holds are passed over. */
export function skippingLocked(db: Db) {
  return dialects.get(db) === 'postgres' ? sql`for update skip locked` : sql``
}
