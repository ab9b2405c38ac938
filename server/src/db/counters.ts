import { sql } from 'kysely'
import type { Db } from './database.ts'
import { prepared } from './prepared.ts'

/**
 * Exact totals without counting. The key of a counter names a filter (`documents`, `documents:status=draft`); the column is
 * called `scope`. A change adds to the counters that its row enters and leaves, in its own transaction. On PostgreSQL a
 * counter is spread over `slots` rows, so that concurrent writers rarely wait for the same one; the total is their sum.
 */
export async function applyCounts(db: Db, counts: ReadonlyMap<string, number>, slots: number): Promise<void> {
  const slot = slots === 1 ? 0 : Math.floor(Math.random() * slots)
  const rows = [...counts]
    .filter(([, by]) => by !== 0)
    // Every writer takes the rows of a slot in the same order: two of them cannot deadlock.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => ({ scope: key, slot, count }))
  if (rows.length === 0) return
  await db
    .insertInto('counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['scope', 'slot']).doUpdateSet({ count: sql`counters.count + excluded.count` }),
    )
    .execute()
}

/** The keys of every combination of filters that a row belongs to. */
export function counterKeys(resource: string, filters: Readonly<Record<string, string>>): string[] {
  let sets: string[][] = [[]]
  for (const [name, value] of Object.entries(filters)) {
    sets = [...sets, ...sets.map((set) => [...set, partOf(name, value)])]
  }
  return sets.map((set) => keyOf(resource, set))
}

/** The key of one combination; `filters` in the order in which the resource names them. */
export function counterKey(resource: string, filters: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [partOf(name, value)],
  )
  return keyOf(resource, parts)
}

/** No value can look like a further filter. */
function partOf(name: string, value: string): string {
  return `${name}=${value.replaceAll('%', '%25').replaceAll('&', '%26')}`
}

function keyOf(resource: string, parts: readonly string[]): string {
  return parts.length === 0 ? resource : `${resource}:${parts.join('&')}`
}

/** The totals of many counters, in the order of their keys. */
export async function readCounts(db: Db, keys: readonly string[]): Promise<number[]> {
  if (keys.length === 0) return []
  const rows = await sumsOfSlots(db).where('scope', 'in', keys).execute()
  const totals = new Map(rows.map(({ scope, total }) => [scope, Number(total)]))
  return keys.map((key) => totals.get(key) ?? 0)
}

/**
 * Every value of a filter that some row has, by name, with its total: one row of the counters is read for each.
 * @param further what else the rows are filtered by
 */
export async function countedValues(
  db: Db,
  resource: string,
  filter: string,
  further: Readonly<Record<string, string>>,
): Promise<{ value: string; count: number }[]> {
  const start = `${resource}:${filter}=`
  const end = counterKey(resource, { [filter]: '', ...further }).slice(start.length)
  const rows = await sumsOfSlots(db)
    .where('scope', '>=', start)
    .where('scope', '<', `${resource}:${filter}>`)
    .execute()
  return rows
    .filter(({ scope, total }) => Number(total) > 0 && scope.endsWith(end))
    .map(({ scope, total }) => ({ part: scope.slice(start.length, scope.length - end.length), total }))
    .filter(({ part }) => !part.includes('&'))
    .map(({ part, total }) => ({
      value: part.replaceAll('%26', '&').replaceAll('%25', '%'),
      count: Number(total),
    }))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
}

function sumsOfSlots(db: Db) {
  return db
    .selectFrom('counters')
    .select((eb) => ['scope', eb.fn.sum<number | null>('count').as('total')])
    .groupBy('scope')
}

export async function readCount(db: Db, key: string): Promise<number> {
  const [row] = await sumOfSlots(db, { key })
  return Number(row?.total ?? 0)
}

const sumOfSlots = prepared((db, { key }: { key: string }) =>
  db
    .selectFrom('counters')
    .select((eb) => eb.fn.sum<number | null>('count').as('total'))
    .where('scope', '=', key),
)
