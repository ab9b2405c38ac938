import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount, scopeFor, scopesOf } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { DocumentsTable } from '../db/tables.ts'
import type { PageRequest } from '../http/paging.ts'
import type { DocumentFilter } from './schema.ts'

export type DocumentRow = Selectable<DocumentsTable>

const listedColumns = ['id', 'title', 'category', 'status', 'created_at', 'updated_at', 'author_id'] as const
export type ListedDocumentRow = Pick<DocumentRow, (typeof listedColumns)[number]>

export async function listDocuments(
  db: Db,
  filter: DocumentFilter,
  { page, limit }: PageRequest,
): Promise<ListedDocumentRow[]> {
  return matching(db, filter)
    .select(listedColumns)
    .orderBy('id')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute()
}

/** From the counters where the filter is one of the documentation page's; a further filter counts over its own index. */
export async function countDocuments(db: Db, filter: DocumentFilter): Promise<number> {
  const { category, status, author_id } = filter
  if (author_id === undefined) return readCount(db, scopeFor('documents', { category, status }))
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findDocument(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<DocumentRow | undefined> {
  let query = living(db).selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return query.executeTakeFirst()
}

export async function insertDocument(
  trx: Transaction,
  row: Insertable<DocumentsTable>,
): Promise<DocumentRow> {
  const inserted = await trx.db.insertInto('documents').values(row).returningAll().executeTakeFirstOrThrow()
  countDocument(trx, inserted, 1)
  return inserted
}

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

function matching(db: Db, { category, status, author_id }: DocumentFilter) {
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
