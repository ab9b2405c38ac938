import type { Context } from '../context.ts'
import { pagesByKey } from '../db/page.ts'
import type { User, UserFilter } from './schema.ts'
import { toUser } from './service.ts'
import { listWholeUsers } from './store.ts'

/** With the longest profiles a quarter of a megabyte. */
const pageRows = 100

/** Every user that the filter lets through, the oldest first. */
export async function* exportUsers({ database }: Context, filter: UserFilter): AsyncGenerator<User[]> {
  for await (const rows of pagesByKey(pageRows, (part) => listWholeUsers(database.read, filter, part))) {
    yield rows.map(toUser)
  }
}
