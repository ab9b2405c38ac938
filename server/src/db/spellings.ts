import { hash } from 'node:crypto'
import { foldedName } from '../lib/words/fold.ts'
import { counterKey, valuesBelow } from './counters.ts'
import type { Db } from './database.ts'

/**
 * The counter of a spelling. Documents spell their category as they please, and its record stands for every spelling that
 * folds to its name. Each spelling is counted under the hash of what it folds to, so that those of one name are found
 * without reading the others: what it folds to can be longer than an index of PostgreSQL allows.
 */
export function spellingKey(category: string): string {
  return counterKey('spellings', { folded: hashOf(category), category })
}

/** For each category, all spellings of it that documents have. */
export async function spellingsOf(db: Db, names: readonly string[]): Promise<string[][]> {
  const found = await valuesBelow(
    db,
    names.map((name) => counterKey('spellings', { folded: hashOf(name), category: '' })),
  )
  const byName = Map.groupBy(found, foldedName)
  return names.map((name) => byName.get(foldedName(name)) ?? [])
}

function hashOf(category: string): string {
  return hash('sha256', foldedName(category), 'hex').slice(0, 16)
}
