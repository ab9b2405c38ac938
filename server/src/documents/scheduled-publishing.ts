import { unlimitedActor } from '../access/caller.ts'
import { standingOf } from '../access/standing.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import { consult } from '../hooks/consult.ts'
import type { Task } from '../lib/background.ts'
import { fromTimestamp, hourMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import { askedOfUpdate, forUpdate } from './hooked.ts'
import type { DocumentUpdate, PublishRefusal } from './schema.ts'
import { record, toDocument, updateDocument } from './service.ts'
import * as store from './store.ts'
import { mayPublish } from './visibility.ts'

const atOnce = 50
/** A hook that fails is called again every second; its circuit breaker sees to it that it rarely is. */
const hooksFailForMsMax = hourMs

/**
 * Publishes every draft whose `publish_at` has come, each exactly once: the change locks the row and clears `publish_at`
 * in the same transaction. Drafts that became due while the server was down are published at the next start. Whoever
 * scheduled one must be allowed to publish it then, and so must the hooks allow it; otherwise it stays a draft that says
 * why.
 */
export function scheduledPublishing(context: Context): Task {
  const name = 'publish documents that are due'
  const withoutHooks = dueTask(context, name, secondMs, {
    atOnce,
    isDue: async (db, dueMs) => (await store.listDueDocuments(db, toTimestamp(dueMs), 1)).length > 0,
    async run(trx, dueMs, limit) {
      const now = toTimestamp(dueMs)
      const documents = await store.takeDueDocuments(trx.db, now, limit)
      for (const document of documents) await publishOrRefuse(context, trx, document, now)
      return documents.length
    },
  })
  return {
    ...withoutHooks,
    async run() {
      const hooks = await context.hooks.for('document.publish')
      await (hooks.length === 0 ? withoutHooks.run() : publishAfterHooks(context))
    },
  }
}

/** Hooks are called outside of a transaction, so that each document has its own. */
async function publishAfterHooks(context: Context): Promise<void> {
  const { database, clock } = context
  const documents = await store.listDueDocuments(database.read, toTimestamp(clock.now()), atOnce)
  for (const document of documents) {
    const decided = await decidedByHooks(context, document)
    if (!decided) continue
    const decide = (as: Decided) =>
      database.write(async (trx) => {
        const { id, version } = document
        const current = await store.findDocument(trx.db, id, { forUpdate: true })
        // Published, changed or deleted meanwhile: in the next round, if it is still due.
        if (current?.version === version)
          await publishOrRefuse(context, trx, current, toTimestamp(clock.now()), as)
      })
    try {
      await decide(decided)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      // What a hook has made of it cannot be written.
      await decide({ refusal: 'hook_refused' })
    }
  }
}

type Decided = { refusal: PublishRefusal } | { input: DocumentUpdate }

/** @returns undefined where it has to be asked again */
async function decidedByHooks(context: Context, document: store.DocumentRow): Promise<Decided | undefined> {
  const { author_id, publish_at } = document
  try {
    const { input } = await consult<DocumentUpdate>(context, publisher(author_id), {
      action: 'document.publish',
      record: toDocument(document),
      input: { status: 'published' },
      rules: forUpdate,
    })
    // A hook that makes another status of it does not want it to be published.
    return input.status === 'published' ? { input } : { refusal: 'hook_refused' }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code !== 'service_unavailable') return { refusal: 'hook_refused' }
    const dueSinceMs = fromTimestamp(publish_at ?? toTimestamp(0))
    return context.clock.now() - dueSinceMs > hooksFailForMsMax ? { refusal: 'hook_failed' } : undefined
  }
}

function publisher(authorId: number) {
  return unlimitedActor({ type: 'system', name: 'scheduled publishing' }, authorId)
}

async function publishOrRefuse(
  context: Context,
  trx: Transaction,
  { id, ...document }: store.DocumentRow,
  now: string,
  decided: Decided = { input: { status: 'published' } },
): Promise<void> {
  const actor = publisher(document.author_id)
  let refusal = 'refusal' in decided ? decided.refusal : await refusalOf(trx, document, decided.input, now)
  if (refusal === undefined && 'input' in decided) {
    const asked = askedOfUpdate(context, actor, [])
    if (!asked) {
      await updateDocument(context, actor, id, decided.input)(trx)
      return
    }
    const update = updateDocument(context, actor, id, decided.input, undefined, undefined, asked)
    try {
      await trx.savepoint(() => update(trx))
      return
    } catch (error) {
      // The sentence of the extension is in the log.
      if (!(error instanceof AppError)) throw error
      context.log.warn({ document: id, reason: error.details }, 'a publication was refused')
      refusal = 'hook_refused'
    }
  }
  await changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    const changes = { publish_at: null, publish_refused: refusal ?? null }
    await record.write(doing, 'refuse_publication', before, changes)
  })(trx)
}

/**
 * By the rights of the scheduler now; undefined where they allow it, or where the operator scheduled it. Hooks may have
 * changed what is published.
 */
async function refusalOf(
  { db }: Transaction,
  document: Omit<store.DocumentRow, 'id'>,
  { category, author_id }: DocumentUpdate,
  now: string,
): Promise<PublishRefusal | undefined> {
  const { scheduled_by, scheduled_credential_id } = document
  if (scheduled_by === null && scheduled_credential_id === null) return undefined
  const standing = await standingOf(db, { userId: scheduled_by, credentialId: scheduled_credential_id }, now)
  if (standing === 'ended') return 'credential_ended'
  if (standing === 'inactive') return 'scheduler_inactive'
  if (!standing.scopes.has('documents:write')) return 'scheduler_lacks_scope'
  const becomes = {
    ...document,
    ...(category ? { category } : {}),
    ...(author_id ? { author_id } : {}),
  }
  return mayPublish(standing, document) && mayPublish(standing, becomes)
    ? undefined
    : 'scheduler_out_of_reach'
}
