import { type SelectQueryBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import { packedRows } from './dialect.ts'
import type { Slice } from './page.ts'
import type { Tables } from './tables.ts'

/**
 * The results of a search that is read page by page to the end: a page costs as much as the whole search, so it runs
 * once and its results are kept. A row takes 12 bytes, 12 MB for a million; for a longer list the search runs again for
 * each further million.
 */
export const foundAtOnceMax = 1_000_000

/** A row in the version that matched. */
export interface FoundRow {
  id: number
  version: number
}

/** One part of the results, in order. */
export interface Found {
  /** As `packedRows` writes them. */
  packed: Uint8Array
  /** Of the last row. */
  createdAt: string
}

const idBytes = 8
const rowBytes = idBytes + 4

/** @param part a part of the list in the order of `created_at`, with the columns that are kept */
export async function readFound(
  db: Db,
  slice: SelectQueryBuilder<Tables, keyof Tables, FoundRow & { created_at: string }>,
): Promise<Found> {
  const { rows } = await sql<{ packed: Uint8Array | null; created_at: string | null }>`
    select ${packedRows(db)} as packed, max(created_at) as created_at from ${slice} as found`.execute(db)
  return { packed: rows[0]?.packed ?? new Uint8Array(), createdAt: rows[0]?.created_at ?? '' }
}

/** All results of a search, oldest first, so many rows at a time. */
export async function* pagesOfFound(
  limit: number,
  read: (slice: Slice) => Promise<Found>,
  atOnceMax = foundAtOnceMax,
): AsyncGenerator<FoundRow[]> {
  const slice: Slice = { order: { column: 'created_at', direction: 'asc' }, limit: atOnceMax }
  for (let found = await read(slice); ; ) {
    let last: FoundRow | undefined
    for (const rows of unpack(found.packed, limit)) {
      last = rows.at(-1)
      yield rows
    }
    if (!last || found.packed.length < atOnceMax * rowBytes) return
    found = await read({ ...slice, afterValue: found.createdAt, afterId: last.id })
  }
}

/**
 * Filters found rows, as they are now, for those that still match. A row in the version that was found does; only rows
 * changed meanwhile are searched again.
 * @param search returns which of these ids match
 */
export async function stillFound<Row extends FoundRow>(
  found: readonly FoundRow[],
  rows: Row[],
  search: (ids: number[]) => Promise<{ id: number }[]>,
): Promise<Row[]> {
  const versions = new Map(found.map(({ id, version }) => [id, version]))
  const changed = rows.filter(({ id, version }) => version !== versions.get(id))
  if (changed.length === 0) return rows
  const holding = new Set((await search(changed.map(({ id }) => id))).map(({ id }) => id))
  return rows.filter(({ id, version }) => version === versions.get(id) || holding.has(id))
}

function* unpack(packed: Uint8Array, limit: number): Generator<FoundRow[]> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  for (let first = 0; first < packed.length; first += limit * rowBytes) {
    const end = Math.min(first + limit * rowBytes, packed.length)
    const rows: FoundRow[] = []
    for (let at = first; at < end; at += rowBytes)
      rows.push({ id: Number(view.getBigInt64(at)), version: view.getUint32(at + idBytes) })
    yield rows
  }
}
