import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount, scopeFor, scopesOf } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { DocumentsTable } from '../db/tables.ts'
import type { PageRequest } from '../http/paging.ts'
import type { DocumentFilter } from './schema.ts'

export type DocumentRow = Selectable<DocumentsTable>

/** A filter in which what is not asked for may also stand as undefined. */
type AnyFilter = { [K in keyof DocumentFilter]: DocumentFilter[K] | undefined }

const listedColumns = ['id', 'title', 'category', 'status', 'created_at', 'updated_at', 'author_id'] as const
export type ListedDocumentRow = Pick<DocumentRow, (typeof listedColumns)[number]>

export function listDocuments(
  db: Db,
  { category, status, author_id }: DocumentFilter,
  { page, limit }: PageRequest,
): Promise<ListedDocumentRow[]> {
  return selectPage(db, { category, status, author_id, limit, offset: (page - 1) * limit })
}

const selectPage = prepared(
  (db, { limit, offset, ...filter }: AnyFilter & { limit: number; offset: number }) =>
    matching(db, filter).select(listedColumns).orderBy('id').limit(limit).offset(offset),
)

/** From the counters where the filter is one of the documentation page's; a further filter counts over its own index. */
export async function countDocuments(db: Db, filter: DocumentFilter): Promise<number> {
  const { category, status, author_id } = filter
  if (author_id === undefined) return readCount(db, scopeFor('documents', { category, status }))
  const { total } = await matching(db, filter)
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

const selectOne = prepared((db, { id }: { id: number }) => living(db).selectAll().where('id', '=', id))
const selectLocked = prepared((db, { id }: { id: number }) =>
  living(db).selectAll().where('id', '=', id).modifyEnd(lockingRow(db)),
)

export async function insertDocument(
  trx: Transaction,
  row: Insertable<DocumentsTable>,
): Promise<DocumentRow> {
  const [inserted] = await insertOne(trx.db, row)
  if (!inserted) throw new Error('The database did not answer with the row that it stored.')
  countDocument(trx, inserted, 1)
  return inserted
}

const insertOne = prepared((db, row: Insertable<DocumentsTable>) =>
  db.insertInto('documents').values(row).returningAll(),
)

export async function updateDocument(
  trx: Transaction,
  before: DocumentRow,
  changes: Updateable<DocumentsTable>,
): Promise<DocumentRow> {
  const after = await trx.db
    .updateTable('documents')
    .set(changes)
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (before.deleted_at === null) countDocument(trx, before, -1)
  if (after.deleted_at === null) countDocument(trx, after, 1)
  return after
}

function living(db: Db) {
  return db.selectFrom('documents').where('deleted_at', 'is', null)
}

function matching(db: Db, { category, status, author_id }: AnyFilter) {
  let query = living(db)
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
  for (const scope of scopesOf('documents', { category, status })) trx.count(scope, by)
}
