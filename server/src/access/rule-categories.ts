import { sql } from 'kysely'
import type { Tagged } from '../api/conditional.ts'
import type { Change, Db } from '../db/database.ts'
import { spellingsOf } from '../db/spellings.ts'
import { foldedName } from '../lib/words/fold.ts'
import type { Actor } from './caller.ts'
import { maySee } from './grant-use.ts'
import { categoriesMax, type Rule } from './rules.ts'
import { everything, isSame } from './slice.ts'

/** As the response to a change of rules names them. */
export interface Unknown {
  unknown_categories?: string[]
}

type Rules = readonly Rule[] | null | undefined

/**
 * Rules compare categories letter by letter, while the record of a category stands for every spelling of its name. So each
 * category is stored in the spellings that documents have; one that no document has stays as it was sent.
 */
export async function spelledAsStored<R extends Rules>(db: Db, actor: Actor, rules: R): Promise<R | Rule[]> {
  const names = categoriesOf(rules)
  if (!rules || names.length === 0 || !readsAll(actor)) return rules
  const found = await spellingsOf(db, names)
  const stored = new Map(names.map((name, i) => [name, found[i] ?? []]))
  return rules.map(({ scope, where }) => {
    const category = where.category?.flatMap((name) => {
      const spellings = stored.get(name) ?? []
      return spellings.length > 0 ? spellings : [name]
    })
    const distinct = category && [...new Set(category)]
    return {
      scope,
      where: distinct && distinct.length <= categoriesMax ? { ...where, category: distinct } : where,
    }
  })
}

/** A misspelt category narrows to nothing: the response names those that no document and no record has. */
export function namingUnknown<T extends Unknown>(
  change: Change<Tagged<T>>,
  actor: Actor,
  rules: Rules,
): Change<Tagged<T>> {
  return async (trx) => {
    const tagged = await change(trx)
    const unknown = readsAll(actor) ? await unknownCategories(trx.db, rules) : []
    if (unknown.length === 0) return tagged
    return { ...tagged, resource: { ...tagged.resource, unknown_categories: unknown } }
  }
}

async function unknownCategories(db: Db, rules: Rules): Promise<string[]> {
  const names = categoriesOf(rules)
  if (names.length === 0) return []
  const found = await spellingsOf(db, names)
  const unused = names.filter((_, i) => (found[i] ?? []).length === 0)
  if (unused.length === 0) return []
  const keys = sql.join(unused.map((name) => sql.val(foldedName(name))))
  const { rows } = await sql<{ name_key: string }>`
    select name_key from categories where deleted_at is null and name_key in (${keys})`.execute(db)
  const recorded = new Set(rows.map(({ name_key }) => name_key))
  return unused.filter((name) => !recorded.has(foldedName(name)))
}

/** Others would learn here which categories there are. */
function readsAll(actor: Actor): boolean {
  return maySee(actor, 'documents:read') && isSame(actor.reach.documents.read, everything)
}

function categoriesOf(rules: Rules): string[] {
  return [...new Set(rules?.flatMap(({ where }) => where.category ?? []))]
}
