import type { Actor } from '../access/caller.ts'
import type { Within } from '../access/slice.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change, Db } from '../db/database.ts'
import { picked } from '../lib/picked.ts'
import { updateDocument } from './hooked.ts'
import { asRevision, countRevisions, findRevision, listRevisions, withoutText } from './revision-store.ts'
import { type Document, type ListedRevision, type Revision, restoredFields } from './schema.ts'
import { type DocumentRow, findDocument } from './store.ts'
import { isVisible, requireHistory, withinReach } from './visibility.ts'

/** The history of a document: every version, including the current one, newest first. */
export async function listDocumentRevisions(
  { database }: Context,
  actor: Actor,
  id: number,
  request: ListRequest,
): Promise<Listing<ListedRevision>> {
  requireHistory(actor)
  const { read } = database
  const document = await requireSeen(read, actor, id)
  const within = withinReach(actor)
  const { older, isPresent, total } = within
    ? await seenRevisions(read, document, request, within)
    : await allRevisions(read, document, request)
  // Within one document the version serves as the row's id, which the cursor continues from.
  const rows = [...(isPresent ? [asRevision(document)] : []), ...older]
  return listing(
    request,
    rows.map((row) => ({ ...row, id: row.version })),
    total,
    (row) => withoutText(row) as ListedRevision,
  )
}

/** Versions count from 1 without a gap, so a page is a seek and the total is the current version. */
async function allRevisions(db: Db, { id, version }: DocumentRow, { page, limit, slice }: ListRequest) {
  const newest =
    slice.afterId === undefined ? version - (page - 1) * limit : Math.min(slice.afterId - 1, version)
  const isPresent = newest === version
  const below = isPresent ? version : newest + 1
  const older = await listRevisions(db, id, { below, limit: slice.limit - (isPresent ? 1 : 0) })
  return { older, isPresent, total: version }
}

/** Earlier versions had another category, status or author, and count for the caller only as far as they are seen. */
async function seenRevisions(
  db: Db,
  { id, version }: DocumentRow,
  { page, limit, slice }: ListRequest,
  within: Within,
) {
  const skipped = slice.afterId === undefined ? (page - 1) * limit : 0
  const isPresent = skipped === 0 && (slice.afterId ?? version + 1) > version
  const [older, total] = await Promise.all([
    listRevisions(db, id, {
      below: Math.min(slice.afterId ?? version, version),
      limit: slice.limit - (isPresent ? 1 : 0),
      offset: Math.max(0, skipped - 1),
      within,
    }),
    countRevisions(db, id, within),
  ])
  return { older, isPresent, total: total + 1 }
}

export async function getDocumentRevision(
  { database }: Context,
  actor: Actor,
  id: number,
  version: number,
): Promise<Tagged<Revision>> {
  requireHistory(actor)
  const document = await requireSeen(database.read, actor, id)
  const row =
    version === document.version ? asRevision(document) : await findRevision(database.read, id, version)
  if (!row || !isVisible(actor, row)) throw noVersion(id, version)
  return { etag: etagOf('document', id, version, 'revision'), resource: row as Revision }
}

/** Restores the text of an old version as a new version; the status does not change. */
export async function restoreDocumentRevision(
  context: Context,
  actor: Actor,
  id: number,
  version: number,
): Promise<Change<Tagged<Document>>> {
  const { resource } = await getDocumentRevision(context, actor, id, version)
  return updateDocument(context, actor, id, picked(resource, restoredFields))
}

async function requireSeen(db: Db, actor: Actor, id: number): Promise<DocumentRow> {
  const document = await findDocument(db, id)
  if (!document || !isVisible(actor, document)) throw notFound('document', id)
  return document
}

function noVersion(id: number, version: number): AppError {
  return new AppError('resource_not_found', `The document ${id} has no version ${version}.`)
}
