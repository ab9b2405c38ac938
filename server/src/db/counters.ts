import { sql } from 'kysely'
import type { Db } from './database.ts'
import { prepared } from './prepared.ts'

/**
 * Exact totals without counting. A scope names a filter (`documents`, `documents:status=draft`); a change adds to the
 * scopes that its row enters and leaves, in its own transaction. On PostgreSQL a scope is spread over `slots` rows,
 * so that concurrent writers rarely wait for the same one; the total is their sum.
 */
export async function applyCounts(db: Db, counts: ReadonlyMap<string, number>, slots: number): Promise<void> {
  const slot = slots === 1 ? 0 : Math.floor(Math.random() * slots)
  const rows = [...counts]
    .filter(([, by]) => by !== 0)
    // Every writer takes the rows of a slot in the same order: two of them cannot deadlock.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([scope, count]) => ({ scope, slot, count }))
  if (rows.length === 0) return
  await db
    .insertInto('counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['scope', 'slot']).doUpdateSet({ count: sql`counters.count + excluded.count` }),
    )
    .execute()
}

/** The scopes of every combination of two filters that a row belongs to. */
export function scopesOf(resource: string, filters: Readonly<Record<string, string>>): string[] {
  let sets: string[][] = [[]]
  for (const [name, value] of Object.entries(filters)) {
    sets = [...sets, ...sets.map((set) => [...set, `${name}=${value}`])]
  }
  return sets.map((set) => scopeOf(resource, set))
}

/** The scope of one combination; `filters` in the order in which the resource names them. */
export function scopeFor(resource: string, filters: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  return scopeOf(resource, parts)
}

function scopeOf(resource: string, parts: readonly string[]): string {
  return parts.length === 0 ? resource : `${resource}:${parts.join('&')}`
}

export async function readCount(db: Db, scope: string): Promise<number> {
  const [row] = await sumOfSlots(db, { scope })
  return Number(row?.total ?? 0)
}

const sumOfSlots = prepared((db, { scope }: { scope: string }) =>
  db
    .selectFrom('counters')
    .select((eb) => eb.fn.sum<number | null>('count').as('total'))
    .where('scope', '=', scope),
)
