import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import type { Part } from '../db/page.ts'
import type { ActorName } from '../http/caller.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import type { Task } from '../lib/background.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { purgeTime, trashExpiry } from '../lib/trash-time.ts'

/** What lies in a trash: deleted after `expiry`, so that it can still be brought back. */
interface TrashStore<Row> {
  listTrash(db: Db, expiry: string, part: Part): Promise<Row[]>
  countTrash(db: Db, expiry: string): Promise<number>
}

/** @returns each row with the time at which it is purged */
export async function listTrash<Row extends { id: number; deleted_at: string | null }>(
  { database, clock, config }: Context,
  request: ListRequest,
  store: TrashStore<Row>,
): Promise<Listing<Row & { purge_at: string }>> {
  const expiry = trashExpiry(clock.now(), config.trashDays)
  const [rows, total] = await Promise.all([
    store.listTrash(database.read, expiry, request.part),
    store.countTrash(database.read, expiry),
  ])
  return listing(request, rows, total, (row) => ({
    ...row,
    purge_at: purgeTime(row.deleted_at ?? '', config.trashDays),
  }))
}

interface Purge {
  name: string
  action: 'document.purge' | 'user.purge'
  /** Small, so that no other change waits long. */
  batchMax: number
  findExpired(db: Db, expiry: string): Promise<{ id: number } | undefined>
  /** @returns which it purged; at most `limit` */
  purge(db: Db, expired: { expiry: string; now: string; limit: number }): Promise<number[]>
}

const purger: ActorName = { type: 'system', id: null, name: 'purge', ip: null, requestId: null }

/** Purges what has been in the trash for its time, every hour. Its deletion was the event. */
export function purging(context: Context, { name, ...purge }: Purge): Task {
  return {
    name,
    everyMs: hourMs,
    async run() {
      while ((await purgeExpired(context, purge)) === purge.batchMax);
    },
  }
}

async function purgeExpired(
  { database, clock, config }: Context,
  { action, batchMax, findExpired, purge }: Omit<Purge, 'name'>,
): Promise<number> {
  const expiry = trashExpiry(clock.now(), config.trashDays)
  // Looked up before a transaction is opened: nearly always nothing is due.
  if (!(await findExpired(database.read, expiry))) return 0
  return database.write(async (trx) => {
    const now = toTimestamp(clock.now())
    const ids = await purge(trx.db, { expiry, now, limit: batchMax })
    for (const targetId of ids) {
      await recordAudit(trx, purger, now, { action, targetId, before: null, after: null })
    }
    return ids.length
  })
}
