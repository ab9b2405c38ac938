import type { Context } from '../context.ts'
import type { Listing, ListRequest } from '../http/paging.ts'
import { listTrash } from '../trash/service.ts'
import type { TrashedDocument } from './schema.ts'
import * as store from './store.ts'

/** What was deleted and can still be brought back. */
export async function listTrashedDocuments(
  context: Context,
  request: ListRequest,
): Promise<Listing<TrashedDocument>> {
  return (await listTrash(context, request, store)) as Listing<TrashedDocument>
}
