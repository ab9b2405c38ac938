import type { Context } from '../context.ts'
import { readerFor } from '../db/database.ts'
import { pagesByKey } from '../db/page.ts'
import type { User, UserFilter } from './schema.ts'
import { toUser } from './service.ts'
import { listWholeUsers } from './store.ts'

/** With the longest profiles a quarter of a megabyte. */
const pageRows = 100

/** Every user that the filter lets through, the oldest first. */
export async function* exportUsers(
  { database }: Context,
  filter: UserFilter,
  gone: AbortSignal,
): AsyncGenerator<User[]> {
  const reader = readerFor(database, filter, gone)
  for await (const rows of pagesByKey(pageRows, (part) => listWholeUsers(reader, filter, part))) {
    yield rows.map(toUser)
  }
}
