import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Order, passOver, type Slice } from '../db/page.ts'
import { type Cursor, notOurs, readCursor, writeCursor } from './cursor.ts'
import { invalidRequest } from './errors.ts'
import { OneOf } from './schemas.ts'
import { Type } from './type.ts'

/** A parsed list request. The slice is one row longer than the page, to know whether more follow. */
export interface ListRequest {
  page: number
  limit: number
  slice: Slice
  isByCursor: boolean
}

/** What a service returns for it. */
export interface Listing<T> {
  data: T[]
  totalCount: number
  /** Undefined on the last page. */
  nextCursor: string | undefined
}

export type SortName =
  `${'' | '-'}${'created_at' | 'updated_at' | 'deleted_at' | 'occurred_at' | 'failing_since'}`

/** The query parameters of every list. @param sorts the orders that the list supports; the first is the default */
export function listQuery<const S extends SortName>(sorts: readonly [S, ...S[]]) {
  return {
    page: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1, description: 'Page number' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Results per page' }),
    ),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description:
          'Where the page starts, from the `next` link of the previous page; cannot be combined with `page`',
      }),
    ),
    sort: Type.Optional(
      OneOf(sorts, {
        default: sorts[0],
        description: 'Sort order; a leading hyphen sorts in descending order',
      }),
    ),
  }
}

/** The validated query of a list. */
export interface ListQuery {
  page?: number
  limit?: number
  cursor?: string
  sort?: SortName
}

/** @param sorts the orders of the list, as in its `listQuery`; a cursor of another list is refused */
export function listRequest(query: ListQuery, sorts: readonly [SortName, ...SortName[]]): ListRequest {
  const { limit = 20, cursor } = query
  if (cursor !== undefined) {
    const read = readCursor(cursor)
    if (!sorts.includes(read.sort)) throw notOurs()
    return byCursor(read, query, limit)
  }
  const { page = 1, sort = sorts[0] } = query
  return {
    page,
    limit,
    isByCursor: false,
    slice: { order: orderOf(sort), limit: limit + 1, ...passOver((page - 1) * limit) },
  }
}

function byCursor({ sort, page, value, id }: Cursor, query: ListQuery, limit: number): ListRequest {
  if (query.page !== undefined) {
    throw invalidRequest(
      "The 'cursor' and 'page' query parameters exclude each other; send only one of them.",
    )
  }
  if (query.sort !== undefined && query.sort !== sort) {
    throw invalidRequest(
      `The 'cursor' belongs to a list sorted by ${sort}; start again to sort by ${query.sort}.`,
    )
  }
  const slice: Slice = { order: orderOf(sort), limit: limit + 1, afterValue: value, afterId: id }
  return { page, limit, isByCursor: true, slice }
}

/** @param rows as read for `request.slice`, one more than the page holds when more follow */
export function listing<Row extends { id: number }, T>(
  { slice, page, limit }: ListRequest,
  rows: readonly Row[],
  totalCount: number,
  toResource: (row: Row) => T,
): Listing<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return {
    data: shown.map(toResource),
    totalCount,
    nextCursor: hasMore
      ? writeCursor({
          sort: sortOf(slice.order),
          page: page + 1,
          value: ((last as Record<string, unknown>)[slice.order.column] ?? '') as string | number,
          id: last.id,
        })
      : undefined,
  }
}

/** Writes the `Link` header (RFC 8288; relative references, which work behind any proxy) and the envelope of the spec. */
export function sendList<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  list: ListRequest,
  { data, totalCount, nextCursor }: Listing<T>,
) {
  const next = nextQuery(list, nextCursor, totalCount)
  const pages = list.isByCursor ? [] : pageLinks(request, list, totalCount)
  return envelope(reply, [...(next ? [link(request, 'next', next)] : []), ...pages], list, data, totalCount)
}

/** Page links where a list has no cursors, so that clients can follow every list to its end. */
function nextQuery(
  { isByCursor, page, limit }: ListRequest,
  nextCursor: string | undefined,
  totalCount: number,
): Record<string, string> | undefined {
  if (nextCursor !== undefined) return { cursor: nextCursor }
  return !isByCursor && page * limit < totalCount ? { page: String(page + 1) } : undefined
}

function pageLinks(
  request: FastifyRequest,
  { page, limit }: { page: number; limit: number },
  totalCount: number,
) {
  const last = Math.max(1, Math.ceil(totalCount / limit))
  return [
    link(request, 'first', { page: '1' }),
    ...(page > 1 ? [link(request, 'prev', { page: String(Math.min(page - 1, last)) })] : []),
    link(request, 'last', { page: String(last) }),
  ]
}

function envelope<T>(
  reply: FastifyReply,
  links: readonly string[],
  { page, limit }: { page: number; limit: number },
  data: T[],
  totalCount: number,
) {
  if (links.length > 0) reply.header('link', links.join(', '))
  return {
    data,
    meta: { current_page: page, total_pages: Math.ceil(totalCount / limit), total_count: totalCount },
  }
}

/** The URL of the same list with another position. */
export function link(
  request: FastifyRequest,
  relation: string,
  change: Readonly<Record<string, string>>,
): string {
  const [path = '', query = ''] = request.url.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete('page')
  parameters.delete('cursor')
  for (const [name, value] of Object.entries(change)) parameters.set(name, value)
  return `<${path}?${parameters}>; rel="${relation}"`
}

function orderOf(sort: SortName): Order {
  return sort.startsWith('-')
    ? { column: sort.slice(1) as Order['column'], direction: 'desc' }
    : { column: sort as Order['column'], direction: 'asc' }
}

function sortOf({ column, direction }: Order): SortName {
  return `${direction === 'desc' ? '-' : ''}${column}` as SortName
}
