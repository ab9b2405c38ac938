import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** The order of a list: by one column, and by id among rows that share its value, so that every row has one place. */
export interface Order {
  column: 'id' | 'created_at' | 'updated_at' | 'deleted_at' | 'occurred_at' | 'failing_since'
  direction: 'asc' | 'desc'
}

/** Offsets from here on count as far. */
const farOffsetMin = 1_000

/** How to skip so many rows. */
export function passOver(rows: number): Pick<Slice, 'offset' | 'farOffset'> {
  if (rows === 0) return {}
  return rows < farOffsetMin ? { offset: rows } : { farOffset: rows }
}

/** A part of a list: so many rows after an offset, or after a row. */
export interface Slice {
  order: Order
  limit: number
  /** Rows to skip; undefined for none. */
  offset?: number | undefined
  /** The same for a far offset: a query that is compiled once does not see how far it is. */
  farOffset?: number | undefined
  /** The row to continue after, by its value in the order's column and its id. Excludes an offset. */
  afterValue?: string | number | undefined
  afterId?: number | undefined
}

/** Rows that have these values in these columns; an undefined value matches every row. */
export function withValues<
  Table extends keyof Tables,
  Values extends { [K in keyof Values]: K extends keyof Tables[Table] ? unknown : never },
>(query: SelectQueryBuilder<Tables, Table, object>, values: Values) {
  return Object.entries(values).reduce(
    (narrowed, [column, value]) =>
      value === undefined ? narrowed : narrowed.where(sql.ref(column), '=', value),
    query,
  )
}

/**
 * Orders a filtered query and cuts out one part.
 *
 * Continuing after a row is an index seek, at the same cost anywhere in the list. An offset has to walk; a far one
 * walks the index alone (the inner query), and only the returned rows are read from the table. For a near one that
 * would cost more than it saves. The walk takes SQLite 25 ns per row, with nothing left to save: page 5,000 of
 * 1,000,000 rows takes 2.4 ms, 16 times page 1. Cached positions would be wrong after any change before them. Where the
 * total is known, the walk begins at the nearer end.
 * @param filtered the query with its filters, nothing selected yet
 * @param total of the filtered rows, from a counter
 */
export function cutSlice<Table extends keyof Tables>(
  filtered: SelectQueryBuilder<Tables, Table, object>,
  from: SelectQueryBuilder<Tables, Table, object>,
  { order, limit, offset, farOffset, afterValue, afterId }: Slice,
  total?: RawBuilder<number>,
): SelectQueryBuilder<Tables, Table, object> {
  const inOrder = (query: SelectQueryBuilder<Tables, Table, object>) =>
    orderColumns(order).reduce((ordered, column) => ordered.orderBy(column, order.direction), query)
  if (afterValue !== undefined && afterId !== undefined) {
    return inOrder(filtered.where(comesAfter(order, afterValue, afterId))).limit(limit)
  }
  if (farOffset === undefined) {
    const slice = inOrder(filtered).limit(limit)
    return offset === undefined ? slice : slice.offset(offset)
  }
  const ids = filtered.select(sql<number>`id`.as('id'))
  return inOrder(
    from.where(
      total
        ? sql<SqlBool>`id in ${fromNearerEnd(ids, order, { limit, farOffset, total })}`
        : sql<SqlBool>`id in ${inOrder(ids).limit(limit).offset(farOffset)}`,
    ),
  )
}

/** Of two walks in opposite directions, the longer one has a limit of 0 and does not begin. */
function fromNearerEnd<Table extends keyof Tables>(
  ids: SelectQueryBuilder<Tables, Table, { id: number }>,
  order: Order,
  slice: { limit: number; farOffset: number; total: RawBuilder<number> },
): RawBuilder<number> {
  const { total } = slice
  const limit = sql<number>`cast(${slice.limit} as bigint)`
  const passed = sql<number>`cast(${slice.farOffset} as bigint)`
  const left = sql<number>`(${total} - ${passed})`
  const walk = (direction: Order['direction'], rows: RawBuilder<number>, over: RawBuilder<number>) =>
    orderColumns(order)
      .reduce((ordered, column) => ordered.orderBy(column, direction), ids)
      .limit(sql<number>`(${rows})`)
      .offset(sql<number>`(${over})`)
  const ahead = walk(order.direction, sql`case when ${passed} <= ${left} then ${limit} else 0 end`, passed)
  const back = walk(
    order.direction === 'asc' ? 'desc' : 'asc',
    sql`case when ${passed} <= ${left} or ${left} < 0 then 0 when ${left} < ${limit} then ${left} else ${limit} end`,
    sql`case when ${left} > ${limit} then ${left} - ${limit} else 0 end`,
  )
  return sql<number>`(select id from ${ahead} as ahead union all select id from ${back} as back)`
}

/**
 * The same for rows of several parts that do not overlap. Each part is read in the order of its own index, and the
 * database merges them: a page costs what it holds, times the number of parts, however large the table is.
 */
export function cutMerged<Table extends keyof Tables>(
  parts: readonly SelectQueryBuilder<Tables, Table, object>[],
  from: SelectQueryBuilder<Tables, Table, object>,
  { order, limit, offset, farOffset, afterValue, afterId }: Slice,
): SelectQueryBuilder<Tables, Table, object> {
  const inOrder = <O extends object>(query: SelectQueryBuilder<Tables, Table, O>) =>
    orderColumns(order).reduce((ordered, column) => ordered.orderBy(column, order.direction), query)
  const [first, ...others] = parts.map((part) => {
    const isAfter = afterValue !== undefined && afterId !== undefined
    const rest = isAfter ? part.where(comesAfter(order, afterValue, afterId)) : part
    return rest.select([
      sql<number>`id`.as('id'),
      sql<unknown>`${orderedValue(order.column)}`.as(order.column),
    ])
  })
  if (!first) return from.where(sql<SqlBool>`1 = 0`)
  const found = inOrder(others.length === 0 ? first : first.unionAll(others))
    .limit(limit)
    .offset(offset ?? farOffset ?? 0)
  return inOrder(from.where(sql<SqlBool>`id in (select id from ${found} as found)`))
}

/**
 * A whole list, part by part, each read on demand. Nothing is held open in between, so a row that changes meanwhile
 * appears as it is when its part is read; none appears twice, and none is left out.
 */
export async function* pagesByKey<Row extends { id: number; created_at: string }>(
  limit: number,
  read: (slice: Slice) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  const slice: Slice = { order: { column: 'created_at', direction: 'asc' }, limit }
  for (let rows = await read(slice); rows.length > 0; ) {
    yield rows
    const last = rows.at(-1)
    if (!last || rows.length < limit) return
    rows = await read({ ...slice, afterValue: last.created_at, afterId: last.id })
  }
}

function orderColumns({ column }: Order): RawBuilder<unknown>[] {
  return column === 'id' ? [sql.ref('id')] : [orderedValue(column), sql.ref('id')]
}

/** The value by which rows are ordered. Receivers that do not fail come after those that do, and have a place, too. */
function orderedValue(column: Order['column']): RawBuilder<unknown> {
  return column === 'failing_since' ? sql`coalesce(failing_since, '')` : sql.ref(column)
}

function comesAfter({ column, direction }: Order, value: string | number, id: number) {
  const sign = sql.raw(direction === 'asc' ? '>' : '<')
  return column === 'id'
    ? sql<SqlBool>`${sql.ref('id')} ${sign} ${id}`
    : sql<SqlBool>`(${orderedValue(column)}, ${sql.ref('id')}) ${sign} (${value}, ${id})`
}
