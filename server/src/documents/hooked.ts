import type { Actor } from '../access/caller.ts'
import { type IfMatch, requireMatch, type Tagged } from '../api/conditional.ts'
import { closed } from '../api/schemas.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Change, Prepared } from '../db/database.ts'
import type { Adjust } from '../extension/rules.ts'
import { afterHooks, type Consulted, consult, type Intended, ifHooked } from '../hooks/consult.ts'
import type { Subject } from '../hooks/testing.ts'
import { trashExpiry } from '../lib/timestamps.ts'
import { type Document, DocumentCreate, DocumentUpdate } from './schema.ts'
import * as service from './service.ts'
import { trash } from './store.ts'
import { isVisible, requireWritable } from './visibility.ts'

/**
 * The changes of documents that callers make, after the hooks that are called about them. Changes that the server makes on
 * its own account, such as sample data, are those of service.ts.
 */
const forCreate = { check: createCheck(DocumentCreate) }
export const forUpdate = { check: createCheck(DocumentUpdate) }
const forRestore = { check: createCheck(closed({})) }

export function createDocument(
  context: Context,
  actor: Actor,
  input: DocumentCreate,
  past?: service.Past,
): Prepared<Tagged<Document>> {
  return ifHooked(context, ['document.create', 'document.publish'], {
    no: () => createAsked(context, actor, input, past),
    async yes() {
      const action = 'document.create'
      const intended = { action, record: null, input, rules: forCreate } as const
      const { input: changed, changedBy } = await andPublish(context, actor, intended, true)
      return afterHooks(createAsked(context, actor, changed, past), changedBy)
    },
  })
}

export function updateDocument(
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
  ifMatch?: IfMatch,
): Prepared<Tagged<Document>> {
  return ifHooked(context, ['document.update', 'document.publish'], {
    no: () => updateAsked(context, actor, id, input, ifMatch),
    async yes() {
      const row = await service.record.read(context, context.database.read, actor, id)
      requireWritable(actor, row)
      requireMatch(ifMatch, service.record.etag(row, context))
      const intended = {
        action: 'document.update',
        record: service.toDocument(row),
        input,
        rules: forUpdate,
      } as const
      const isUnpublished = row.status !== 'published'
      const { input: changed, changedBy } = await andPublish(context, actor, intended, isUnpublished)
      const change = updateAsked(context, actor, id, changed, ifMatch, row.version)
      return afterHooks(change, changedBy)
    },
  })
}

/** Then the hooks for a publication, if it is one after the others have been called. */
async function andPublish<I extends { status?: string | null }>(
  context: Context,
  actor: Actor,
  intended: Intended<I>,
  isUnpublished: boolean,
): Promise<Pick<Consulted<I>, 'input' | 'changedBy'>> {
  const first = await consult(context, actor, intended)
  if (!isUnpublished || first.input.status !== 'published') return first
  const { input } = first
  const then = await consult(context, actor, { ...intended, action: 'document.publish', input })
  return { input: then.input, changedBy: [...new Set([...first.changedBy, ...then.changedBy])] }
}

/** An update of a record that has a `deleted_at`; hooks cannot change its input. */
export function restoreDocument(context: Context, actor: Actor, id: number): Prepared<Tagged<Document>> {
  return ifHooked(context, ['document.update'], {
    no: () => restoreAsked(context, actor, id),
    async yes() {
      const { clock, config, database } = context
      const expiry = trashExpiry(clock.now(), config.trashDays)
      const row = await trash.findInTrash(database.read, id, expiry, { forUpdate: false })
      if (!row || !isVisible(actor, row)) return service.restoreDocument(context, actor, id)
      requireWritable(actor, row)
      const record = { ...service.toDocument(row), deleted_at: row.deleted_at }
      await consult(context, actor, { action: 'document.update', record, input: {}, rules: forRestore })
      return restoreAsked(context, actor, id, row.version)
    },
  })
}

/** After hooks, inside the transaction, extensions are asked. */
function createAsked(
  context: Context,
  actor: Actor,
  input: DocumentCreate,
  past?: service.Past,
): Change<Tagged<Document>> {
  const { extensions } = context
  const create = extensions?.adjusting<DocumentCreate>('document.create', actor, forCreate)
  const publish = extensions?.adjusting<DocumentCreate>('document.publish', actor, forCreate)
  if (!create && !publish) return service.createDocument(context, actor, input, past)
  return (trx) => {
    const made = create?.(null, input) ?? input
    const asked = made.status === 'published' ? (publish?.(null, made) ?? made) : made
    return service.createDocument(context, actor, asked, past)(trx)
  }
}

function updateAsked(
  context: Context,
  actor: Actor,
  id: number,
  input: DocumentUpdate,
  ifMatch?: IfMatch,
  seenVersion?: number,
): Change<Tagged<Document>> {
  return service.updateDocument(
    context,
    actor,
    id,
    input,
    ifMatch,
    seenVersion,
    askedOfUpdate(context, actor),
  )
}

/** Undefined where no extension is asked. */
export function askedOfUpdate(
  { extensions }: Context,
  actor: Actor,
  actions: readonly string[] = ['document.update'],
): Adjust<DocumentUpdate> | undefined {
  const updates = actions.map((action) => extensions?.adjusting<DocumentUpdate>(action, actor, forUpdate))
  const publish = extensions?.adjusting<DocumentUpdate>('document.publish', actor, forUpdate)
  if (!publish && updates.every((update) => update === undefined)) return undefined
  return (record, input) => {
    const made = updates.reduce((sent, update) => update?.(record, sent) ?? sent, input)
    const isPublished = made.status === 'published' && (record as Document).status !== 'published'
    return isPublished ? (publish?.(record, made) ?? made) : made
  }
}

function restoreAsked(context: Context, actor: Actor, id: number, seenVersion?: number) {
  const adjust = context.extensions?.adjusting('document.update', actor, forRestore)
  return service.restoreDocument(context, actor, id, seenVersion, adjust)
}

/** For tests of hooks. */
export const subject: Subject = {
  get: service.record.get,
  rules: { create: forCreate, update: forUpdate },
  sample: { title: 'Annual Report 2023', category: 'reports', content: '# Annual Report' },
}
