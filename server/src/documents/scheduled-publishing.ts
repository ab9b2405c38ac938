import { unlimitedActor } from '../access/caller.ts'
import { standingOf } from '../access/standing.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { secondMs, toTimestamp } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import type { PublishRefusal } from './schema.ts'
import { record, updateDocument } from './service.ts'
import * as store from './store.ts'
import { mayPublish } from './visibility.ts'

/**
 * Publishes every draft whose `publish_at` has come, each exactly once: the change locks the row and clears `publish_at`
 * in the same transaction. Drafts that became due while the server was down are published at the next start. Whoever
 * scheduled one must be allowed to publish it then; otherwise it stays a draft that says why.
 */
export function scheduledPublishing(context: Context): Task {
  return dueTask(context, 'publish documents that are due', secondMs, {
    atOnce: 50,
    isDue: async (db, dueMs) => (await store.takeDueDocuments(db, toTimestamp(dueMs), 1)).length > 0,
    async run(trx, dueMs, limit) {
      const now = toTimestamp(dueMs)
      const documents = await store.takeDueDocuments(trx.db, now, limit)
      for (const document of documents) await publishOrRefuse(context, trx, document, now)
      return documents.length
    },
  })
}

async function publishOrRefuse(
  context: Context,
  trx: Transaction,
  { id, ...document }: store.DocumentRow,
  now: string,
): Promise<void> {
  const actor = unlimitedActor({ type: 'system', name: 'scheduled publishing' }, document.author_id)
  const refusal = await refusalOf(trx, document, now)
  if (refusal === undefined) {
    await updateDocument(context, actor, id, { status: 'published' })(trx)
    return
  }
  await changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    const changes = { publish_at: null, publish_refused: refusal }
    await record.write(doing, 'refuse_publication', before, changes)
  })(trx)
}

/** By the rights of the scheduler now; undefined where they allow it, or where the operator scheduled it. */
async function refusalOf(
  { db }: Transaction,
  document: Omit<store.DocumentRow, 'id'>,
  now: string,
): Promise<PublishRefusal | undefined> {
  const { scheduled_by, scheduled_credential_id } = document
  if (scheduled_by === null && scheduled_credential_id === null) return undefined
  const standing = await standingOf(db, { userId: scheduled_by, credentialId: scheduled_credential_id }, now)
  if (standing === 'ended') return 'credential_ended'
  if (standing === 'inactive') return 'scheduler_inactive'
  if (!standing.scopes.has('documents:write')) return 'scheduler_lacks_scope'
  return mayPublish(standing, document) ? undefined : 'scheduler_out_of_reach'
}
