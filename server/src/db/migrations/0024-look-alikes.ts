import { type Kysely, sql } from 'kysely'
import { usernameKey } from '../../lib/names/usernames.ts'
import type { DialectName } from '../dialect.ts'
import type { Tell } from './0012-names.ts'

const usersAtOnce = 1_000

/**
 * Username keys by the look-alikes of Unicode. Nobody is locked out: where the new key of a living account belongs to
 * another one, it gets its name in lower case as a key, which is looked for first at a sign-in.
 */
export async function up(db: Kysely<unknown>, _: DialectName, tell: Tell): Promise<void> {
  // A key may be held by an account that is about to get another one: again, until nothing moves.
  for (;;) {
    const { moved, clashes } = await moveKeys(db)
    if (moved > 0) continue
    for (const { id, holder, former } of clashes) {
      if ((await livingHolder(db, former, id)) === undefined)
        await sql`update users set username_key = ${former} where id = ${id}`.execute(db)
      tell(
        { user: id, other_user: holder },
        'the usernames of two users look alike; both can sign in as before, rename one of them',
      )
    }
    return
  }
}

interface Clash {
  id: number
  holder: number
  /** The name as it was typed, in lower case. */
  former: string
}

async function moveKeys(db: Kysely<unknown>): Promise<{ moved: number; clashes: Clash[] }> {
  const clashes: Clash[] = []
  let moved = 0
  for (let after = 0; ; ) {
    const { rows } = await sql<{
      id: number
      username: string
      username_key: string
      deleted_at: string | null
    }>`
      select id, username, username_key, deleted_at from users
      where id > ${after} and octet_length(username) <> length(username)
      order by id limit ${sql.lit(usersAtOnce)}`.execute(db)
    const last = rows.at(-1)
    if (!last) return { moved, clashes }
    for (const { id, username, username_key, deleted_at } of rows) {
      const key = usernameKey(username)
      if (key === username_key) continue
      const holder = deleted_at === null ? await livingHolder(db, key, id) : undefined
      if (holder !== undefined) clashes.push({ id, holder, former: username.toLowerCase() })
      else {
        await sql`update users set username_key = ${key} where id = ${id}`.execute(db)
        moved++
      }
    }
    after = last.id
  }
}

async function livingHolder(db: Kysely<unknown>, key: string, exceptId: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from users where username_key = ${key} and deleted_at is null and id <> ${exceptId}`.execute(db)
  return rows[0]?.id
}
