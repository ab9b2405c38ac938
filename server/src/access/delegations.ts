import type { Db } from '../db/database.ts'
import type { DelegatePrincipal } from './caller.ts'
import { grantOfRole } from './grant.ts'
import { expandScopes, type ScopeName, scopeNames } from './scopes.ts'
import { roleOf } from './store.ts'

/** The names among them that are rights of the API; others say who the person is. */
export function apiScopesOf(names: readonly string[]): ScopeName[] {
  return scopeNames.filter((name) => names.includes(name))
}

/**
 * An application that acts for a person: what its token says, within what the person allowed it, what the administrator
 * lets it ask for, and what the person may do now.
 *
 * It is read from the database for every request, as sessions are: a person who was suspended, demoted or erased, and an
 * application that lost its access, are refused at the next request in every process.
 * @param scope that of the token
 */
export async function delegateOf(
  db: Db,
  { sid, clientId, scope }: { sid: string; clientId: string; scope: string },
  now: string,
): Promise<DelegatePrincipal | undefined> {
  const row = await findSignIn(db, sid)
  if (!row || row.client_id !== clientId || row.expires_at <= now) return undefined
  if (row.roles !== null && !row.roles.split(' ').includes(row.role)) return undefined
  const { scopes, reach } = grantOfRole(roleOf(row))
  const limits = [scope, row.allowed, row.scopes].map((names) => expandScopes(apiScopesOf(names.split(' '))))
  return {
    kind: 'delegate',
    id: row.user_id,
    username: row.username,
    role: row.role,
    scopes: limits.reduce((left, limit) => left.intersection(limit), scopes),
    reach,
    signInId: row.id,
    known: scope.split(' ').filter((name) => apiScopesOf([name]).length === 0),
    application: {
      id: row.application_id,
      clientId,
      name: row.application_name,
      origins: row.origins.split(' '),
    },
  }
}

/** With its application and its person; undefined when the person may not sign in. */
function findSignIn(db: Db, sid: string) {
  return db
    .selectFrom('application_sign_ins as sign_in')
    .innerJoin('applications', 'applications.id', 'sign_in.application_id')
    .innerJoin('users', 'users.id', 'sign_in.user_id')
    .leftJoin('roles', 'roles.name', 'users.role')
    .select(['sign_in.id', 'sign_in.application_id', 'sign_in.user_id', 'sign_in.scopes'])
    .select(['sign_in.expires_at', 'applications.client_id', 'applications.name as application_name'])
    .select(['applications.scopes as allowed', 'applications.roles', 'applications.origins'])
    .select(['users.username', 'users.role as role'])
    .select(['roles.scopes as role_scopes', 'roles.own_only as role_own_only', 'roles.rules as role_rules'])
    .where('sign_in.sid', '=', sid)
    .where('users.status', '=', 'active')
    .where('users.deleted_at', 'is', null)
    .executeTakeFirst()
}
