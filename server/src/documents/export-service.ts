import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { pagesOfFound, stillFound } from '../db/found.ts'
import { pagesByKey, type Slice } from '../db/page.ts'
import type { Document, DocumentFilter } from './schema.ts'
import { toDocument } from './service.ts'
import * as store from './store.ts'
import { type SeenFilter, visiblePart } from './visibility.ts'

const keysAtOnce = 500
/** Bounds the contents in memory at one time; a longer document is read alone. */
const contentBytesMax = 128 * 1024

/** Every document that the caller may see and that matches the filter, oldest first. */
export function exportDocuments(
  { database }: Context,
  actor: Actor,
  wanted: DocumentFilter,
): AsyncGenerator<Document[]> {
  const filter = visiblePart(actor, wanted)
  if (!filter) return noDocuments()
  const listed = (slice: Slice) => store.listDocumentKeys(database.read, filter, slice)
  const keys =
    filter.q === undefined
      ? pagesByKey(keysAtOnce, listed)
      : foundKeys(database.read, database.search(), filter)
  return wholeDocuments(database.read, filter, keys)
}

async function* noDocuments(): AsyncGenerator<Document[]> {}

async function* foundKeys(read: Db, searcher: Db, filter: SeenFilter): AsyncGenerator<store.DocumentKey[]> {
  const find = (slice: Slice) => store.findDocuments(searcher, filter, slice)
  for await (const found of pagesOfFound(keysAtOnce, find)) {
    const ids = found.map(({ id }) => id)
    const keys = await store.readDocumentKeys(read, filter, ids)
    yield await stillFound(found, keys, (changed) => store.searchAmongDocuments(searcher, filter, changed))
  }
}

/** A content may have a megabyte, so keys are read ahead, and only as many documents as fit. */
async function* wholeDocuments(
  db: Db,
  filter: SeenFilter,
  pages: AsyncIterable<store.DocumentKey[]>,
): AsyncGenerator<Document[]> {
  for await (const keys of pages) {
    for (const ids of fitting(keys)) {
      // The filter again: a document that stopped matching since its key was read must not reach this caller.
      const rows = await store.readDocuments(db, filter, ids)
      yield rows.map(toDocument)
    }
  }
}

function* fitting(keys: readonly store.DocumentKey[]): Generator<number[]> {
  let ids: number[] = []
  let bytes = 0
  for (const { id, content_bytes } of keys) {
    if (ids.length > 0 && bytes + content_bytes > contentBytesMax) {
      yield ids
      ids = []
      bytes = 0
    }
    ids.push(id)
    bytes += content_bytes
  }
  if (ids.length > 0) yield ids
}
