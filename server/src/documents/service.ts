import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { appendEvent } from '../events/outbox.ts'
import type { Actor } from '../http/caller.ts'
import { invalidRequest, notFound } from '../http/errors.ts'
import { type Page, type PageRequest, pageOf } from '../http/paging.ts'
import { changedColumns } from '../lib/changed-columns.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { userExists } from '../users/service.ts'
import type { Document, DocumentCreate, DocumentFilter, DocumentUpdate, ListedDocument } from './schema.ts'
import * as store from './store.ts'
import { isVisible, visiblePart } from './visibility.ts'

export async function listDocuments(
  { database }: Context,
  actor: Actor,
  wanted: DocumentFilter,
  request: PageRequest,
): Promise<Page<ListedDocument>> {
  const filter = visiblePart(actor, wanted)
  const [rows, total] = await Promise.all([
    store.listDocuments(database.read, filter, request),
    store.countDocuments(database.read, filter),
  ])
  return pageOf(request, rows as ListedDocument[], total)
}

export async function getDocument({ database }: Context, actor: Actor, id: number): Promise<Document> {
  const row = await store.findDocument(database.read, id)
  if (!row || !isVisible(actor, row)) throw notFound('document', id)
  return toDocument(row)
}

export async function createDocument(
  context: Context,
  actor: Actor,
  input: DocumentCreate,
): Promise<Document> {
  const now = toTimestamp(context.clock.now())
  const status = input.status ?? 'draft'
  return context.database.write(async (trx) => {
    if (input.author_id !== undefined) await requireAuthor(trx, input.author_id)
    const row = await store.insertDocument(trx, {
      title: input.title,
      category: input.category ?? 'general',
      status,
      created_at: now,
      updated_at: now,
      author_id: input.author_id ?? actor.userId,
      content_type: input.content_type ?? 'text/markdown',
      published_at: status === 'published' ? now : null,
      publish_at: null,
      version: 1,
      deleted_at: null,
      content: input.content ?? '',
    })
    await appendEvent(trx, 'document.created', now, eventData(row))
    if (status === 'published') await appendEvent(trx, 'document.published', now, eventData(row))
    const document = toDocument(row)
    await recordAudit(trx, actor, now, {
      action: 'document.create',
      targetId: row.id,
      before: null,
      after: auditView(row),
    })
    return document
  })
}

/** JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace. */
export async function updateDocument(
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
): Promise<Document> {
  const now = toTimestamp(context.clock.now())
  return context.database.write(async (trx) => {
    const before = await requireDocument(trx, id)
    const changes = changedColumns(before, input)
    if (Object.keys(changes).length === 0) return toDocument(before)
    if (changes.author_id !== undefined) await requireAuthor(trx, changes.author_id)
    const isPublishing = changes.status === 'published'
    const after = await store.updateDocument(trx, before, {
      ...changes,
      ...(isPublishing ? { published_at: now } : {}),
      updated_at: now,
      version: before.version + 1,
    })
    await appendEvent(trx, 'document.updated', now, eventData(after))
    if (isPublishing) await appendEvent(trx, 'document.published', now, eventData(after))
    await recordAudit(trx, actor, now, {
      action: 'document.update',
      targetId: id,
      before: auditView(before),
      after: auditView(after),
    })
    return toDocument(after)
  })
}

/** Gone from lists and reads at once; the row stays for its time in the trash. */
export async function deleteDocument(context: Context, actor: Actor, id: number): Promise<void> {
  const now = toTimestamp(context.clock.now())
  await context.database.write(async (trx) => {
    const before = await requireDocument(trx, id)
    await store.updateDocument(trx, before, { deleted_at: now, updated_at: now, version: before.version + 1 })
    await appendEvent(trx, 'document.deleted', now, eventData(before))
    await recordAudit(trx, actor, now, {
      action: 'document.delete',
      targetId: id,
      before: auditView(before),
      after: null,
    })
  })
}

async function requireDocument(trx: Transaction, id: number): Promise<store.DocumentRow> {
  const row = await store.findDocument(trx.db, id, { forUpdate: true })
  if (!row) throw notFound('document', id)
  return row
}

async function requireAuthor(trx: Transaction, id: number): Promise<void> {
  if (!(await userExists(trx, id)))
    throw invalidRequest(`The 'author_id' field names the user ${id}, who does not exist.`)
}

function toDocument(row: store.DocumentRow): Document {
  const { deleted_at: _, ...document } = row
  return document as Document
}

/** The content stays out of the audit log: it would double every document, and is kept elsewhere. */
function auditView({ content, ...row }: store.DocumentRow) {
  return { ...row, content_length: content.length }
}

function eventData({ id, title, category, status, author_id }: store.DocumentRow) {
  return { id, title, category, status, author_id }
}
