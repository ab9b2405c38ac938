import type { Actor } from '../access/caller.ts'
import type { Listing, ListRequest } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { countedValues, counterKey, readCounts } from '../db/counters.ts'
import type { Db } from '../db/database.ts'

export interface CategoryUse {
  category: string
  document_count: number
}

/** The number of documents that the actor may see in each of these categories. */
export function documentCounts(db: Db, actor: Actor, names: readonly string[]): Promise<number[]> {
  return readCounts(
    db,
    names.map((category) => counterKey('documents', { category, ...seen(actor) })),
  )
}

/** The categories of documents that the actor may see, by name. */
export async function listCategoriesInUse(
  { database }: Context,
  actor: Actor,
  { page, limit }: Pick<ListRequest, 'page' | 'limit'>,
): Promise<Listing<CategoryUse>> {
  const counted = { resource: 'documents', filter: 'category', further: seen(actor) }
  const { found, total } = await countedValues(database.search(), counted, {
    limit,
    offset: (page - 1) * limit,
  })
  return {
    data: found.map(({ value, count }) => ({ category: value, document_count: count })),
    totalCount: total,
    nextCursor: undefined,
  }
}

function seen({ reach }: Actor): { status?: string } {
  return reach.publishedOnly ? { status: 'published' } : {}
}
