import type { Actor } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { contains, sliceOf } from '../access/slice.ts'
import { AppError } from '../api/errors.ts'
import type { Listing, ListRequest } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import * as store from './store.ts'
import { reachOf } from './visibility.ts'

export interface CategoryUse {
  category: string
  document_count: number
}

/** The number of documents that the actor may read in each of these categories. */
export async function documentCounts(db: Db, actor: Actor, names: readonly string[]): Promise<number[]> {
  if (!maySee(actor, 'documents:read')) return names.map(() => 0)
  return store.countByCategory(db, reachOf(actor), names)
}

/**
 * The record of a category concerns all of its documents.
 * @throws AppError permission_denied for a caller whose rules exclude some of them
 */
export function requireWholeCategory({ reach: { documents } }: Actor, name: string): void {
  if (contains(documents.write, sliceOf({ category: [name] }))) return
  throw new AppError(
    'permission_denied',
    `The rules for the scope 'documents:write' do not include every document of the category '${name}', so its record cannot be changed.`,
    { message: 'Insufficient permissions' },
  )
}

/** The categories of documents that the actor may see, by name. */
export async function listCategoriesInUse(
  { database }: Context,
  actor: Actor,
  { page, limit }: Pick<ListRequest, 'page' | 'limit'>,
): Promise<Listing<CategoryUse>> {
  const { found, total } = await store.listCategories(database.search(), reachOf(actor), {
    limit,
    offset: (page - 1) * limit,
  })
  return {
    data: found.map(({ value, count }) => ({ category: value, document_count: count })),
    totalCount: total,
    nextCursor: undefined,
  }
}
