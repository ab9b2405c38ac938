import { AppError } from '../api/errors.ts'
import type { Db } from '../db/database.ts'
import { picked } from '../lib/picked.ts'
import { type Bounds, boundsOf, boundsWithin, type Limits } from './bounds.ts'
import { type Actor, missingScope } from './caller.ts'
import { allDocuments, type Narrowing, narrowedBy, scopeReachedBeyond } from './rules.ts'
import type { Scope } from './scopes.ts'
import { findBounds } from './store.ts'

/** What a request needed of its caller. Stored with its response, which is replayed only to callers who have it still. */
export interface Needs {
  scopes: readonly Scope[]
  ownOnly: boolean
  publishedOnly: boolean
  narrowings: readonly Narrowing[]
  /** Whose records were the caller's own. */
  userId: number
  bounds?: Limits
}

/**
 * Records what a request makes use of, while it is carried out: the checks themselves say what was needed, so that no
 * route has to.
 */
export class GrantUse {
  readonly #scopes = new Set<Scope>()
  /** Those of the calling credential, where the request depends on them. */
  bounds: Bounds | undefined

  watch(actor: Actor): Actor {
    return { ...actor, scopes: new WatchedScopes(actor.scopes, this.#scopes), use: this }
  }

  needs({ reach, userId }: Actor): Needs {
    const { ownOnly, publishedOnly, documents } = reach
    const bounds = this.bounds && picked(this.bounds, ['expiresAt', 'allowedIps'])
    const common = { ownOnly, publishedOnly, narrowings: documents.by, userId }
    return { ...common, scopes: [...this.#scopes], ...(bounds ? { bounds } : {}) }
  }
}

/**
 * Whether the actor has a scope that decides only about what is shown: the request does not need it, because it goes on
 * without it.
 */
export function maySee({ scopes }: Pick<Actor, 'scopes'>, scope: Scope): boolean {
  return Set.prototype.has.call(scopes, scope)
}

/** Only a scope that is found is needed: a request goes on without one that is missing, or ends. */
class WatchedScopes extends Set<Scope> {
  readonly #found: Set<Scope>

  constructor(scopes: Iterable<Scope>, found: Set<Scope>) {
    super(scopes)
    this.#found = found
  }

  override has(scope: Scope): boolean {
    const isHeld = super.has(scope)
    // Undefined while the constructor of Set runs.
    if (isHeld) this.#found?.add(scope)
    return isHeld
  }
}

/**
 * @param shows the scope that reads what the response shows; without it, the caller is not shown that
 * @throws AppError permission_denied when the actor could not make the request now
 */
export async function requireNeeds(db: Db, actor: Actor, needs: Needs, shows?: Scope): Promise<void> {
  const missing = needs.scopes.filter((scope) => !actor.scopes.has(scope))
  if (missing.length > 0)
    throw missingScope(missing.includes('admin') ? 'admin' : missing, 'Repeating this request', actor)
  const seen = shows !== undefined && actor.scopes.has(shows) ? [shows] : []
  if (reachesLess(actor, { ...needs, scopes: [...needs.scopes, ...seen] }))
    throw refusal('reaches fewer records than when the request was first sent')
  if (!needs.bounds || actor.id === null) return
  const row = await findBounds(db, actor.id)
  if (!row || !boundsWithin(needs.bounds, await boundsOf(db, row)))
    throw refusal('has narrower bounds than when the request was first sent')
}

function reachesLess({ reach, userId }: Actor, needs: Needs): boolean {
  const own = userId === needs.userId
  if (reach.ownOnly && (!needs.ownOnly || !own)) return true
  if (reach.publishedOnly && !needs.publishedOnly) return true
  const then = needs.narrowings.reduce(narrowedBy, allDocuments)
  return scopeReachedBeyond(reach.documents, then, needs.scopes, { own }) !== undefined
}

function refusal(why: string): AppError {
  return new AppError(
    'permission_denied',
    `The stored response is not repeated: the caller ${why}. Send it as a new request, with a new Idempotency-Key.`,
    { message: 'Insufficient permissions' },
  )
}
