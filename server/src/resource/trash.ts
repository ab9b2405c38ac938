import type { Actor, ActorName } from '../access/caller.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Slice } from '../db/page.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, purgeTime, toTimestamp, trashExpiry } from '../lib/timestamps.ts'

/** The rows of a trash: those deleted after `expiry` can be restored, the others are due to be purged. */
export interface TrashStore {
  listTrash(
    db: Db,
    expiry: string,
    slice: Slice,
    actor: Actor,
  ): Promise<{ id: number; deleted_at: string | null }[]>
  countTrash(db: Db, expiry: string, actor: Actor): Promise<number>
  findExpired(db: Db, expiry: string): Promise<{ id: number } | undefined>
  /** @returns the ids of the purged rows, at most `limit` */
  purge(db: Db, expired: { expiry: string; now: string; limit: number }): Promise<number[]>
  /** How many rows are purged in one transaction: few, so that no other change waits long. */
  purgedAtOnce: number
}

/** Lists the trash, each record with its purge time. */
export async function listTrash(
  { database, clock, config }: Context,
  actor: Actor,
  request: ListRequest,
  { listTrash, countTrash }: TrashStore,
): Promise<Listing<object>> {
  const expiry = trashExpiry(clock.now(), config.trashDays)
  const [rows, total] = await Promise.all([
    listTrash(database.read, expiry, request.slice, actor),
    countTrash(database.read, expiry, actor),
  ])
  return listing(request, rows, total, (row) => ({
    ...row,
    purge_at: purgeTime(row.deleted_at ?? '', config.trashDays),
  }))
}

const purger: ActorName = { type: 'system', id: null, name: 'purge', ip: null, requestId: null }

/** Purges expired rows every hour. No event: the deletion had its own. */
export function purging(
  context: Context,
  plural: string,
  action: string,
  { purgedAtOnce, findExpired, purge }: TrashStore,
): Task {
  return dueTask(context, `purge ${plural}`, hourMs, {
    keptMs: context.config.trashDays * dayMs,
    atOnce: purgedAtOnce,
    isDue: async (db, dueMs) => (await findExpired(db, toTimestamp(dueMs))) !== undefined,
    async run(trx, dueMs, limit) {
      const now = toTimestamp(context.clock.now())
      const ids = await purge(trx.db, { expiry: toTimestamp(dueMs), now, limit })
      for (const targetId of ids)
        await recordAudit(trx, purger, now, { action, targetId, before: null, after: null })
      return ids.length
    },
  })
}
