import { type AppError, invalidRequest } from './errors.ts'
import type { SortName } from './paging.ts'

/** The last row of a page. Opaque to callers: its contents may change with any version. */
export interface Cursor {
  sort: SortName
  /** The number of the page that follows, which keeps `meta.current_page` correct. */
  page: number
  value: string | number
  id: number
}

export function writeCursor({ sort, page, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, page, value, id])).toString('base64url')
}

/** @throws AppError invalid_request when `writeCursor` did not make it */
export function readCursor(text: string): Cursor {
  const parts = parse(Buffer.from(text, 'base64url').toString())
  if (!Array.isArray(parts) || parts.length !== 4) throw notOurs()
  const [sort, page, value, id] = parts as unknown[]
  const isOurs =
    typeof sort === 'string' &&
    /^-?(created_at|updated_at|deleted_at|occurred_at|failing_since)$/.test(sort) &&
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
  return invalidRequest("The 'cursor' query parameter is not one that this API made; start again without it.")
}
