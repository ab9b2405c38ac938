import type { Insertable, Selectable } from 'kysely'
import type { Within } from '../access/slice.ts'
import { isWithin } from '../access/slice-query.ts'
import { fieldsOf } from '../api/schemas.ts'
import type { Db } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
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
  await insertRevision(db, { document_id: document.id, ...asRevision(document) })
}

const insertRevision = prepared((db, row: Insertable<DocumentRevisionsTable>) =>
  db.insertInto('document_revisions').values(row),
)

/** The current state of a document in the shape of a revision, created when the document was last updated. */
export function asRevision(document: DocumentRow): RevisionRow {
  return picked({ ...document, created_at: document.updated_at }, columns)
}

/** The same with the columns of a list. */
export function withoutText(revision: ListedRevisionRow): ListedRevisionRow {
  return picked(revision, listedColumns)
}

/** The revisions below a version that the caller sees, newest first. */
export function listRevisions(
  db: Db,
  documentId: number,
  {
    below,
    limit,
    offset = 0,
    within,
  }: { below: number; limit: number; offset?: number; within?: Within | undefined },
): Promise<ListedRevisionRow[]> {
  const rows = seenRevisions(db, documentId, within)
    .select(listedColumns)
    .where('version', '<', below)
    .orderBy('version', 'desc')
    .limit(limit)
  return (offset === 0 ? rows : rows.offset(offset)).execute()
}

/** Costs as much as the document has revisions. */
export async function countRevisions(db: Db, documentId: number, within: Within): Promise<number> {
  const { total } = await seenRevisions(db, documentId, within)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

function seenRevisions(db: Db, documentId: number, within: Within | undefined) {
  const all = db.selectFrom('document_revisions').where('document_id', '=', documentId)
  return within ? all.where(isWithin(db, within)) : all
}

export function findRevision(db: Db, documentId: number, version: number): Promise<RevisionRow | undefined> {
  return db
    .selectFrom('document_revisions')
    .select(columns)
    .where('document_id', '=', documentId)
    .where('version', '=', version)
    .executeTakeFirst()
}
