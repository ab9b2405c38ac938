import { type Bounds, boundsOf, boundsWithin, isAbove } from '../access/bounds.ts'
import { type Actor, requireAdmin } from '../access/caller.ts'
import { expandScopes, type ScopeName, scopeBeyond } from '../access/scopes.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import type { Transaction } from '../db/database.ts'
import { rangesWithin } from '../lib/ip-addresses.ts'
import { type CredentialRow, findCredential } from './store.ts'

/** The columns that bound a credential. */
type BoundColumns = Pick<CredentialRow, 'expires_at' | 'allowed_ips'>

/** Who a credential comes from. */
export type Maker = Pick<Actor, 'type' | 'id' | 'use'>

/**
 * The bounds of a calling credential, which it can neither lift nor exceed in what it creates; undefined for people and
 * operators, who have none. Read in the transaction: bounds that were narrowed meanwhile count.
 * @param lock keeps the caller from being revoked before its child exists
 */
export async function limitsOf(
  trx: Transaction,
  actor: Maker,
  lock?: { forUpdate: true },
): Promise<Bounds | undefined> {
  if (actor.type !== 'credential' || actor.id === null) return undefined
  const row = await findCredential(trx.db, actor.id, lock)
  if (!row || row.revoked_at !== null)
    throw new AppError('authentication_failed', 'The credential was revoked.')
  const bounds = await boundsOf(trx.db, row)
  if (actor.use) actor.use.bounds = bounds
  return bounds
}

/** What a credential gets that its creator gives no bounds: those of the creator. */
export function inherited(limits: Bounds | undefined): BoundColumns {
  return { expires_at: limits?.expiresAt ?? null, allowed_ips: limits?.allowedIps[0]?.join(' ') ?? null }
}

/** @param wanted the bounds that the caller sets @throws AppError that names the bound, and what is allowed */
export function requireWithin(limits: Bounds | undefined, wanted: Partial<BoundColumns>): void {
  const problem = limits && problemOf(limits, wanted)
  if (problem === undefined) return
  throw new AppError('permission_denied', `${problem}: ${ownBounds}.`, refused)
}

/** Tiers are up to administrators; a program with `admin` is one, except for its own. */
export function requireTierOfAdmin(actor: Actor, before: CredentialRow, tier: string): void {
  requireAdmin(actor, "Changing a credential's tier")
  if (actor.type === 'credential' && actor.id === before.id && isAbove(tier, before.tier))
    throw new AppError(
      'permission_denied',
      `The 'tier' field must be '${before.tier}': ${ownBounds}.`,
      refused,
    )
}

/** The same for the bounds of its parent, which apply no matter who sets them: more would have no effect. */
export function requireWithinParent(
  parent: CredentialRow,
  bounds: Bounds,
  wanted: Partial<BoundColumns & Pick<CredentialRow, 'scopes' | 'tier'>>,
): void {
  const problem = problemOf(bounds, wanted) ?? beyondParent(parent, bounds, wanted)
  if (problem === undefined) return
  throw invalidRequest(`${problem}: these are the bounds of the credential ${parent.id}, which created it.`)
}

/**
 * A credential that is bound less than the caller would be a way around the caller's bounds. The tier of an administrator
 * is no such bound.
 */
export async function requireBoundAsCaller(
  trx: Transaction,
  actor: Actor,
  limits: Bounds | undefined,
  row: CredentialRow,
): Promise<void> {
  if (!limits) return
  const bounds = await boundsOf(trx.db, row)
  const isWider =
    !boundsWithin(bounds, limits) || (isAbove(bounds.tier, limits.tier) && !actor.scopes.has('admin'))
  if (!isWider) return
  throw new AppError(
    'permission_denied',
    `The credential ${row.id} has wider bounds (expires_at, allowed_ips, tier) than the calling credential, which therefore cannot change it.`,
    refused,
  )
}

const refused = { message: 'Insufficient permissions' }
const ownBounds = 'a credential can neither lift its own bounds nor hand on wider ones'

function beyondParent(
  parent: CredentialRow,
  { ancestors, tier }: Bounds,
  wanted: Partial<Pick<CredentialRow, 'scopes' | 'tier'>>,
): string | undefined {
  const names = (scopes: string) => scopes.split(' ') as ScopeName[]
  const held = expandScopes(names(parent.scopes))
  const within = ancestors.reduce((left, { scopes }) => left.intersection(scopes), held)
  const beyond = wanted.scopes === undefined ? undefined : scopeBeyond(names(wanted.scopes), within)
  if (beyond !== undefined) return `The 'scopes' field cannot include '${beyond}'`
  const isTooHigh = wanted.tier !== undefined && !held.has('admin') && isAbove(wanted.tier, tier)
  return isTooHigh ? `The 'tier' field must be '${tier}'` : undefined
}

/** Which bound is exceeded, and what it may be. */
function problemOf(
  { expiresAt, allowedIps }: Bounds,
  { expires_at, allowed_ips }: Partial<BoundColumns>,
): string | undefined {
  if (expiresAt !== null && expires_at !== undefined && (expires_at === null || expires_at > expiresAt))
    return `The 'expires_at' field must be ${expiresAt} or earlier`
  if (allowed_ips === undefined) return undefined
  const passed = allowedIps.find((limit) => !allowed_ips || !rangesWithin(allowed_ips.split(' '), limit))
  return passed && `The 'allowed_ips' field must stay within ${passed.join(', ')}`
}
