import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { readerFor, type Transaction } from '../db/database.ts'
import { appendEvent } from '../events/outbox.ts'
import type { Actor } from '../http/caller.ts'
import { etagOf, type IfMatch, requireMatch, type Tagged } from '../http/conditional.ts'
import { AppError, invalidRequest, notFound } from '../http/errors.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import { changedColumns } from '../lib/changed-columns.ts'
import { settled } from '../lib/merge-patch.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { trashExpiry } from '../lib/trash-time.ts'
import { userExists } from '../users/service.ts'
import { keepRevision } from './revision-store.ts'
import {
  type Document,
  type DocumentCreate,
  type DocumentFilter,
  type DocumentUpdate,
  documentDefaults,
  type ListedDocument,
} from './schema.ts'
import * as store from './store.ts'
import { isVisible, visiblePart } from './visibility.ts'

export async function listDocuments(
  { database }: Context,
  actor: Actor,
  wanted: DocumentFilter,
  request: ListRequest,
): Promise<Listing<ListedDocument>> {
  const filter = visiblePart(actor, wanted)
  const reader = readerFor(database, filter)
  const [rows, total] = await Promise.all([
    store.listDocuments(reader, filter, request.part),
    store.countDocuments(reader, filter),
  ])
  return listing(request, rows, total, (row) => row as ListedDocument)
}

export async function getDocument(
  { database }: Context,
  actor: Actor,
  id: number,
): Promise<Tagged<Document>> {
  const row = await store.findDocument(database.read, id)
  if (!row || !isVisible(actor, row)) throw notFound('document', id)
  return tagged(row)
}

export async function createDocument(
  context: Context,
  actor: Actor,
  input: DocumentCreate,
): Promise<Tagged<Document>> {
  return context.database.write((trx) => createDocumentIn(trx, context, actor, input))
}

/** What is known of a document from before it came here. */
interface Past {
  created_at?: string
  updated_at?: string
  published_at?: string
}

/** Creates as a part of a larger change. */
export async function createDocumentIn(
  trx: Transaction,
  context: Context,
  actor: Actor,
  input: DocumentCreate,
  past: Past = {},
): Promise<Tagged<Document>> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const status = input.status ?? documentDefaults.status
  if (input.author_id) await requireAuthor(trx, input.author_id)
  const row = await store.insertDocument(trx, {
    title: input.title,
    category: input.category ?? documentDefaults.category,
    status,
    created_at: past.created_at ?? now,
    updated_at: past.updated_at ?? past.created_at ?? now,
    author_id: input.author_id ?? actor.userId,
    content_type: input.content_type ?? documentDefaults.content_type,
    published_at: past.published_at ?? (status === 'published' ? now : null),
    publish_at: checkedPublishAt(context, input.publish_at ?? null, status),
    version: 1,
    deleted_at: null,
    content: input.content ?? documentDefaults.content,
  })
  await appendEvent(trx, 'document.created', nowMs, eventData(row))
  if (status === 'published') await appendEvent(trx, 'document.published', nowMs, eventData(row))
  await recordAudit(trx, actor, now, {
    action: 'document.create',
    targetId: row.id,
    before: null,
    after: auditView(row),
  })
  return tagged(row)
}

/** JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace. */
export async function updateDocument(
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
  ifMatch?: IfMatch,
): Promise<Tagged<Document>> {
  return context.database.write((trx) => updateDocumentIn(trx, context, actor, id, input, ifMatch))
}

/** Updates as a part of a larger change. */
export async function updateDocumentIn(
  trx: Transaction,
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
  ifMatch?: IfMatch,
): Promise<Tagged<Document>> {
  const before = await requireDocument(trx, id)
  requireMatch(ifMatch, etagOfDocument(before))
  const patch = settled(input, { ...documentDefaults, author_id: actor.userId })
  const wanted = { ...patch, ...publishAtOf(context, before, patch) }
  const changes = changedColumns(before, wanted)
  if (Object.keys(changes).length === 0) return tagged(before)
  if (changes.author_id !== undefined) await requireAuthor(trx, changes.author_id)
  return tagged(await changeDocument(trx, context, actor, before, changes))
}

/** One new version: the old one kept, the events and the audit row written. */
export async function changeDocument(
  trx: Transaction,
  context: Context,
  actor: Actor,
  before: store.DocumentRow,
  changes: Partial<store.DocumentRow>,
): Promise<store.DocumentRow> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const isPublishing = changes.status === 'published'
  await keepRevision(trx.db, before)
  const after = await store.updateDocument(trx, before, {
    ...changes,
    ...(isPublishing ? { published_at: now } : {}),
    updated_at: now,
    version: before.version + 1,
  })
  await appendEvent(trx, 'document.updated', nowMs, eventData(after))
  if (isPublishing) await appendEvent(trx, 'document.published', nowMs, eventData(after))
  await recordAudit(trx, actor, now, {
    action: 'document.update',
    targetId: before.id,
    before: auditView(before),
    after: auditView(after),
  })
  return after
}

/** Gone from lists and reads at once; the row stays for its time in the trash. */
export async function deleteDocument(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  await context.database.write((trx) => deleteDocumentIn(trx, context, actor, id, ifMatch))
}

export async function deleteDocumentIn(
  trx: Transaction,
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const before = await requireDocument(trx, id)
  requireMatch(ifMatch, etagOfDocument(before))
  // Version and time stay: in the trash nothing about the document has changed, and restoring gives it back as it was.
  await store.updateDocument(trx, before, { deleted_at: now })
  await appendEvent(trx, 'document.deleted', nowMs, eventData(before))
  await recordAudit(trx, actor, now, {
    action: 'document.delete',
    targetId: id,
    before: auditView(before),
    after: null,
  })
}

/** Out of the trash, as a new version of what it was. A time to publish that has passed meanwhile is let go. */
export async function restoreDocument(context: Context, actor: Actor, id: number): Promise<Tagged<Document>> {
  const { clock, config } = context
  const nowMs = clock.now()
  const now = toTimestamp(nowMs)
  return context.database.write(async (trx) => {
    const before = await store.findInTrash(trx.db, id, trashExpiry(clock.now(), config.trashDays))
    if (!before) throw new AppError('resource_not_found', `There is no deleted document with id ${id}.`)
    await keepRevision(trx.db, before)
    const after = await store.updateDocument(trx, before, {
      deleted_at: null,
      publish_at: before.publish_at !== null && before.publish_at > now ? before.publish_at : null,
      updated_at: now,
      version: before.version + 1,
    })
    await appendEvent(trx, 'document.updated', nowMs, eventData(after))
    await recordAudit(trx, actor, now, {
      action: 'document.restore',
      targetId: id,
      before: null,
      after: auditView(after),
    })
    return tagged(after)
  })
}

async function requireDocument(trx: Transaction, id: number): Promise<store.DocumentRow> {
  const row = await store.findDocument(trx.db, id, { forUpdate: true })
  if (!row) throw notFound('document', id)
  return row
}

async function requireAuthor(trx: Transaction, id: number): Promise<void> {
  if (!(await userExists(trx, id))) {
    throw invalidRequest(`The 'author_id' field names the user ${id}, who does not exist.`)
  }
}

/** A document that is not a draft any more has nothing to wait for. */
function publishAtOf(
  context: Context,
  before: store.DocumentRow,
  input: { status?: string; publish_at?: string | null },
): { publish_at?: string | null } {
  const status = input.status ?? before.status
  if (input.publish_at !== undefined)
    return { publish_at: checkedPublishAt(context, input.publish_at, status) }
  return status === 'draft' ? {} : { publish_at: null }
}

function checkedPublishAt({ clock }: Context, publishAt: string | null, status: string): string | null {
  if (publishAt === null) return null
  if (status !== 'draft')
    throw invalidRequest(`The 'publish_at' field is for drafts; this document is ${status}.`)
  const atMs = fromTimestamp(publishAt)
  if (atMs <= clock.now()) {
    throw invalidRequest(
      "The 'publish_at' field must lie in the future; to publish now, set status to published.",
    )
  }
  return toTimestamp(atMs)
}

function tagged(row: store.DocumentRow): Tagged<Document> {
  return { etag: etagOfDocument(row), resource: toDocument(row) }
}

export function toDocument(row: store.DocumentRow): Document {
  return {
    id: row.id,
    title: row.title,
    category: row.category,
    status: row.status as Document['status'],
    created_at: row.created_at,
    updated_at: row.updated_at,
    author_id: row.author_id,
    content: row.content,
    content_type: row.content_type as Document['content_type'],
    published_at: row.published_at,
    publish_at: row.publish_at,
    version: row.version,
  }
}

function etagOfDocument({ id, version }: store.DocumentRow): string {
  return etagOf('document', id, version)
}

/** The content stays out of the audit log: it would double every document, and its revisions are kept anyway. */
function auditView({ content, ...row }: store.DocumentRow) {
  return { ...row, content_length: codePoints(content) }
}

/** The unit of every length: a character outside the Basic Multilingual Plane is one, though it takes two places in a string. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0)
}

function eventData({ id, title, category, status, author_id }: store.DocumentRow) {
  return { id, title, category, status: status as Document['status'], author_id }
}
