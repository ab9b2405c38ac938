import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { pagesOfFound, stillFound } from '../db/found.ts'
import { pagesByKey, type Slice } from '../db/page.ts'
import type { User, UserFilter } from './schema.ts'
import { toUser } from './service.ts'
import * as store from './store.ts'

/** A quarter of a megabyte with the longest profiles. */
const pageRows = 100

/** Every user that matches the filter, oldest first. */
export function exportUsers(
  { database }: Context,
  _actor: Actor,
  filter: UserFilter,
): AsyncGenerator<User[]> {
  const listed = (slice: Slice) => store.listWholeUsers(database.read, filter, slice)
  // `search()` is called here because the caller is no longer known when the search starts.
  return asUsers(
    filter.q === undefined
      ? pagesByKey(pageRows, listed)
      : foundUsers(database.read, database.search(), filter),
  )
}

async function* asUsers(pages: AsyncIterable<store.UserRow[]>): AsyncGenerator<User[]> {
  for await (const rows of pages) yield rows.map(toUser)
}

async function* foundUsers(read: Db, searcher: Db, filter: UserFilter): AsyncGenerator<store.UserRow[]> {
  const find = (slice: Slice) => store.findUsers(searcher, filter, slice)
  for await (const found of pagesOfFound(pageRows, find)) {
    const ids = found.map(({ id }) => id)
    const rows = await store.readWholeUsers(read, filter, ids)
    yield await stillFound(found, rows, (changed) => store.searchAmongUsers(searcher, filter, changed))
  }
}
