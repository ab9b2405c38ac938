import type { Selectable } from 'kysely'
import type { Db, Transaction } from '../db/database.ts'
import type { CredentialSecretsTable } from '../db/tables.ts'
import { dropLink } from './one-time-links.ts'
import type { StoredRole } from './roles.ts'

/** The role of a user, joined by its name. */
const roleColumns = [
  'users.role as role',
  'roles.scopes as role_scopes',
  'roles.own_only as role_own_only',
  'roles.rules as role_rules',
] as const

interface RoleColumns {
  role: string
  role_scopes: string | null
  role_own_only: number | null
  role_rules: string | null
}

/** A role without a row, of a restored user for instance, has no scopes. */
export function roleOf({ role, role_scopes, role_own_only, role_rules }: RoleColumns): StoredRole {
  return {
    name: role,
    description: '',
    scopes: role_scopes ?? '',
    own_only: role_own_only ?? 1,
    rules: role_rules,
  }
}

export type SecretRow = Selectable<CredentialSecretsTable>

/** @param now excludes revoked tokens that have expired */
export async function findCredential(db: Db, by: 'client_id' | 'secret_hash', value: string, now: string) {
  const row = await db
    .selectFrom('credentials')
    .innerJoin('users', 'users.id', 'credentials.owner_id')
    .leftJoin('roles', 'roles.name', 'users.role')
    .selectAll('credentials')
    .select(roleColumns)
    .select(['users.status as owner_status', 'users.deleted_at as owner_deleted_at'])
    .where((eb) =>
      by === 'client_id'
        ? eb('credentials.client_id', '=', value)
        : eb(
            'credentials.id',
            '=',
            eb.selectFrom('credential_secrets').select('credential_id').where('secret_hash', '=', value),
          ),
    )
    .executeTakeFirst()
  if (!row) return undefined
  const [secrets, revokedTokens] = await Promise.all([
    secretsOf(db, [row.id]),
    revokedTokensOf(db, row.id, now),
  ])
  return { ...row, secrets, revokedTokens }
}

/** Those of the users who may sign in, and the system account. */
export async function findActiveUsers(
  db: Db,
  ids: readonly number[],
): Promise<(RoleColumns & { id: number })[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('users')
    .leftJoin('roles', 'roles.name', 'users.role')
    .select('users.id')
    .select(roleColumns)
    .where('users.id', 'in', ids)
    .where('status', '=', 'active')
    .where('deleted_at', 'is', null)
    .execute()
}

/** By the id of the user, whether or not they may sign in; users who are gone are missing. */
export async function rolesOf(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, StoredRole>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('users')
    .leftJoin('roles', 'roles.name', 'users.role')
    .select('users.id')
    .select(roleColumns)
    .where('users.id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.id, roleOf(row)]))
}

/** Oldest first: the last one is current. */
export async function secretsOf(db: Db, credentialIds: readonly number[]): Promise<SecretRow[]> {
  if (credentialIds.length === 0) return []
  return db
    .selectFrom('credential_secrets')
    .selectAll()
    .where('credential_id', 'in', credentialIds)
    .orderBy('id')
    .execute()
}

export async function findBounds(db: Db, id: number) {
  return (await boundsRowsOf(db, [id]))[0]
}

export async function boundsRowsOf(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return []
  return db
    .selectFrom('credentials')
    .select(['id', 'parent_id', 'expires_at', 'allowed_ips', 'name', 'rules', 'scopes', 'tier', 'revoked_at'])
    .select('owner_id')
    .where('id', 'in', ids)
    .execute()
}

/** The credentials that created others, that created those, and so on; the nearest first. */
export async function ancestorsOf(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return []
  return db
    .withRecursive('line', (line) =>
      line
        .selectFrom('credentials as child')
        .innerJoin('credentials as parent', 'parent.id', 'child.parent_id')
        .where('child.id', 'in', ids)
        .select(['child.id as descendant', 'parent.id', 'parent.parent_id'])
        .select(['parent.expires_at', 'parent.allowed_ips', 'parent.name', 'parent.rules'])
        .select(['parent.scopes', 'parent.tier'])
        .unionAll(
          line
            .selectFrom('line')
            .innerJoin('credentials as parent', 'parent.id', 'line.parent_id')
            .select(['line.descendant', 'parent.id', 'parent.parent_id'])
            .select(['parent.expires_at', 'parent.allowed_ips', 'parent.name', 'parent.rules'])
            .select(['parent.scopes', 'parent.tier']),
        ),
    )
    .selectFrom('line')
    .select(['descendant', 'id', 'expires_at', 'allowed_ips', 'name', 'rules', 'scopes', 'tier'])
    .orderBy('id', 'desc')
    .execute()
}

async function revokedTokensOf(db: Db, credentialId: number, now: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('revoked_tokens')
    .select('jti')
    .where('credential_id', '=', credentialId)
    .where('expires_at', '>', now)
    .execute()
  return new Set(rows.map((row) => row.jti))
}

/** The session of a token, with the current role and status of its user: a change applies at once in every process. */
export function findSession(db: Db, tokenHash: string) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('roles', 'roles.name', 'users.role')
    .select(roleColumns)
    .select(['sessions.id', 'user_id', 'last_seen_at', 'expires_at', 'confirmed_at', 'username'])
    .where('token_hash', '=', tokenHash)
    .where('users.status', '=', 'active')
    .where('users.deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Moves forward only, so that two processes do not write the same minute twice. */
export async function markSeen(
  db: Db,
  id: number,
  seen: { at: string; before: string; ip: string },
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: seen.at, ip: seen.ip })
    .where('id', '=', id)
    .where('last_seen_at', '<=', seen.before)
    .execute()
}

/**
 * Ends the sessions of a user, the sign-ins of the applications that act for them, and a link that sets a new password, in
 * the transaction of a suspension, a deletion or a new password.
 * @param except the session that goes on
 */
export async function endSessionsOf(trx: Transaction, userId: number, except?: number): Promise<void> {
  let query = trx.db.deleteFrom('sessions').where('user_id', '=', userId)
  if (except !== undefined) query = query.where('id', '!=', except)
  await query.execute()
  await trx.db.deleteFrom('application_sign_ins').where('user_id', '=', userId).execute()
  await trx.db.deleteFrom('device_requests').where('user_id', '=', userId).execute()
  await trx.db.deleteFrom('sign_ins').where('user_id', '=', userId).execute()
  await dropLink(trx.db, `user:${userId}`)
}
