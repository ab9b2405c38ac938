import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { ActorName } from '../http/caller.ts'
import type { Task } from '../lib/background.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { trashExpiry } from '../lib/trash-time.ts'
import { findExpired, purgeDocuments } from './store.ts'

/** With all their revisions; small, so that no other change waits long. */
const batchMax = 50

const purger: ActorName = { type: 'system', id: null, name: 'purge', ip: null, requestId: null }

/** Removes for good, with their revisions, the documents whose time in the trash is over. Their deletion was the event. */
export function documentPurging(context: Context): Task {
  return {
    name: 'purge documents',
    everyMs: hourMs,
    async run() {
      while ((await purgeExpired(context)) === batchMax);
    },
  }
}

async function purgeExpired({ database, clock, config }: Context): Promise<number> {
  const expiry = trashExpiry(clock.now(), config.trashDays)
  // Looked up before a transaction is opened: nearly always nothing is due.
  if (!(await findExpired(database.read, expiry))) return 0
  return database.write(async (trx) => {
    const ids = await purgeDocuments(trx.db, expiry, batchMax)
    const now = toTimestamp(clock.now())
    for (const targetId of ids) {
      await recordAudit(trx, purger, now, { action: 'document.purge', targetId, before: null, after: null })
    }
    return ids.length
  })
}
