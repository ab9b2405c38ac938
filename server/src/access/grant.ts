import type { Db } from '../db/database.ts'
import { fullReach, type Reach, type Role, reachOfRole, scopeNamesOfRole } from './roles.ts'
import { narrowedBy, type Rule } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'
import { findActiveUsers } from './store.ts'

/** What a caller may do now. */
export interface Grant {
  scopes: ReadonlySet<Scope>
  /** The records that the scopes apply to. */
  reach: Reach
}

/** Scopes that a credential was given and cannot use, because the role of its owner does not have them. */
export interface Withheld {
  role: Role
  scopes: ReadonlySet<Scope>
}

/** What a person with the role may do. Nothing else turns a role into scopes and reach. */
export function grantOfRole(role: Role): Grant {
  return { scopes: expandScopes(scopeNamesOfRole(role)), reach: reachOfRole(role) }
}

/**
 * What a credential may do: what it was given, as far as its owner may do that now, with the rules of both. `admin` is no exception: without an
 * administrator as owner it grants what the role of the owner grants. The system account has the role `admin`, so that
 * its credentials are bound by their scopes alone.
 */
export function grantOfCredential(
  { name, scopes: given, rules }: { name: string; scopes: readonly ScopeName[]; rules: readonly Rule[] },
  ownerRole: Role,
): Grant & { withheld: Withheld } {
  const named = expandScopes(given)
  const { scopes, reach } = grantOfRole(ownerRole)
  return {
    scopes: named.intersection(scopes),
    reach: { ...reach, documents: narrowedBy(reach.documents, { by: 'credential', name, rules }) },
    withheld: { role: ownerRole, scopes: named.difference(scopes) },
  }
}

/** What a user may do now, outside of a request; undefined for a user who may not sign in. */
export async function grantOf(db: Db, userId: number): Promise<Grant | undefined> {
  return (await grantsOf(db, [userId])).get(userId)
}

/** The same for several users; those who may not sign in are missing. */
export async function grantsOf(db: Db, userIds: readonly number[]): Promise<ReadonlyMap<number, Grant>> {
  const users = await findActiveUsers(db, userIds)
  return new Map(users.map(({ id, role }) => [id, grantOfRole(role as Role)]))
}

/** Without any restriction. */
export const fullGrant: Grant = { scopes: expandScopes(['admin']), reach: fullReach }
