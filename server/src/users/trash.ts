import type { Context } from '../context.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import { purgeTime, trashExpiry } from '../lib/trash-time.ts'
import type { TrashedUser } from './schema.ts'
import * as store from './store.ts'

/** What was deleted and can still be brought back. */
export async function listTrashedUsers(
  { database, clock, config }: Context,
  request: ListRequest,
): Promise<Listing<TrashedUser>> {
  const expiry = trashExpiry(clock.now(), config.trashDays)
  const [rows, total] = await Promise.all([
    store.listTrash(database.read, expiry, request.part),
    store.countTrash(database.read, expiry),
  ])
  return listing(
    request,
    rows,
    total,
    (row) => ({ ...row, purge_at: purgeTime(row.deleted_at ?? '', config.trashDays) }) as TrashedUser,
  )
}
