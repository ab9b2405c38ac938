import { type AppError, invalidRequest } from './errors.ts'
import type { SortName } from './paging.ts'

/** The row that a page ended with. Opaque to callers: its inside may change with any version. */
export interface Cursor {
  sort: SortName
  /** The number of the page that it leads to, so that `meta.current_page` stays true. */
  page: number
  value: string | number
  id: number
}

export function writeCursor({ sort, page, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, page, value, id])).toString('base64url')
}

/** @throws AppError invalid_request when it was not made by `writeCursor` */
export function readCursor(text: string): Cursor {
  const parts = parse(Buffer.from(text, 'base64url').toString())
  if (!Array.isArray(parts) || parts.length !== 4) throw notOurs()
  const [sort, page, value, id] = parts as unknown[]
  const isOurs =
    typeof sort === 'string' &&
    /^-?(created_at|updated_at|deleted_at|occurred_at)$/.test(sort) &&
    isCount(page) &&
    isCount(id) &&
    typeof value === 'string' &&
    value.isWellFormed() &&
    !value.includes('\0')
  if (!isOurs) throw notOurs()
  return { sort: sort as SortName, page, value, id }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

export function notOurs(): AppError {
  return invalidRequest("The 'cursor' query parameter is not one that this API made; begin again without it.")
}
