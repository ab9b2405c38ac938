import type { Actor } from '../access/caller.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { picked } from '../lib/picked.ts'
import { asRevision, findRevision, listRevisions, withoutText } from './revision-store.ts'
import { type Document, type ListedRevision, type Revision, restoredFields } from './schema.ts'
import { updateDocument } from './service.ts'
import { type DocumentRow, findDocument } from './store.ts'
import { requireHistory } from './visibility.ts'

/**
 * The history of a document: every version, including the current one, newest first.
 * Versions count from 1 without a gap, so a page is a seek and the total is the current version.
 */
export async function listDocumentRevisions(
  { database }: Context,
  actor: Actor,
  id: number,
  request: ListRequest,
): Promise<Listing<ListedRevision>> {
  requireHistory(actor)
  const document = await requireLiving(database.read, id)
  const { version } = document
  const { page, limit, slice } = request
  const newest =
    slice.afterId === undefined ? version - (page - 1) * limit : Math.min(slice.afterId - 1, version)
  const present = newest === version ? [asRevision(document)] : []
  const below = newest === version ? version : newest + 1
  const older = await listRevisions(database.read, id, below, slice.limit - present.length)
  // Within one document the version serves as the row's id, which the cursor continues from.
  const rows = [...present, ...older].map((row) => ({ ...row, id: row.version }))
  return listing(request, rows, version, (row) => withoutText(row) as ListedRevision)
}

export async function getDocumentRevision(
  { database }: Context,
  actor: Actor,
  id: number,
  version: number,
): Promise<Tagged<Revision>> {
  requireHistory(actor)
  const document = await requireLiving(database.read, id)
  const row =
    version === document.version ? asRevision(document) : await findRevision(database.read, id, version)
  if (!row) throw noVersion(id, version)
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

async function requireLiving(db: Parameters<typeof findDocument>[0], id: number): Promise<DocumentRow> {
  const document = await findDocument(db, id)
  if (!document) throw notFound('document', id)
  return document
}

function noVersion(id: number, version: number): AppError {
  return new AppError('resource_not_found', `The document ${id} has no version ${version}.`)
}
