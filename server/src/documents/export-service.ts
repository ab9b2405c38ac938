import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { pagesOfFound, stillFound } from '../db/found.ts'
import { pagesByKey, type Slice } from '../db/page.ts'
import type { Document, DocumentFilter } from './schema.ts'
import { toDocument } from './service.ts'
import * as store from './store.ts'
import { visiblePart } from './visibility.ts'

const keysAtOnce = 500
/** Contents that are in memory at the same time; a document that is longer comes alone. */
const contentBytesMax = 128 * 1024

/** Every document that the caller may see and the filter lets through, the oldest first. */
export function exportDocuments(
  { database }: Context,
  actor: Actor,
  wanted: DocumentFilter,
): AsyncGenerator<Document[]> {
  const filter = visiblePart(actor, wanted)
  const listed = (slice: Slice) => store.listDocumentKeys(database.read, filter, slice)
  const keys =
    filter.q === undefined
      ? pagesByKey(keysAtOnce, listed)
      : foundKeys(database.read, database.search(), filter)
  return wholeDocuments(database.read, filter, keys)
}

async function* foundKeys(
  read: Db,
  searcher: Db,
  filter: DocumentFilter,
): AsyncGenerator<store.DocumentKey[]> {
  const find = (slice: Slice) => store.findDocuments(searcher, filter, slice)
  for await (const found of pagesOfFound(keysAtOnce, find)) {
    const ids = found.map(({ id }) => id)
    const keys = await store.readDocumentKeys(read, filter, ids)
    yield await stillFound(found, keys, (changed) => store.searchAmongDocuments(searcher, filter, changed))
  }
}

/** A content can have a megabyte, so keys are read ahead, and documents only as many as fit. */
async function* wholeDocuments(
  db: Db,
  filter: DocumentFilter,
  pages: AsyncIterable<store.DocumentKey[]>,
): AsyncGenerator<Document[]> {
  for await (const keys of pages) {
    for (const ids of fitting(keys)) {
      // The filter once more: what has left it since the key was read is not for this reader.
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
