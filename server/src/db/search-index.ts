import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { indexedWords } from '../lib/words/search-words.ts'
import type { Database, Db } from './database.ts'
import { keepWords, lockingRow, type Searched, skippingLocked, wordsAsColumn } from './dialect.ts'

/** The searched columns. */
const searchedColumns = {
  documents: ['title', 'category', 'content'],
  users: ['username', 'email', 'first_name', 'last_name'],
  credentials: ['name', 'client_id'],
  webhooks: ['description', 'url'],
} as const satisfies Record<Searched, readonly string[]>

type Texts = Readonly<Record<string, unknown>>

/** The words of a row, for its index. Yields while it processes a long text. */
export function wordsOf(table: Searched, row: Texts): Promise<string> {
  return indexedWords(searchedColumns[table].map((column) => (row[column] ?? null) as string | null))
}

/**
 * What a change means for the index: undefined when the words stay, null when the row leaves it (it holds live rows
 * only), and otherwise the new words.
 */
export async function changedWords(
  table: Searched,
  before: Texts & { deleted_at?: string | null },
  changes: Texts & { deleted_at?: string | null | undefined },
): Promise<string | null | undefined> {
  const after = { ...before, ...changes }
  const wasDeleted = (before.deleted_at ?? null) !== null
  if ((after.deleted_at ?? null) !== null) return wasDeleted ? undefined : null
  const hasNewText = searchedColumns[table].some((column) => after[column] !== before[column])
  return hasNewText || wasDeleted ? wordsOf(table, after) : undefined
}

/** Writes the words of a row into its index, after the row itself. @param words as `changedWords` returns them */
export async function keepSearchable(
  db: Db,
  table: Searched,
  id: number,
  words: string | null | undefined,
): Promise<void> {
  const { search } = wordsAsColumn(db, words)
  if (search) await sql`update ${sql.table(table)} set search = ${search} where id = ${id}`.execute(db)
  await keepWords(db, { table, id, words })
}

/** Indexes rows again whose texts were written past the index. */
export async function indexAgain(db: Db, table: Searched, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  for (const row of await textsOf(db, table, ids))
    await keepSearchable(db, table, row.id, await wordsOf(table, row))
}

const rowsAtOnce = 200
const bytesAtOnceMax = 4 * 1024 * 1024
const tellEveryMs = 5_000
const lookAgainMs = 200

/**
 * Fills the indexes of a database from an earlier version before anybody searches them. A batch and its progress are
 * one transaction, so that an interrupted start continues where it was. One process works, the others wait.
 */
export async function rebuildSearch(
  database: Database,
  log?: { info(fields: object, text: string): void },
  stopped?: AbortSignal,
): Promise<void> {
  const unfinished = await database.read
    .selectFrom('search_rebuilds')
    .select('name')
    .orderBy('name')
    .execute()
  let told = performance.now()
  for (const { name } of unfinished) {
    for (;;) {
      stopped?.throwIfAborted()
      const indexed = await rebuildBatch(database, name as Searched)
      if (indexed === undefined) {
        if (await isWhole(database.read, name)) break
        await pause(lookAgainMs)
      }
      if (performance.now() - told < tellEveryMs) continue
      told = performance.now()
      log?.info({ table: name, up_to_id: indexed }, 'the search index is being rebuilt')
    }
  }
}

async function isWhole(db: Db, name: string): Promise<boolean> {
  const state = await db.selectFrom('search_rebuilds').select('name').where('name', '=', name).execute()
  return state.length === 0
}

/** @returns the last id processed; undefined when none is left, or another process is working */
function rebuildBatch(database: Database, table: Searched): Promise<number | undefined> {
  return database.write(async ({ db }) => {
    const state = await db
      .selectFrom('search_rebuilds')
      .select('after_id')
      .where('name', '=', table)
      .modifyEnd(skippingLocked(db))
      .executeTakeFirst()
    if (!state) return undefined
    const ids = await nextIds(db, table, state.after_id)
    const last = ids.at(-1)
    if (last === undefined) {
      await db.deleteFrom('search_rebuilds').where('name', '=', table).execute()
      return undefined
    }
    await indexAgain(db, table, ids)
    await db.updateTable('search_rebuilds').set({ after_id: last }).where('name', '=', table).execute()
    return last
  })
}

/** As many as fit into memory together; a longer text comes alone. */
async function nextIds(db: Db, table: Searched, afterId: number): Promise<number[]> {
  const bytes = sql.raw(
    searchedColumns[table].map((name) => `coalesce(octet_length(${name}), 0)`).join(' + '),
  )
  const { rows } = await sql<{ id: number; bytes: number }>`
    select id, ${bytes} as bytes from ${sql.table(table)}
    where id > ${afterId} and ${livesIn(table)} order by id limit ${sql.lit(rowsAtOnce)}`.execute(db)
  let sum = 0
  const fitting = rows.findIndex((row, i) => {
    sum += row.bytes
    return i > 0 && sum > bytesAtOnceMax
  })
  return (fitting === -1 ? rows : rows.slice(0, fitting)).map(({ id }) => id)
}

async function textsOf(db: Db, table: Searched, ids: readonly number[]): Promise<(Texts & { id: number })[]> {
  const columns = sql.join(['id', ...searchedColumns[table]].map((name) => sql.ref(name)))
  const { rows } = await sql<Texts & { id: number }>`
    select ${columns} from ${sql.table(table)}
    where id in (${sql.join(ids)}) and ${livesIn(table)} ${lockingRow(db)}`.execute(db)
  return rows
}

/** Credentials are revoked, and never deleted. */
function livesIn(table: Searched) {
  return table === 'credentials' ? sql`1 = 1` : sql`deleted_at is null`
}
