import type { Db } from '../db/database.ts'
import type { Bounds } from './bounds.ts'
import { type BuiltInRole, fullReach, type Reach, reachOfTerms, type StoredRole, termsOf } from './roles.ts'
import { narrowedBy } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'
import { findActiveUsers, roleOf } from './store.ts'

/** What a caller may do now. */
export interface Grant {
  scopes: ReadonlySet<Scope>
  /** The records that the scopes apply to. */
  reach: Reach
}

/** Scopes that a credential was given and cannot use: the role of its owner, or an ancestor, does not have them. */
export interface Withheld {
  by: 'role' | 'credential'
  name: string
  scopes: ReadonlySet<Scope>
}

/** The first that withholds all of these scopes. */
export function withheldBy(
  withheld: readonly Withheld[] = [],
  scopes: ReadonlySet<Scope>,
): Withheld | undefined {
  return withheld.find((one) => scopes.isSubsetOf(one.scopes))
}

/** What a person with the role may do. Nothing else turns a role into scopes and reach. */
export function grantOfRole(role: BuiltInRole | StoredRole): Grant {
  const terms = termsOf(role)
  const name = typeof role === 'string' ? role : role.name
  return { scopes: expandScopes(terms.scopes), reach: reachOfTerms(name, terms) }
}

/**
 * What a credential may do: what it was given, as far as its owner and the credentials that it descends from may do that
 * now, with the rules of all. `admin` is no exception: without an administrator as owner it grants what the role of the
 * owner grants. The system account has the role `admin`, so that its credentials are bound by their scopes alone.
 */
export function grantOfCredential(
  given: readonly ScopeName[],
  { narrowings, ancestors }: Pick<Bounds, 'narrowings' | 'ancestors'>,
  ownerRole: StoredRole,
): Grant & { withheld: Withheld[] } {
  const named = expandScopes(given)
  const { scopes: ofOwner, reach } = grantOfRole(ownerRole)
  const limits = [
    { by: 'role' as const, name: ownerRole.name, scopes: ofOwner },
    ...ancestors.map((ancestor) => ({ by: 'credential' as const, ...ancestor })),
  ]
  return {
    scopes: limits.reduce((left, { scopes }) => left.intersection(scopes), named),
    reach: { ...reach, documents: narrowings.reduce(narrowedBy, reach.documents) },
    withheld: limits.map(({ scopes, ...limit }) => ({ ...limit, scopes: named.difference(scopes) })),
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
