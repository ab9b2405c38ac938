import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { type Cell, cellsOf, hasOwn, partOf, type Within } from '../access/slice.ts'
import { isSeenAsOwn, isWithin } from '../access/slice-query.ts'
import { fieldsOf } from '../api/schemas.ts'
import {
  countedValues,
  counterKey,
  counterKeys,
  countOf,
  readCount,
  readCounts,
  type ValueCount,
} from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import {
  countHoldingWords,
  keepWords,
  livesAndHoldsWords,
  livesAndIsListed,
  livesAndIsScheduled,
  lockingRow,
  searchTerm,
  skippingLocked,
  wordsAsColumn,
} from '../db/dialect.ts'
import { type Found, readFound } from '../db/found.ts'
import { cutMerged, cutSlice, type Order, type Slice, withValues } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import { changedWords, wordsOf } from '../db/search-index.ts'
import { spellingKey, spellingsOf } from '../db/spellings.ts'
import type { DocumentsTable } from '../db/tables.ts'
import { picked } from '../lib/picked.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import { trashQueries } from '../resource/trash-queries.ts'
import { Document, type DocumentFilter, ListedDocument } from './schema.ts'
import { restorableBy, type SeenFilter } from './visibility.ts'

export type DocumentRow = Omit<Selectable<DocumentsTable>, 'search'>

/** A filter whose unused fields may also be undefined. */
type AnyFilter = { [K in keyof DocumentFilter]: DocumentFilter[K] | undefined }

const listedColumns = fieldsOf(ListedDocument)
export type ListedDocumentRow = Pick<DocumentRow, (typeof listedColumns)[number]>

/** All columns but PostgreSQL's search column. */
export const documentColumns = [
  ...fieldsOf(Document),
  'scheduled_by',
  'scheduled_credential_id',
  'deleted_at',
] as const

export const trash = trashQueries<DocumentRow, ListedDocumentRow>('documents', {
  columns: documentColumns,
  listed: listedColumns,
  seen(db, actor) {
    const within = restorableBy(actor)
    return within && isWithin(db, within)
  },
})

export function listDocuments(db: Db, filter: SeenFilter, slice: Slice): Promise<ListedDocumentRow[]> {
  if (filter.within) return cut(db, filter, slice).select(listedColumns).execute()
  const { order, ...rest } = slice
  const counter = rest.farOffset === undefined ? undefined : counterOf(filter)
  return selectSlice(db, { ...asTerm(db, filter), ...rest, counter }, order)
}

const selectSlice = prepared(
  (
    db,
    {
      limit,
      offset,
      farOffset,
      afterValue,
      afterId,
      counter,
      ...filter
    }: AnyFilter & Omit<Slice, 'order'> & { counter: string | undefined },
    order: Order,
  ) =>
    cutSlice(
      matching(db, filter),
      db.selectFrom('documents'),
      { order, limit, offset, farOffset, afterValue, afterId },
      counter === undefined ? undefined : countOf(counter),
    ).select(listedColumns),
)

export interface DocumentKey {
  id: number
  created_at: string
  version: number
  content_bytes: number
}

/** Neither database reads a long content to find its length. */
const contentBytes = sql<number>`octet_length(content)`.as('content_bytes')

export function listDocumentKeys(db: Db, filter: SeenFilter, slice: Slice): Promise<DocumentKey[]> {
  return cut(db, filter, slice).select(['id', 'created_at', 'version', contentBytes]).execute()
}

export function findDocuments(db: Db, filter: SeenFilter, slice: Slice): Promise<Found> {
  return readFound(db, cut(db, filter, slice).select(['id', 'version', 'created_at']))
}

export function readDocumentKeys(db: Db, filter: SeenFilter, ids: readonly number[]): Promise<DocumentKey[]> {
  return stillThere(db, filter, ids).select(['id', 'created_at', 'version', contentBytes]).execute()
}

/** Those that match the filter, including its words. */
export function searchAmongDocuments(
  db: Db,
  filter: SeenFilter,
  ids: readonly number[],
): Promise<{ id: number }[]> {
  return restricted(db, { ...filter, ids })
    .select('id')
    .execute()
}

export function readDocuments(db: Db, filter: SeenFilter, ids: readonly number[]): Promise<DocumentRow[]> {
  return stillThere(db, filter, ids).select(documentColumns).execute()
}

/** Those that still exist and match the filter except for its words, oldest first. */
function stillThere(db: Db, { q: _, ...filter }: SeenFilter, ids: readonly number[]) {
  return restricted(db, { ...filter, ids })
    .orderBy('created_at')
    .orderBy('id')
}

/** The filters with a counter for every combination; any other filter counts over its own index. */
const counted = ['category', 'status'] as const

export async function countDocuments(db: Db, filter: SeenFilter): Promise<number> {
  if (filter.within) return countWithin(db, { ...filter, within: filter.within })
  const counter = counterOf(filter)
  if (counter !== undefined) return readCount(db, counter)
  const searched = asTerm(db, filter)
  if (searched.q !== undefined && namesIn(filter).length === 1)
    return countHoldingWords(db, 'documents', searched.q)
  const { total } = await matching(db, searched)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** The key of the counter of a filter that has one. */
function counterOf(filter: SeenFilter): string | undefined {
  const isCounted = namesIn(filter).every((name) => counted.some((one) => one === name))
  return isCounted ? counterKey('documents', picked(filter, counted)) : undefined
}

function namesIn(filter: SeenFilter): string[] {
  return Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** From counters, apart from documents that only their author sees, which are counted over the index of the author. */
async function countWithin(db: Db, filter: SeenFilter & { within: Within }): Promise<number> {
  const { within } = filter
  const count = async (query: ReturnType<typeof living>) => {
    const counted = query.select((eb) => eb.fn.countAll<number>().as('total'))
    return (await counted.executeTakeFirstOrThrow()).total
  }
  if (isDriven(filter)) return count(restricted(db, filter))
  const keys = cellsOf(within.slice).map(keyOfCell)
  const [seen, own] = await Promise.all([
    readCounts(db, keys),
    hasOwn(within.slice) ? count(onlyOwn(db, within)) : 0,
  ])
  return seen.reduce((sum, one) => sum + one, own)
}

/** How many documents of each of these categories the caller sees. */
export async function countByCategory(db: Db, within: Within, names: readonly string[]): Promise<number[]> {
  const spellings = await spellingsOf(db, names)
  const counts = await countBySpelling(db, within, spellings.flat())
  const counted = counts.values()
  return spellings.map((some) => some.reduce((sum) => sum + (counted.next().value ?? 0), 0))
}

async function countBySpelling(db: Db, within: Within, names: readonly string[]): Promise<number[]> {
  const keys = names.map((category) =>
    cellsOf(partOf(within.slice, { category })).map((cell) => keyOfCell(cell)),
  )
  const [counts, own] = await Promise.all([
    readCounts(db, keys.flat()),
    hasOwn(within.slice) ? ownByCategory(db, within).where('category', 'in', names).execute() : [],
  ])
  const ownOf = new Map(own.map(({ value, count }) => [value, Number(count)]))
  const read = counts.values()
  return names.map((category, i) =>
    (keys[i] ?? []).reduce((sum) => sum + (read.next().value ?? 0), ownOf.get(category) ?? 0),
  )
}

/** One page of the categories of the documents that the caller sees, by name. */
export async function listCategories(db: Db, within: Within, page: { limit: number; offset: number }) {
  const cells = cellsOf(within.slice)
  const named = cells.filter(({ category }) => category !== undefined)
  const counts = await readCounts(db, named.map(keyOfCell))
  const further = cells.filter(({ category }) => category === undefined)
  const known = named.map(
    ({ category }, i) => sql<ValueCount>`select ${category} as value, ${sql.lit(counts[i] ?? 0)} as count`,
  )
  const own = hasOwn(within.slice)
    ? [sql<ValueCount>`select value, count from ${ownByCategory(db, within)} as own`]
    : []
  if (cells.length + own.length === 0) return { found: [], total: 0 }
  return countedValues(
    db,
    {
      resource: 'documents',
      filter: 'category',
      further: further.map(({ status }) => (status ? { status } : {})),
      more: [...known, ...own],
    },
    page,
  )
}

function ownByCategory(db: Db, within: Within) {
  return onlyOwn(db, within)
    .select((eb) => ['category as value', eb.fn.countAll<number>().as('count')])
    .groupBy('category')
}

export async function findDocument(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<DocumentRow | undefined> {
  const [row] = await (forUpdate ? selectLocked : selectOne)(db, { id })
  return row
}

const selectOne = prepared((db, { id }: { id: number }) =>
  living(db).select(documentColumns).where('id', '=', id),
)
const selectLocked = prepared((db, { id }: { id: number }) =>
  living(db).select(documentColumns).where('id', '=', id).modifyEnd(lockingRow(db)),
)

/** Drafts that are due, locked; skips those that another process is publishing. */
export function takeDueDocuments(db: Db, now: string, limit: number): Promise<DocumentRow[]> {
  return dueDocuments(db, now, limit).modifyEnd(skippingLocked(db)).execute()
}

/** The same without locking them. */
export function listDueDocuments(db: Db, now: string, limit: number): Promise<DocumentRow[]> {
  return dueDocuments(db, now, limit).execute()
}

function dueDocuments(db: Db, now: string, limit: number) {
  return living(db).select(documentColumns).where('publish_at', '<=', now).orderBy('publish_at').limit(limit)
}

export async function insertDocument(
  trx: Transaction,
  row: Insertable<DocumentsTable>,
): Promise<DocumentRow> {
  const words = await wordsOf('documents', row)
  const [inserted] = await insertOne(trx.db, { ...row, words })
  if (!inserted) throw new Error('The database did not return the row that it stored.')
  await keepWords(trx.db, { table: 'documents', id: inserted.id, words, isNew: true })
  countDocument(trx, inserted, 1)
  return inserted
}

const insertOne = prepared((db, { words, ...row }: Insertable<DocumentsTable> & { words: string }) =>
  db
    .insertInto('documents')
    .values({ ...row, ...wordsAsColumn(db, words) })
    .returning(documentColumns),
)

export async function updateDocument(
  trx: Transaction,
  before: DocumentRow,
  changes: Updateable<DocumentsTable>,
): Promise<DocumentRow> {
  const words = await changedWords('documents', before, changes)
  const [after] = await updateOne(trx.db, { ...changes, rowId: before.id, words })
  if (!after) throw new Error('The database did not return the row that it changed.')
  await keepWords(trx.db, { table: 'documents', id: before.id, words })
  if (before.deleted_at === null) countDocument(trx, before, -1)
  if (after.deleted_at === null) countDocument(trx, after, 1)
  return after
}

type Changes = Updateable<DocumentsTable> & { rowId: number; words: string | null | undefined }

const updateOne = prepared((db, { rowId, words, ...changes }: Changes) =>
  db
    .updateTable('documents')
    .set({ ...changes, ...wordsAsColumn(db, words) })
    .where('id', '=', rowId)
    .returning(documentColumns),
)

/** The filter with its search as a query term of the database. */
function asTerm(db: Db, { q, ...filter }: DocumentFilter): AnyFilter {
  return { ...filter, q: q === undefined ? undefined : searchTerm(db, searchTerms(q)) }
}

function living(db: Db) {
  return db.selectFrom('documents').where('deleted_at', 'is', null)
}

/** @param ids a JSON list that the result is restricted to */
function matching(db: Db, { scheduled, q, ids, ...columns }: AnyFilter & { ids?: string | undefined }) {
  // Each condition includes that the row is not deleted, worded so that the planner uses its partial index.
  const saysItself = [scheduled, q, ids].some((value) => value !== undefined)
  let query = saysItself ? db.selectFrom('documents') : living(db)
  if (ids !== undefined) query = query.where(livesAndIsListed(db, ids))
  if (q !== undefined) query = query.where(livesAndHoldsWords(db, 'documents', q))
  if (scheduled !== undefined) query = query.where(livesAndIsScheduled(db))
  return withValues<'documents', typeof columns>(query, columns)
}

function keyOfCell(cell: Cell): string {
  return counterKey('documents', picked<Cell, keyof Cell>(cell, counted))
}

/** More parts than that are one query whose rows are checked one by one; SQLite merges at most 500. */
const partsMax = 400

/** One part of the documents of a filter that the caller sees, in order. */
function cut(db: Db, filter: SeenFilter, slice: Slice) {
  const documents = db.selectFrom('documents')
  const { within } = filter
  const cells = within && !isDriven(filter) ? cellsOf(within.slice) : undefined
  if (!within || !cells || cells.length > partsMax) return cutSlice(restricted(db, filter), documents, slice)
  const seen = cells.map((cell) => withValues<'documents', Cell>(living(db), cell))
  return cutMerged(hasOwn(within.slice) ? [...seen, onlyOwn(db, within)] : seen, documents, slice)
}

/** Whether another condition has an index of its own, which finds few documents. */
function isDriven({ q, scheduled, author_id }: SeenFilter): boolean {
  return q !== undefined || scheduled !== undefined || author_id !== undefined
}

/** The filter as conditions that each row is checked against, beside those that an index knows. */
function restricted(db: Db, { within, ids, ...filter }: SeenFilter & { ids?: readonly number[] }) {
  const query = matching(db, {
    ...asTerm(db, filter),
    ids: ids && JSON.stringify(ids),
  })
  return within ? query.where(isWithin(db, within)) : query
}

/** The documents that the caller sees because they wrote them. */
function onlyOwn(db: Db, within: Within) {
  return living(db).where(isSeenAsOwn(db, within))
}

function countDocument(trx: Transaction, row: DocumentRow, by: number): void {
  for (const key of counterKeys('documents', picked(row, counted))) trx.count(key, by)
  trx.count(spellingKey(row.category), by)
}
