import type { Db } from '../db/database.ts'
import { type BuiltInRole, fullReach, type Reach, reachOfTerms, type StoredRole, termsOf } from './roles.ts'
import { type Narrowing, narrowedBy } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'
import { findActiveUsers, roleOf } from './store.ts'

/** What a caller may do now. */
export interface Grant {
  scopes: ReadonlySet<Scope>
  /** The records that the scopes apply to. */
  reach: Reach
}

/** Scopes that a credential was given and cannot use, because the role of its owner does not have them. */
export interface Withheld {
  role: string
  scopes: ReadonlySet<Scope>
}

/** What a person with the role may do. Nothing else turns a role into scopes and reach. */
export function grantOfRole(role: BuiltInRole | StoredRole): Grant {
  const terms = termsOf(role)
  const name = typeof role === 'string' ? role : role.name
  return { scopes: expandScopes(terms.scopes), reach: reachOfTerms(name, terms) }
}

/**
 * What a credential may do: what it was given, as far as its owner may do that now, with the rules of both. `admin` is no exception: without an
 * administrator as owner it grants what the role of the owner grants. The system account has the role `admin`, so that
 * its credentials are bound by their scopes alone.
 */
export function grantOfCredential(
  { scopes: given, narrowings }: { scopes: readonly ScopeName[]; narrowings: readonly Narrowing[] },
  ownerRole: StoredRole,
): Grant & { withheld: Withheld } {
  const named = expandScopes(given)
  const { scopes, reach } = grantOfRole(ownerRole)
  return {
    scopes: named.intersection(scopes),
    reach: { ...reach, documents: narrowings.reduce(narrowedBy, reach.documents) },
    withheld: { role: ownerRole.name, scopes: named.difference(scopes) },
  }
}

/** What a user may do now, outside of a request; undefined for a user who may not sign in. */
export async function grantOf(db: Db, userId: number): Promise<Grant | undefined> {
  return (await grantsOf(db, [userId])).get(userId)
}

/** The same for several users; those who may not sign in are missing. */
export async function grantsOf(db: Db, userIds: readonly number[]): Promise<ReadonlyMap<number, Grant>> {
  const users = await findActiveUsers(db, userIds)
  return new Map(users.map((user) => [user.id, grantOfRole(roleOf(user))]))
}

/** Without any restriction. */
export const fullGrant: Grant = { scopes: expandScopes(['admin']), reach: fullReach }
