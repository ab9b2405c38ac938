import { type RawBuilder, sql } from 'kysely'
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
    // Every writer takes the rows of a slot in the same order, so that no two of them deadlock.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => ({ key, count }))
  for (let first = 0; first < rows.length; first += rowsAtOnceMax) {
    const some = rows.slice(first, first + rowsAtOnceMax)
    const named = some.flatMap(({ key, count }, i) => [
      [`key${i}`, key] as const,
      [`count${i}`, count] as const,
    ])
    await addCounts(db, { slot, ...Object.fromEntries(named) }, { rows: some.length })
  }
}

/** Each number of rows is a query of its own, compiled once. */
const rowsAtOnceMax = 8

type NamedCounts = { slot: number } & { [key: `key${number}`]: string; [count: `count${number}`]: number }

const addCounts = prepared((db, named: NamedCounts, { rows }: { rows: number }) =>
  db
    .insertInto('counters')
    .values(
      Array.from({ length: rows }, (_, i) => ({
        scope: named[`key${i}`] ?? '',
        slot: named.slot,
        count: named[`count${i}`] ?? 0,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['scope', 'slot']).doUpdateSet({ count: sql`counters.count + excluded.count` }),
    ),
)

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

/** Escapes a value so that it cannot look like another filter. */
function partOf(name: string, value: string): string {
  return `${name}=${/[%&]/.test(value) ? value.replaceAll('%', '%25').replaceAll('&', '%26') : value}`
}

function unescaped(value: string): string {
  return value.replaceAll('%26', '&').replaceAll('%25', '%')
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

/** The values of counters whose keys continue one of these, which end in an empty value and are equally long. */
export async function valuesBelow(db: Db, keys: readonly string[]): Promise<string[]> {
  const [first] = keys
  if (first === undefined) return []
  const rows = await sumsOfSlots(db)
    .where((eb) =>
      eb.or(keys.map((key) => eb.and([eb('scope', '>=', key), eb('scope', '<', `${key}\u{10ffff}`)]))),
    )
    .having((eb) => eb(eb.fn.sum('count'), '>', 0))
    .execute()
  return rows.map(({ scope }) => unescaped(scope.slice(first.length)))
}

/**
 * One page of the values that occur for a filter, in order, with their totals. All counters of the filter are read, so
 * this belongs where searches run; only the page leaves the database.
 */
export async function countedValues(
  db: Db,
  counted: CountedFilter,
  page: { limit: number; offset: number },
): Promise<CountedValues> {
  const rows = await readCountedValues(db, counted, page)
  const found = rows.map(({ value, count }) => ({ value, count: Number(count) }))
  const [first] = rows
  if (first) return { found, total: Number(first.total) }
  // A page past the end has no row that carries the total.
  return page.offset === 0
    ? { found, total: 0 }
    : { ...(await countedValues(db, counted, { limit: 1, offset: 0 })), found }
}

interface CountedFilter {
  resource: string
  filter: string
  /** The other filters of the rows; several that do not overlap add up. */
  further: readonly Readonly<Record<string, string>>[]
  /** Values that are counted otherwise, which add up with these: queries for `value` and `count`. */
  more?: readonly RawBuilder<ValueCount>[]
}

export interface ValueCount {
  value: string
  count: number | string
}

interface CountedValues {
  found: { value: string; count: number }[]
  /** Number of values on all pages. */
  total: number
}

function readCountedValues(
  db: Db,
  { more = [], ...counted }: CountedFilter,
  { limit, offset }: { limit: number; offset: number },
) {
  const parts = [...counted.further.map((further) => valuesFromCounters({ ...counted, further })), ...more]
  const values = sql<ValueCount & { total: number | string }>`(
    select value, sum(count) as count, count(*) over () as total
    from (${sql.join(parts, sql` union all `)}) as parts
    group by value
    having sum(count) > 0)`
  return db
    .selectFrom(values.as('counted'))
    .selectAll()
    .orderBy('value')
    .limit(limit)
    .offset(offset)
    .execute()
}

/** The part of a key between the name of the filter and the further ones, unless it contains another filter. */
function valuesFromCounters({
  resource,
  filter,
  further,
}: Omit<CountedFilter, 'further'> & { further: Readonly<Record<string, string>> }): RawBuilder<ValueCount> {
  const start = `${resource}:${filter}=`
  const end = counterKey(resource, { [filter]: '', ...further }).slice(start.length)
  const frame = start.length + end.length
  return sql`
    select replace(replace(part, '%26', '&'), '%25', '%') as value, count
    from (
      select substr(scope, ${sql.lit(start.length + 1)}, length(scope) - ${sql.lit(frame)}) as part, count
      from counters
      where scope >= ${start} and scope < ${`${resource}:${filter}>`} and length(scope) > ${sql.lit(frame)}
        and substr(scope, length(scope) - ${sql.lit(end.length - 1)}) = ${end}
    ) as parts
    where replace(part, '&', '') = part`
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

/** The same as a part of a query, in its snapshot. */
export function countOf(key: string): RawBuilder<number> {
  return sql<number>`(select cast(coalesce(sum(count), 0) as bigint) from counters where scope = ${key})`
}

const sumOfSlots = prepared((db, { key }: { key: string }) =>
  db
    .selectFrom('counters')
    .select((eb) => eb.fn.sum<number | null>('count').as('total'))
    .where('scope', '=', key),
)
