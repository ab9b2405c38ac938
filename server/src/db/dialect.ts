import { CompiledQuery, type QueryResult, type SqlBool, sql } from 'kysely'
import type { SearchTerm } from '../lib/words/search-words.ts'
import type { Db } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'

/** Every difference between the two databases, by name; those of the event log are in event-log.ts. No feature checks which one it is. */
export type DialectName = 'sqlite' | 'postgres'

/** Runs a compiled query without the layers in between; only where a connection is always available. */
export type RunDirectly = <R>(query: CompiledQuery<R>) => Promise<QueryResult<R>>

/** Runs work whose queries begin at once, all of them in one snapshot. */
type Together = <T>(work: () => T) => T

const dialects = new WeakMap<Db, { name: DialectName; run: RunDirectly | undefined; together: Together }>()

export function rememberDialect(
  db: Db,
  name: DialectName,
  run?: RunDirectly,
  together: Together = apart,
): void {
  dialects.set(db, { name, run, together })
}

const apart: Together = (work) => work()

/**
 * Queries that belong together, such as a page and its total, and begin in this tick. On the embedded database they share
 * a snapshot, and the locks that SQLite takes for one: 2.2 of the 3.4 µs that it needs to read a row.
 */
export function readTogether<T>(db: Db, work: () => T): T {
  return known(db).together(work)
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
 * The unique index that a failed write violated, as `table_column` (the name of the index in PostgreSQL; SQLite reports
 * `table.column`). Undefined for any other error.
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
  // SQLite names an index on expressions, and otherwise its columns; our indexes are called after the first column.
  const named = /UNIQUE constraint failed: index '(\w+)'/.exec(error.message)?.[1]
  return named ?? /UNIQUE constraint failed: (\w+)\.(\w+)/.exec(error.message)?.slice(1).join('_')
}

/** True when PostgreSQL aborted this transaction in favour of another, so that a retry of the change may succeed. */
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

/** As `lockingRow`, for a row that must not change while others depend on it. */
export function sharingRow(db: Db) {
  return dialectOf(db) === 'postgres' ? sql`for share` : sql``
}

/** The term of a search that matches all the words, in the syntax of the database. */
export function searchTerm(db: Db, terms: readonly SearchTerm[]): string {
  return dialectOf(db) === 'postgres'
    ? terms.map(({ word, isBeginning }) => `'${word}'${isBeginning ? ':*' : ''}`).join(' & ')
    : terms.map(({ word, isBeginning }) => `"${word}"${isBeginning ? ' *' : ''}`).join(' AND ')
}

/**
 * The words of a row where PostgreSQL keeps them: in a column. No dictionary and no locale is involved.
 * @param words separated by spaces; undefined when unchanged, null when the row leaves the index
 */
export function wordsAsColumn(db: Db, words: string | null | undefined) {
  if (dialectOf(db) !== 'postgres' || words === undefined) return {}
  return {
    search: sql<string | null>`array_to_tsvector(array_remove(string_to_array(${words}::text, ' '), ''))`,
  }
}

/** The tables that are searched by words. */
export type Searched = 'documents' | 'users' | 'credentials' | 'webhooks'

interface WordsOfRow {
  table: Searched
  id: number
  /** As above. */
  words: string | null | undefined
  /** Whether the row cannot be in the index yet. */
  isNew?: boolean
}

/** The words of a row where SQLite keeps them: in an index beside the table, which holds the live rows only. */
export async function keepWords(db: Db, { table, id, words, isNew = false }: WordsOfRow): Promise<void> {
  if (dialectOf(db) === 'postgres' || words === undefined) return
  await runCompiled(
    db,
    words === null
      ? CompiledQuery.raw(`DELETE FROM ${table}_search WHERE rowid = ?`, [id])
      : // Looking for a row to replace takes 20 µs of the 140 that a document of 2 KB takes.
        CompiledQuery.raw(
          `INSERT ${isNew ? '' : 'OR REPLACE'} INTO ${table}_search (rowid, words) VALUES (?, ?)`,
          [id, words],
        ),
  )
}

/**
 * Matches the live rows of a table that a search finds (see migration 0011-search). In SQLite, the plus hides
 * `deleted_at`, and with it every index of a filter or an order, from the planner: it would walk one of them and check
 * each row against the search, at a cost that grows with the table.
 * @param term made by `searchTerm`
 */
export function livesAndHoldsWords(db: Db, table: Exclude<Searched, 'credentials'>, term: string) {
  const lives = dialectOf(db) === 'postgres' ? sql`deleted_at is null` : sql`+deleted_at is null`
  return sql<SqlBool>`${lives} and ${holdsWords(db, table, term)}`
}

/** The same for a table whose rows are never deleted. */
export function holdsWords(db: Db, table: Searched, term: string) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`search @@ ${term}::tsquery`
  const search = sql.table(`${table}_search`)
  return sql<SqlBool>`id in (select rowid from ${search} where ${search} match ${term})`
}

/**
 * How many live rows of a table hold the words. SQLite's search index holds no others, so the table is not read:
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

/** Matches the live documents that are scheduled for publication; found by their own index, as above: they are few. */
export function livesAndIsScheduled(db: Db) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`deleted_at is null and publish_at is not null`
  return sql<SqlBool>`+deleted_at is null and id in (select id from documents where publish_at is not null and deleted_at is null)`
}

/**
 * Matches those of known ids whose rows are live. The plus as above: rows are found by id, then filtered.
 * @param ids as JSON
 */
export function livesAndIsListed(db: Db, ids: string) {
  if (dialectOf(db) === 'postgres') return sql<SqlBool>`deleted_at is null and id in ${listed(db, ids)}`
  return sql<SqlBool>`+deleted_at is null and id in ${listed(db, ids)}`
}

/**
 * The ids and versions of many rows as one value, oldest row first: 8 and 4 bytes, big-endian. As rows, each would be
 * an object on both sides of a thread or a wire.
 */
export function packedRows(db: Db) {
  return dialectOf(db) === 'postgres'
    ? sql<Uint8Array>`string_agg(int8send(id) || int4send(version::int), '' order by created_at, id)`
    : sql<Uint8Array>`unhex(group_concat(format('%016x%08x', id, version), '' order by created_at, id))`
}

/** As `lockingRow`, for rows that any process may work on: rows that another one has locked are skipped. */
export function skippingLocked(db: Db) {
  return dialectOf(db) === 'postgres' ? sql`for update skip locked` : sql``
}

/** Shifts the instant of a column (as `toInstant` writes it) by a duration; null stays null. */
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

/** The reverse: the ids of many rows as one value; `[]` for none. */
export function idsAsJson(db: Db, column: string) {
  const id = sql.ref(column)
  return dialectOf(db) === 'postgres'
    ? sql<string>`coalesce(json_agg(${id})::text, '[]')`
    : sql<string>`json_group_array(${id})`
}

/** Whether a column with the ids of rows as JSON has an id. */
export function holdsId(db: Db, column: string, id: number) {
  return dialectOf(db) === 'postgres'
    ? sql<SqlBool>`${sql.ref(column)}::jsonb @> to_jsonb(${id}::bigint)`
    : sql<SqlBool>`exists (select 1 from json_each(${sql.ref(column)}) where value = ${id})`
}

/** As `listed`, for texts. */
export function listedTexts(db: Db, texts: readonly string[]) {
  const json = JSON.stringify(texts)
  return dialectOf(db) === 'postgres'
    ? sql<string>`(select value from json_array_elements_text(${json}::json))`
    : sql<string>`(select value from json_each(${json}))`
}

/**
 * Runs migrations. Where one puts a new table in the place of another, SQLite would first delete the rows of the old one,
 * and with them all rows that refer to them. The setting has no effect inside a transaction.
 */
export async function withoutForeignKeys<T>(db: Db, run: () => Promise<T>): Promise<T> {
  if (dialectOf(db) === 'postgres') return run()
  await sql.raw('PRAGMA foreign_keys = OFF').execute(db)
  try {
    return await run()
  } finally {
    await sql.raw('PRAGMA foreign_keys = ON').execute(db)
  }
}
