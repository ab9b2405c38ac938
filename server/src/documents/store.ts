import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
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
import { cutSlice, type Order, type Slice } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import { changedWords, wordsOf } from '../db/search-index.ts'
import type { DocumentsTable } from '../db/tables.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import type { DocumentFilter } from './schema.ts'

export type DocumentRow = Omit<Selectable<DocumentsTable>, 'search'>

/** A filter in which what is not asked for may also stand as undefined. */
type AnyFilter = { [K in keyof DocumentFilter]: DocumentFilter[K] | undefined }

const listedColumns = ['id', 'title', 'category', 'status', 'created_at', 'updated_at', 'author_id'] as const
export type ListedDocumentRow = Pick<DocumentRow, (typeof listedColumns)[number]>

/** Every column by name: PostgreSQL's search column stays where it is. */
export const documentColumns = [
  ...listedColumns,
  'content_type',
  'published_at',
  'publish_at',
  'version',
  'deleted_at',
  'content',
] as const

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
    { category, status, author_id, scheduled, q, ...slice }: AnyFilter & Omit<Slice, 'order'>,
    order: Order,
  ) =>
    cutSlice(matching(db, { category, status, author_id, scheduled, q }), db.selectFrom('documents'), {
      order,
      ...slice,
    }).select(listedColumns),
)

export interface DocumentKey {
  id: number
  created_at: string
  version: number
  content_bytes: number
}

/** Neither database reads a long content to tell its length. */
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

/** Which of them the filter lets through, its words included. */
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

/** Those of them that live and that the filter lets through, whatever words they hold; the oldest first. */
function stillThere(db: Db, { q: _, ...filter }: DocumentFilter, ids: readonly number[]) {
  return matching(db, { ...filter, ids: JSON.stringify(ids) })
    .orderBy('created_at')
    .orderBy('id')
}

/** From the counters where the filter is one of the documentation page's; a further filter counts over its own index. */
export async function countDocuments(db: Db, filter: DocumentFilter): Promise<number> {
  const { category, status, author_id, scheduled, q } = filter
  if (author_id === undefined && scheduled === undefined && q === undefined) {
    return readCount(db, counterKey('documents', { category, status }))
  }
  const searched = asTerm(db, filter)
  const further = [category, status, author_id, scheduled].filter((value) => value !== undefined)
  if (searched.q !== undefined && further.length === 0) return countHoldingWords(db, 'documents', searched.q)
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

/** Held until the transaction ends, taken in the order of their ids: two changes of many documents cannot wait for each other. */
export async function lockDocuments(db: Db, ids: readonly number[]): Promise<void> {
  await db
    .selectFrom('documents')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    .modifyEnd(lockingRow(db))
    .execute()
}

/** Those that were deleted after `expiry`. */
export function listTrash(db: Db, expiry: string, slice: Slice) {
  return cutSlice(trash(db, expiry), db.selectFrom('documents'), slice)
    .select([...listedColumns, 'deleted_at'])
    .execute()
}

export async function countTrash(db: Db, expiry: string): Promise<number> {
  const { total } = await trash(db, expiry)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findInTrash(db: Db, id: number, expiry: string): Promise<DocumentRow | undefined> {
  return trash(db, expiry)
    .select(documentColumns)
    .where('id', '=', id)
    .modifyEnd(lockingRow(db))
    .executeTakeFirst()
}

/** Drafts whose time has come, locked; those that another process is publishing are left to it. */
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
  if (!inserted) throw new Error('The database did not answer with the row that it stored.')
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

/** One whose time in the trash is over. */
export function findExpired(db: Db, expiry: string): Promise<{ id: number } | undefined> {
  return expired(db, expiry).limit(1).executeTakeFirst()
}

/** For good, with their revisions. @returns which; at most `limit` */
export async function purgeDocuments(
  db: Db,
  { expiry, limit }: { expiry: string; limit: number },
): Promise<number[]> {
  const old = await expired(db, expiry).limit(limit).modifyEnd(skippingLocked(db)).execute()
  const ids = old.map((row) => row.id)
  if (ids.length > 0) await db.deleteFrom('documents').where('id', 'in', ids).execute()
  return ids
}

function trash(db: Db, expiry: string) {
  return db.selectFrom('documents').where('deleted_at', 'is not', null).where('deleted_at', '>', expiry)
}

function expired(db: Db, expiry: string) {
  return db.selectFrom('documents').select('id').where('deleted_at', '<=', expiry)
}

/** The filter with its search in the words of the database. */
function asTerm(db: Db, { q, ...filter }: DocumentFilter): AnyFilter {
  return { ...filter, q: q === undefined ? undefined : searchTerm(db, searchTerms(q)) }
}

function living(db: Db) {
  return db.selectFrom('documents').where('deleted_at', 'is', null)
}

/** @param ids as JSON: only those */
function matching(
  db: Db,
  { category, status, author_id, scheduled, q, ids }: AnyFilter & { ids?: string | undefined },
) {
  // Each of them says by itself that the row lives, in the words that lead the planner to what they find.
  const saysItself = [scheduled, q, ids].some((value) => value !== undefined)
  let query = saysItself ? db.selectFrom('documents') : living(db)
  if (ids !== undefined) query = query.where(livesAndIsListed(db, ids))
  if (q !== undefined) query = query.where(livesAndHoldsWords(db, 'documents', q))
  if (scheduled !== undefined) query = query.where(livesAndIsScheduled(db))
  if (category !== undefined) query = query.where('category', '=', category)
  if (status !== undefined) query = query.where('status', '=', status)
  if (author_id !== undefined) query = query.where('author_id', '=', author_id)
  return query
}

function countDocument(
  trx: Transaction,
  { category, status }: Pick<DocumentRow, 'category' | 'status'>,
  by: number,
): void {
  for (const key of counterKeys('documents', { category, status })) trx.count(key, by)
}
