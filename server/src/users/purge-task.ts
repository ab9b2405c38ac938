import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { ActorName } from '../http/caller.ts'
import type { Task } from '../lib/background.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { trashExpiry } from '../lib/trash-time.ts'
import { findExpired, purgeUsers } from './store.ts'

const batchMax = 100

const purger: ActorName = { type: 'system', id: null, name: 'purge', ip: null, requestId: null }

/**
 * Makes the users whose time in the trash is over unrecognisable. The row stays, because documents and credentials name
 * it as their author and owner; nothing that belongs to the person does.
 */
export function userPurging(context: Context): Task {
  return {
    name: 'purge users',
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
    const now = toTimestamp(clock.now())
    const ids = await purgeUsers(trx.db, expiry, now, batchMax)
    for (const targetId of ids) {
      await recordAudit(trx, purger, now, { action: 'user.purge', targetId, before: null, after: null })
    }
    return ids.length
  })
}
