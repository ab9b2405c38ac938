import { unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { secondMs, toTimestamp } from '../lib/timestamps.ts'
import { updateDocument } from './service.ts'
import { takeDueDocuments } from './store.ts'

const batchMax = 50

/**
 * Publishes every draft whose `publish_at` has come, each exactly once: the change takes the row's lock, and publishing
 * clears `publish_at` in the same transaction. What came due while nothing ran is published at the next start.
 */
export function scheduledPublishing(context: Context): Task {
  return {
    name: 'publish documents that are due',
    everyMs: secondMs,
    async run() {
      while ((await publishDue(context)) === batchMax);
    },
  }
}

async function publishDue(context: Context): Promise<number> {
  const now = toTimestamp(context.clock.now())
  // Looked up before a transaction is opened: nearly always nothing is due.
  const due = await takeDueDocuments(context.database.read, now, 1)
  if (due.length === 0) return 0
  return context.database.write(async (trx) => {
    const documents = await takeDueDocuments(trx.db, now, batchMax)
    for (const document of documents) {
      const actor = unlimitedActor({ type: 'system', name: 'scheduled publishing' }, document.author_id)
      await updateDocument(context, actor, document.id, { status: 'published' })(trx)
    }
    return documents.length
  })
}
