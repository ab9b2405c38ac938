import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { findSystemUser, insertSystemUser } from './store.ts'

/**
 * The id of the built-in account that owns records of no user. It appears in no list and no total, has no password, and
 * no person can take its name (the pattern of usernames allows no colon). It is made when it is first needed.
 */
export async function ensureSystemUser({
  database,
  clock,
}: Pick<Context, 'database' | 'clock'>): Promise<number> {
  const known = await findSystemUser(database.read)
  return known?.id ?? database.write((trx) => systemUserIn(trx, toTimestamp(clock.now())))
}

export async function systemUserIn(trx: Transaction, now: string): Promise<number> {
  const known = await findSystemUser(trx.db)
  if (known) return known.id
  const made = await insertSystemUser(trx, {
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
  })
  // Otherwise another transaction was faster, and has committed.
  return made?.id ?? systemUserIn(trx, now)
}
