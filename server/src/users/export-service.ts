import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { pagesOfFound, stillFound } from '../db/found.ts'
import { type Part, pagesByKey } from '../db/page.ts'
import type { User, UserFilter } from './schema.ts'
import { toUser } from './service.ts'
import * as store from './store.ts'

/** With the longest profiles a quarter of a megabyte. */
const pageRows = 100

/** Every user that the filter lets through, the oldest first. */
export async function* exportUsers(
  { database }: Context,
  filter: UserFilter,
  gone: AbortSignal,
): AsyncGenerator<User[]> {
  const listed = (part: Part) => store.listWholeUsers(database.read, filter, part)
  const pages = filter.q === undefined ? pagesByKey(pageRows, listed) : foundUsers(database, filter, gone)
  for await (const rows of pages) yield rows.map(toUser)
}

async function* foundUsers(
  { read, search }: Database,
  filter: UserFilter,
  gone: AbortSignal,
): AsyncGenerator<store.UserRow[]> {
  const searcher = search(gone)
  const find = (part: Part) => store.findUsers(searcher, filter, part)
  for await (const found of pagesOfFound(pageRows, find)) {
    const ids = found.map(({ id }) => id)
    const rows = await store.readWholeUsers(read, filter, ids)
    yield await stillFound(found, rows, (changed) => store.searchAmongUsers(searcher, filter, changed))
  }
}
