import type { Context } from '../context.ts'
import type { Actor } from '../http/caller.ts'
import { etagOf, type Tagged } from '../http/conditional.ts'
import { AppError, notFound } from '../http/errors.ts'
import { asRevision, findRevision, listRevisions } from './revision-store.ts'
import type { Document, ListedRevision, Revision } from './schema.ts'
import { updateDocument } from './service.ts'
import { type DocumentRow, findDocument } from './store.ts'
import { requireHistory } from './visibility.ts'

/**
 * The history of a document: every version it ever had, the present one included, newest first.
 * Versions count from 1 without a gap, so a page of them is a seek and the total is the present version.
 */
export async function listDocumentRevisions(
  { database }: Context,
  actor: Actor,
  id: number,
  { page = 1, limit = 20 }: { page?: number; limit?: number },
) {
  requireHistory(actor)
  const document = await requireLiving(database.read, id)
  const newest = document.version - (page - 1) * limit
  const present = page === 1 ? [asRevision(document)] : []
  const older = await listRevisions(
    database.read,
    id,
    page === 1 ? document.version : newest + 1,
    limit - present.length,
  )
  const data = [...present.map(({ content: _, ...listed }) => listed), ...older] as ListedRevision[]
  return { data, totalCount: document.version }
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

/** Brings an old version's text back as a new version; whether the document is published stays as it is. */
export async function restoreDocumentRevision(
  context: Context,
  actor: Actor,
  id: number,
  version: number,
): Promise<Tagged<Document>> {
  const { resource } = await getDocumentRevision(context, actor, id, version)
  const { title, category, content_type, content } = resource
  return updateDocument(context, actor, id, { title, category, content_type, content })
}

async function requireLiving(db: Parameters<typeof findDocument>[0], id: number): Promise<DocumentRow> {
  const document = await findDocument(db, id)
  if (!document) throw notFound('document', id)
  return document
}

function noVersion(id: number, version: number): AppError {
  return new AppError('resource_not_found', `The document ${id} has no version ${version}.`)
}
