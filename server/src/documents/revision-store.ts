import type { Selectable } from 'kysely'
import { fieldsOf } from '../api/schemas.ts'
import type { Db } from '../db/database.ts'
import type { DocumentRevisionsTable } from '../db/tables.ts'
import { picked } from '../lib/picked.ts'
import { ListedRevision, Revision } from './schema.ts'
import type { DocumentRow } from './store.ts'

export type RevisionRow = Omit<Selectable<DocumentRevisionsTable>, 'document_id'>
const listedColumns = fieldsOf(ListedRevision)
const columns = fieldsOf(Revision)
export type ListedRevisionRow = Pick<RevisionRow, (typeof listedColumns)[number]>

/** Keeps the current state of a document, before a change. */
export async function keepRevision(db: Db, document: DocumentRow): Promise<void> {
  await db
    .insertInto('document_revisions')
    .values({ document_id: document.id, ...asRevision(document) })
    .execute()
}

/** The current state of a document in the shape of a revision, created when the document was last updated. */
export function asRevision(document: DocumentRow): RevisionRow {
  return picked({ ...document, created_at: document.updated_at }, columns)
}

/** The same with the columns of a list. */
export function withoutText(revision: ListedRevisionRow): ListedRevisionRow {
  return picked(revision, listedColumns)
}

/** The revisions below a version, newest first. */
export function listRevisions(
  db: Db,
  documentId: number,
  below: number,
  limit: number,
): Promise<ListedRevisionRow[]> {
  return db
    .selectFrom('document_revisions')
    .select(listedColumns)
    .where('document_id', '=', documentId)
    .where('version', '<', below)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute()
}

export function findRevision(db: Db, documentId: number, version: number): Promise<RevisionRow | undefined> {
  return db
    .selectFrom('document_revisions')
    .select(columns)
    .where('document_id', '=', documentId)
    .where('version', '=', version)
    .executeTakeFirst()
}
