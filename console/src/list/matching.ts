import type { Row } from './list-table.tsx'

/** Records that are selected at once at most. */
export const selectedMax = 1_000
const pageMax = 100

/** All records that a list shows on its pages. */
export interface Matching<T> {
  /** Differs when the filters or the order do. */
  key: string
  count: number
  /** The first of them, up to `selectedMax`. @param onRead called with how many there are so far */
  read(onRead: (rows: number) => void): Promise<T[]>
}

interface Page<T> {
  data: readonly T[]
  meta: { total_pages: number }
}

/** Page by page; one that moved to a later page meanwhile is there once. */
export async function readMatching<T extends Row>(
  fetch: (page: { page: number; limit: number }) => PromiseLike<Page<T>>,
  onRead: (rows: number) => void,
): Promise<T[]> {
  const rows = new Map<number, T>()
  for (let page = 1; rows.size < selectedMax; page++) {
    const { data, meta } = await fetch({ page, limit: pageMax })
    for (const row of data) rows.set('id' in row ? row.id : row.version, row)
    onRead(Math.min(rows.size, selectedMax))
    if (page >= meta.total_pages) break
  }
  return [...rows.values()].slice(0, selectedMax)
}
