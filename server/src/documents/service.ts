import type { Actor } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { etagOf, type IfMatch, type Tagged } from '../api/conditional.ts'
import { invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { fieldsOf } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { readerFor, type Transaction } from '../db/database.ts'
import { readTogether } from '../db/dialect.ts'
import type { Adjust } from '../extension/rules.ts'
import { changedColumns, settled } from '../lib/merge-patch.ts'
import { pickerOf } from '../lib/picked.ts'
import { fromTimestamp, toTimestamp, trashExpiry } from '../lib/timestamps.ts'
import { type Doing, recordOf } from '../resource/record.ts'
import { userExists } from '../users/service.ts'
import { documentEvents } from './events.ts'
import { keepRevision } from './revision-store.ts'
import {
  type Document,
  type DocumentCreate,
  type DocumentFilter,
  Document as DocumentSchema,
  type DocumentUpdate,
  documentDefaults,
  type ListedDocument,
} from './schema.ts'
import * as store from './store.ts'
import { isVisible, requireOutcome, requireWritable, visiblePart } from './visibility.ts'

export const record = recordOf<store.DocumentRow, Document>({
  name: 'document',
  find: (db, id, _, options) => store.findDocument(db, id, options),
  async update(trx, before, changes) {
    if (changes.version !== undefined) await keepRevision(trx.db, before)
    return store.updateDocument(trx, before, changes)
  },
  mayRead: (actor) => maySee(actor, 'documents:read'),
  isVisible,
  requireChangeable: requireWritable,
  requireOutcome,
  show: toDocument,
  etag: ({ id, version }) => etagOf('document', id, version),
  // The audit log omits the content, which would double every document; revisions keep it anyway.
  auditView: ({ content, ...row }) => ({ ...row, content_length: codePoints(content) }),
  eventsOf(before, after) {
    const row = after ?? before
    if (!row) return []
    const data = toldOf(row)
    const names: ('created' | 'updated' | 'deleted' | 'published')[] = [
      !after ? 'deleted' : before ? 'updated' : 'created',
    ]
    if (after?.status === 'published' && before?.status !== 'published') names.push('published')
    const former = before && after && toldOf(before)
    return names.map((name) => documentEvents.occurred(name, data, name === 'updated' ? former : undefined))
  },
})

function toldOf({ id, title, category, status, author_id }: store.DocumentRow) {
  return { id, title, category, status: status as Document['status'], author_id }
}

export async function listDocuments(
  { database }: Context,
  actor: Actor,
  wanted: DocumentFilter,
  request: ListRequest,
): Promise<Listing<ListedDocument>> {
  const filter = visiblePart(actor, wanted)
  if (!filter) return listing(request, [], 0, (row) => row)
  const reader = readerFor(database, filter)
  const [rows, total] = await readTogether(reader, () =>
    Promise.all([store.listDocuments(reader, filter, request.slice), store.countDocuments(reader, filter)]),
  )
  return listing(request, rows, total, (row) => row as ListedDocument)
}

/** Timestamps of a document from another system. */
export interface Past {
  created_at?: string
  updated_at?: string
  published_at?: string
}

export function createDocument(
  context: Context,
  actor: Actor,
  input: DocumentCreate,
  past: Past = {},
): Change<Tagged<Document>> {
  return record.create(context, actor, async ({ trx, now }) => {
    const defaults = { ...documentDefaults, author_id: actor.userId }
    const document = { ...defaults, ...settled(input, defaults) }
    const { status, publish_at } = document
    if (input.author_id) await requireAuthor(trx, input.author_id)
    return store.insertDocument(trx, {
      ...document,
      created_at: past.created_at ?? now,
      updated_at: past.updated_at ?? past.created_at ?? now,
      published_at: past.published_at ?? (status === 'published' ? now : null),
      publish_at: checkedPublishAt(context, publish_at, status),
      ...(publish_at === null ? {} : schedulerOf(actor)),
      version: 1,
      deleted_at: null,
    })
  })
}

export function updateDocument(
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
  ifMatch?: IfMatch,
  seenVersion?: number,
  adjust: Adjust<DocumentUpdate> = (_, sent) => sent,
): Change<Tagged<Document>> {
  const rule = async ({ trx, now }: Doing, before: store.DocumentRow) => {
    const patch = settled(adjust(toDocument(before), input), { ...documentDefaults, author_id: actor.userId })
    const scheduled = publishAtOf(context, actor, before, patch)
    // As it is stored: the same instant can be written in many ways.
    const wanted = patch.publish_at === undefined ? patch : { ...patch, ...scheduled }
    const changes = {
      ...record.differing(actor, before, wanted),
      ...changedColumns(before, scheduled),
    }
    if (changes.author_id !== undefined) await requireAuthor(trx, changes.author_id)
    const isPublished = changes.status === 'published' && before.status !== 'published'
    return {
      ...changes,
      ...(isPublished ? { published_at: now } : {}),
      ...('publish_at' in changes ? schedulerOf(actor) : {}),
      ...('publish_at' in changes || 'status' in changes ? { publish_refused: null } : {}),
    }
  }
  return record.change(context, actor, id, ifMatch, rule, seenVersion)
}

/** Removes the document from lists and reads at once; the row stays in the trash, as it was. */
export function deleteDocument(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return record.remove(context, actor, id, ifMatch, ({ now }) => ({ deleted_at: now }))
}

/** Restores a document as a new version. A `publish_at` that has passed since is cleared. */
export function restoreDocument(
  context: Context,
  actor: Actor,
  id: number,
  seenVersion?: number,
  adjust?: Adjust<object>,
): Change<Tagged<Document>> {
  const { trashDays } = context.config
  return record.restore(
    context,
    actor,
    id,
    ({ trx, nowMs }) => store.trash.findInTrash(trx.db, id, trashExpiry(nowMs, trashDays)),
    ({ now }, before) => {
      adjust?.({ ...toDocument(before), deleted_at: before.deleted_at }, {})
      const { publish_at } = before
      return { deleted_at: null, publish_at: publish_at !== null && publish_at > now ? publish_at : null }
    },
    seenVersion,
  )
}

async function requireAuthor(trx: Transaction, id: number): Promise<void> {
  if (!(await userExists(trx, id))) {
    throw invalidRequest(`The 'author_id' field names the user ${id}, who does not exist.`)
  }
}

/** Whose rights decide about a publication when it is due; nobody's where the operator scheduled it. */
function schedulerOf({ type, id }: Actor) {
  return {
    scheduled_by: type === 'user' ? id : null,
    scheduled_credential_id: type === 'credential' ? id : null,
  }
}

/** Only a draft keeps its `publish_at`. */
function publishAtOf(
  context: Context,
  actor: Actor,
  before: store.DocumentRow,
  input: { status?: string; publish_at?: string | null },
): { publish_at?: string | null } {
  const status = input.status ?? before.status
  if (input.publish_at !== undefined)
    return { publish_at: checkedPublishAt(context, input.publish_at, status, record.mayRead(actor, before)) }
  return status === 'draft' ? {} : { publish_at: null }
}

function checkedPublishAt(
  { clock }: Context,
  publishAt: string | null,
  status: string,
  isShown = true,
): string | null {
  if (publishAt === null) return null
  if (status !== 'draft')
    throw invalidRequest(
      `The 'publish_at' field is for drafts; this document is ${isShown ? status : 'none'}.`,
    )
  const atMs = fromTimestamp(publishAt)
  if (atMs <= clock.now()) {
    throw invalidRequest(
      "The 'publish_at' field must be in the future; to publish now, set status to published.",
    )
  }
  return toTimestamp(atMs)
}

const shownFields = fieldsOf(DocumentSchema)
const shownRefused = pickerOf<store.DocumentRow, keyof Document>(shownFields)
const shown = pickerOf<store.DocumentRow, keyof Document>(
  shownFields.filter((name) => name !== 'publish_refused'),
)

export function toDocument(row: store.DocumentRow): Document {
  return (row.publish_refused === null ? shown(row) : shownRefused(row)) as Document
}

/** Lengths count code points: a character outside the Basic Multilingual Plane is one, but two units of a string. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0)
}
