import type { Actor } from '../access/caller.ts'
import { type IfMatch, requireMatch, type Tagged } from '../api/conditional.ts'
import { closed } from '../api/schemas.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Prepared } from '../db/database.ts'
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
    no: () => service.createDocument(context, actor, input, past),
    async yes() {
      const action = 'document.create'
      const intended = { action, record: null, input, rules: forCreate } as const
      const { input: changed, changedBy } = await andPublish(context, actor, intended, true)
      return afterHooks(service.createDocument(context, actor, changed, past), changedBy)
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
    no: () => service.updateDocument(context, actor, id, input, ifMatch),
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
      const change = service.updateDocument(context, actor, id, changed, ifMatch, row.version)
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
    no: () => service.restoreDocument(context, actor, id),
    async yes() {
      const { clock, config, database } = context
      const expiry = trashExpiry(clock.now(), config.trashDays)
      const row = await trash.findInTrash(database.read, id, expiry, { forUpdate: false })
      if (!row || !isVisible(actor, row)) return service.restoreDocument(context, actor, id)
      requireWritable(actor, row)
      const record = { ...service.toDocument(row), deleted_at: row.deleted_at }
      await consult(context, actor, { action: 'document.update', record, input: {}, rules: forRestore })
      return service.restoreDocument(context, actor, id, row.version)
    },
  })
}

/** For tests of hooks. */
export const subject: Subject = {
  get: service.record.get,
  rules: { create: forCreate, update: forUpdate },
  sample: { title: 'Annual Report 2023', category: 'reports', content: '# Annual Report' },
}
