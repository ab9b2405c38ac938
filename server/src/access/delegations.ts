import type { Database, Db } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
import { type Caller, onBehalfOf } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import type { Soon } from '../lib/soon.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import type { DelegatePrincipal } from './caller.ts'
import { grantOfRole } from './grant.ts'
import { expandScopes, type ScopeName, scopeNames } from './scopes.ts'
import { roleOf } from './store.ts'

/** The names among them that are rights of the API; others say who the person is. */
export function apiScopesOf(names: readonly string[]): ScopeName[] {
  return scopeNames.filter((name) => names.includes(name))
}

/** What a token of an application says. */
export interface Delegation {
  sid: string
  clientId: string
  scope: string
}

/** Whether a token is that of an application that acts for a person. */
export function isDelegation<T extends { sid: string | undefined }>(
  claims: T,
): claims is T & { sid: string } {
  return claims.sid !== undefined
}

/**
 * Finds for whom an application acts. A person who was suspended, demoted or erased, and an application that lost its
 * access, are refused at the next request in every process: what was read counts as long as the database says that
 * nothing was committed since. Where it cannot say so cheaply, every request reads.
 */
export class Delegations {
  readonly #database: Database
  readonly #clock: Clock
  /** By the claims of a token, which are one object for as long as the token is remembered as verified. */
  readonly #known = new WeakMap<Delegation, Found & { revision: number }>()

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** @param forWhom the caller for whom it is read */
  of(delegation: Delegation, forWhom: () => Caller): Soon<DelegatePrincipal | undefined> {
    // Asked before reading: what is committed in between makes the next request read again.
    const revision = this.#database.revision()
    const nowMs = this.#clock.now()
    const known = this.#known.get(delegation)
    if (known && known.revision === revision && known.expiresAtMs > nowMs) return known.principal
    return onBehalfOf(forWhom(), () => this.#read(delegation, nowMs, revision))
  }

  async #read(delegation: Delegation, nowMs: number, revision: number | undefined) {
    const found = await delegateOf(this.#database.read, delegation, toTimestamp(nowMs))
    if (found && revision !== undefined) this.#known.set(delegation, { revision, ...found })
    return found?.principal
  }
}

interface Found {
  principal: DelegatePrincipal
  expiresAtMs: number
}

/**
 * An application that acts for a person: what its token says, within what the person allowed it, what the administrator
 * lets it ask for, and what the person may do now.
 */
export async function delegateOf(
  db: Db,
  { sid, clientId, scope }: Delegation,
  now: string,
): Promise<Found | undefined> {
  const [row] = await findSignIn(db, { sid })
  if (!row || row.client_id !== clientId || row.expires_at <= now) return undefined
  if (row.roles !== null && !row.roles.split(' ').includes(row.role)) return undefined
  const { scopes, reach } = grantOfRole(roleOf(row))
  const limits = [scope, row.allowed, row.scopes].map((names) => expandScopes(apiScopesOf(names.split(' '))))
  const principal: DelegatePrincipal = {
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
  return { principal, expiresAtMs: fromTimestamp(row.expires_at) }
}

/** With its application and its person; undefined when the person may not sign in. */
const findSignIn = prepared((db, { sid }: { sid: string }) =>
  db
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
    .where('users.deleted_at', 'is', null),
)
