import type { Context } from '../context.ts'
import { violatedUnique } from '../db/dialect.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { findSystemUser, insertUser } from './store.ts'

/**
 * The id of the built-in account that owns records created before there is any user. It appears in no list and no total,
 * has no password, and no person can take its name (the pattern of usernames allows no colon).
 */
export async function ensureSystemUser({
  database,
  clock,
}: Pick<Context, 'database' | 'clock'>): Promise<number> {
  const known = await findSystemUser(database.read)
  if (known) return known.id
  const now = toTimestamp(clock.now())
  try {
    const made = await database.write((trx) =>
      insertUser(trx, {
        username: 'comserv:system',
        username_key: 'comserv:system',
        email: 'system@comserv.invalid',
        email_key: 'system@comserv.invalid',
        password_hash: null,
        role: 'admin',
        status: 'active',
        first_name: null,
        last_name: null,
        phone: null,
        bio: null,
        created_at: now,
        updated_at: now,
        last_login: null,
        deleted_at: null,
        version: 1,
        is_system: 1,
      }),
    )
    return made.id
  } catch (error) {
    if (violatedUnique(error) === undefined) throw error
    return ensureSystemUser({ database, clock })
  }
}
