import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { fieldsOf } from '../api/schemas.ts'
import { counterKey, counterKeys, readCount } from '../db/counters.ts'
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
import { cutSlice, type Order, type Slice, withValues } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import { changedWords, wordsOf } from '../db/search-index.ts'
import type { DocumentsTable } from '../db/tables.ts'
import { picked } from '../lib/picked.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import { trashQueries } from '../resource/trash-queries.ts'
import { Document, type DocumentFilter, ListedDocument } from './schema.ts'

export type DocumentRow = Omit<Selectable<DocumentsTable>, 'search'>

/** A filter whose unused fields may also be undefined. */
type AnyFilter = { [K in keyof DocumentFilter]: DocumentFilter[K] | undefined }

const listedColumns = fieldsOf(ListedDocument)
export type ListedDocumentRow = Pick<DocumentRow, (typeof listedColumns)[number]>

/** All columns but PostgreSQL's search column. */
export const documentColumns = [...fieldsOf(Document), 'deleted_at'] as const

export const trash = trashQueries<DocumentRow, ListedDocumentRow>('documents', {
  columns: documentColumns,
  listed: listedColumns,
})

export function listDocuments(
  db: Db,
  filter: DocumentFilter,
  { order, ...slice }: Slice,
): Promise<ListedDocumentRow[]> {
  return selectSlice(db, { ...asTerm(db, filter), ...slice }, order)
}

const selectSlice = prepared(
  (
    db,
    { limit, offset, farOffset, afterValue, afterId, ...filter }: AnyFilter & Omit<Slice, 'order'>,
    order: Order,
  ) =>
    cutSlice(matching(db, filter), db.selectFrom('documents'), {
      order,
      limit,
      offset,
      farOffset,
      afterValue,
      afterId,
    }).select(listedColumns),
)

export interface DocumentKey {
  id: number
  created_at: string
  version: number
  content_bytes: number
}

/** Neither database reads a long content to find its length. */
const contentBytes = sql<number>`octet_length(content)`.as('content_bytes')

export function listDocumentKeys(db: Db, filter: DocumentFilter, slice: Slice): Promise<DocumentKey[]> {
  return cutSlice(matching(db, asTerm(db, filter)), db.selectFrom('documents'), slice)
    .select(['id', 'created_at', 'version', contentBytes])
    .execute()
}

export function findDocuments(db: Db, filter: DocumentFilter, slice: Slice): Promise<Found> {
  const found = cutSlice(matching(db, asTerm(db, filter)), db.selectFrom('documents'), slice)
  return readFound(db, found.select(['id', 'version', 'created_at']))
}

export function readDocumentKeys(
  db: Db,
  filter: DocumentFilter,
  ids: readonly number[],
): Promise<DocumentKey[]> {
  return stillThere(db, filter, ids).select(['id', 'created_at', 'version', contentBytes]).execute()
}

/** Those that match the filter, including its words. */
export function searchAmongDocuments(
  db: Db,
  filter: DocumentFilter,
  ids: readonly number[],
): Promise<{ id: number }[]> {
  return matching(db, { ...asTerm(db, filter), ids: JSON.stringify(ids) })
    .select('id')
    .execute()
}

export function readDocuments(
  db: Db,
  filter: DocumentFilter,
  ids: readonly number[],
): Promise<DocumentRow[]> {
  return stillThere(db, filter, ids).select(documentColumns).execute()
}

/** Those that still exist and match the filter except for its words, oldest first. */
function stillThere(db: Db, { q: _, ...filter }: DocumentFilter, ids: readonly number[]) {
  return matching(db, { ...filter, ids: JSON.stringify(ids) })
    .orderBy('created_at')
    .orderBy('id')
}

/** The filters with a counter for every combination; any other filter counts over its own index. */
const counted = ['category', 'status'] as const

export async function countDocuments(db: Db, filter: DocumentFilter): Promise<number> {
  const asked = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (asked.every((name) => counted.some((one) => one === name)))
    return readCount(db, counterKey('documents', picked(filter, counted)))
  const searched = asTerm(db, filter)
  if (searched.q !== undefined && asked.length === 1) return countHoldingWords(db, 'documents', searched.q)
  const { total } = await matching(db, searched)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
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
  return living(db)
    .select(documentColumns)
    .where('publish_at', '<=', now)
    .orderBy('publish_at')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
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
  const after = await trx.db
    .updateTable('documents')
    .set({ ...changes, ...wordsAsColumn(trx.db, words) })
    .where('id', '=', before.id)
    .returning(documentColumns)
    .executeTakeFirstOrThrow()
  await keepWords(trx.db, { table: 'documents', id: before.id, words })
  if (before.deleted_at === null) countDocument(trx, before, -1)
  if (after.deleted_at === null) countDocument(trx, after, 1)
  return after
}

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

function countDocument(trx: Transaction, row: DocumentRow, by: number): void {
  for (const key of counterKeys('documents', picked(row, counted))) trx.count(key, by)
}
