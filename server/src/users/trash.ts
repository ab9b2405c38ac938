import type { Context } from '../context.ts'
import type { Listing, ListRequest } from '../http/paging.ts'
import { listTrash } from '../trash/service.ts'
import type { TrashedUser } from './schema.ts'
import * as store from './store.ts'

/** What was deleted and can still be brought back. */
export async function listTrashedUsers(
  context: Context,
  request: ListRequest,
): Promise<Listing<TrashedUser>> {
  return (await listTrash(context, request, store)) as Listing<TrashedUser>
}
