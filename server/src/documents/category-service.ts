import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { countedValues, counterKey, readCounts } from '../db/counters.ts'
import type { Db } from '../db/database.ts'

export interface CategoryUse {
  category: string
  document_count: number
}

/** How many documents of each of these categories the actor may see. */
export function documentCounts(db: Db, actor: Actor, names: readonly string[]): Promise<number[]> {
  return readCounts(
    db,
    names.map((category) => counterKey('documents', { category, ...seen(actor) })),
  )
}

/** Every category that has a document which the actor may see, by name. */
export async function listCategoriesInUse({ database }: Context, actor: Actor): Promise<CategoryUse[]> {
  const counted = await countedValues(database.read, 'documents', 'category', seen(actor))
  return counted.map(({ value, count }) => ({ category: value, document_count: count }))
}

function seen({ reach }: Actor): { status?: string } {
  return reach.publishedOnly ? { status: 'published' } : {}
}
