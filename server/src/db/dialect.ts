import { CompiledQuery, type QueryResult, type SqlBool, sql } from 'kysely'
import type { SearchTerm } from '../lib/words/search-words.ts'
import type { Db } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'

/** Everything in which the two databases differ, by name; the event log's part is in event-log.ts. No file of a feature asks which one it is. */
export type DialectName = 'sqlite' | 'postgres'

/** Runs a compiled query without the layers between; only where a connection is always at hand. */
export type RunDirectly = <R>(query: CompiledQuery<R>) => Promise<QueryResult<R>>

const dialects = new WeakMap<Db, { name: DialectName; run: RunDirectly | undefined }>()

export function rememberDialect(db: Db, name: DialectName, run?: RunDirectly): void {
  dialects.set(db, { name, run })
}

export function dialectOf(db: Db): DialectName {
  return known(db).name
}

export function runCompiled<R>(db: Db, query: CompiledQuery<R>): Promise<QueryResult<R>> {
  const { run } = known(db)
  return run ? run(query) : db.executeQuery(query)
}

function known(db: Db) {
  const dialect = dialects.get(db)
  if (dialect === undefined) throw new Error('This database was not opened here.')
  return dialect
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
  // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID.
  const uniqueOrPrimaryKey = errcode === 2067 || errcode === 1555 || errcode === 2579
  if (!uniqueOrPrimaryKey) return undefined
  // An index on expressions is named, any other by its columns; ours are called after the first of them.
  const named = /UNIQUE constraint failed: index '(\w+)'/.exec(error.message)?.[1]
  return named ?? /UNIQUE constraint failed: (\w+)\.(\w+)/.exec(error.message)?.slice(1).join('_')
}

/** True when PostgreSQL gave way to another transaction, so that the same change may succeed when tried again. */
export function gaveWay(error: unknown): boolean {
  const { code } = ((error instanceof DatabaseUnavailable && error.cause) || {}) as { code?: string }
  return code === '40001' || code === '40P01'
}

/**
 * Ends a `select` that is about to change the row it read. PostgreSQL locks the row until the transaction ends;
 * SQLite has one writer at a time and needs nothing.
 */
export function lockingRow(db: Db) {
  return dialectOf(db) === 'postgres' ? sql`for update` : sql``
}

/** A search in the words of the database: all of them. */
export function searchTerm(db: Db, terms: readonly SearchTerm[]): string {
  return dialectOf(db) === 'postgres'
    ? terms.map(({ word, isBeginning }) => `'${word}'${isBeginning ? ':*' : ''}`).join(' & ')
    : terms.map(({ word, isBeginning }) => `"${word}"${isBeginning ? ' *' : ''}`).join(' AND ')
}

/**
 * The words of a row where PostgreSQL keeps them: in a column of it. No dictionary and no locale has a say in it.
 * @param words parted by spaces; undefined when they stay as they are, null when the row leaves the index
 */
export function wordsAsColumn(db: Db, words: string | null | undefined) {
  if (dialectOf(db) !== 'postgres' || words === undefined) return {}
  return {
    search: sql<string | null>`array_to_tsvector(array_remove(string_to_array(${words}::text, ' '), ''))`,
  }
}

interface WordsOfRow {
  table: 'documents' | 'users'
  id: number
  /** As above. */
  words: string | null | undefined
  /** Whether the index cannot have the row yet. */
  isNew?: boolean
}

/** The words of a row where SQLite keeps them: in an index beside the table, which has the rows that live. */
export async function keepWords(db: Db, { table, id, words, isNew = false }: WordsOfRow): Promise<void> {
  if (dialectOf(db) === 'postgres' || words === undefined) return
  await runCompiled(
    db,
    words === null
      ? CompiledQuery.raw(`DELETE FROM ${table}_search WHERE rowid = ?`, [id])
      : // Looking for what is to be replaced takes 20 µs of the 140 that a document of 2 KB takes.
        CompiledQuery.raw(
          `INSERT ${isNew ? '' : 'OR REPLACE'} INTO ${table}_search (rowid, words) VALUES (?, ?)`,
          [id, words],
        ),
  )
}

/**
 * Which living rows of a table a search matches (see migration 0011-search). In SQLite the plus hides `deleted_at` from
 * the planner, and with it every index of a filter or an order: it would walk one of them and ask of each row whether the
 * search had found it, which costs what the table holds.
 * @param term made by `searchTerm`
 */
export function livesAndHoldsWords(db: Db, table: 'documents' | 'users', term: string) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`deleted_at is null and search @@ ${term}::tsquery`
  const search = sql.table(`${table}_search`)
  return sql<SqlBool>`+deleted_at is null and id in (select rowid from ${search} where ${search} match ${term})`
}

/**
 * How many living rows of a table hold the words. SQLite's search index holds no others, so the table is left alone:
 * 200,000 rows take 13 ms instead of 119.
 * @param term made by `searchTerm`
 */
export async function countHoldingWords(db: Db, table: 'documents', term: string): Promise<number> {
  const counted =
    dialectOf(db) === 'postgres'
      ? sql<{
          total: number
        }>`select count(*) as total from ${sql.table(table)} where ${livesAndHoldsWords(db, table, term)}`
      : sql<{
          total: number
        }>`select count(*) as total from ${sql.table(`${table}_search`)} where ${sql.table(`${table}_search`)} match ${term}`
  const { rows } = await counted.execute(db)
  return rows[0]?.total ?? 0
}

/** Which living documents publish themselves; found by their own index, as above: they are few among many. */
export function livesAndIsScheduled(db: Db) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`deleted_at is null and publish_at is not null`
  return sql<SqlBool>`+deleted_at is null and id in (select id from documents where publish_at is not null and deleted_at is null)`
}

/**
 * Which rows of many known ones live. The plus as above: what was asked for is found by its id, and then filtered.
 * @param ids as JSON
 */
export function livesAndIsListed(db: Db, ids: string) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`deleted_at is null and id in ${listed(db, ids)}`
  return sql<SqlBool>`+deleted_at is null and id in ${listed(db, ids)}`
}

/**
 * The ids and versions of many rows as one value, the oldest row first: 8 and 4 bytes, the highest byte first. As rows
 * they would be an object each, on both sides of a thread or a wire.
 */
export function packedRows(db: Db) {
  return dialectOf(db) === 'postgres'
    ? sql<Uint8Array>`string_agg(int8send(id) || int4send(version::int), '' order by created_at, id)`
    : sql<Uint8Array>`unhex(group_concat(format('%016x%08x', id, version), '' order by created_at, id))`
}

/** As `lockingRow`, for rows that any process may work on: those that another one holds are passed over. */
export function skippingLocked(db: Db) {
  return dialectOf(db) === 'postgres' ? sql`for update skip locked` : sql``
}

/** The instant of a column (as `toInstant` writes it), so much later; null where there is none. */
export function movedInstant(db: Db, column: string, byMs: number) {
  const instant = sql.ref(column)
  return dialectOf(db) === 'postgres'
    ? sql<string>`to_char((${instant}::timestamptz + ${byMs}::float8 * interval '1 ms') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', ${instant}, ${`${(byMs / 1_000).toFixed(3)} seconds`})`
}

/**
 * Many ids as one value, so that the text of a query is the same for any number of them.
 * @param ids as JSON
 */
export function listed(db: Db, ids: string) {
  return dialectOf(db) === 'postgres'
    ? sql<number>`(select value::bigint from json_array_elements_text(${ids}::json))`
    : sql<number>`(select value from json_each(${ids}))`
}
