import type { Db } from '../db/database.ts'
import { rangesWithin } from '../lib/ip-addresses.ts'
import { type Narrowing, parsedRules } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'
import { ancestorsOf } from './store.ts'

/** The rate limit of a credential, the lowest first; its figures are settings of the server. */
export const tiers = ['standard', 'premium'] as const
export type Tier = (typeof tiers)[number]

/** Whether one tier allows more requests than another; both as the database holds them. */
export function isAbove(tier: string, limit: string): boolean {
  return tiers.indexOf(tier as Tier) > tiers.indexOf(limit as Tier)
}

/** What limits a credential: its own bounds, and those of the credentials that it descends from. */
export interface Bounds {
  /** The earliest end. */
  expiresAt: string | null
  /** Lists of ranges. An address must be in one of each. */
  allowedIps: readonly (readonly string[])[]
  /** The rules of each, the credential's own first. */
  narrowings: readonly Narrowing[]
  /** The credentials that it descends from, the nearest first. */
  ancestors: readonly Ancestor[]
  /** The lowest. An ancestor with `admin` could set any, so that its own does not count. */
  tier: Tier
}

export interface Ancestor {
  name: string
  scopes: ReadonlySet<Scope>
}

export interface BoundsRow {
  id: number
  parent_id: number | null
  expires_at: string | null
  allowed_ips: string | null
  name: string
  rules: string | null
  /** Scope names, separated by spaces. */
  scopes: string
  tier: string
}

/**
 * Computed at every use instead of stored: a parent that is bound more tightly later binds its children from then on.
 */
export async function boundsOf(db: Db, row: BoundsRow): Promise<Bounds> {
  const [bounds] = await boundsOfAll(db, [row])
  return bounds ?? merged([row])
}

export async function boundsOfAll(db: Db, rows: readonly BoundsRow[]): Promise<Bounds[]> {
  const children = rows.filter(({ parent_id }) => parent_id !== null).map(({ id }) => id)
  const ancestors = await ancestorsOf(db, children)
  return rows.map((row) => merged([row, ...ancestors.filter(({ descendant }) => descendant === row.id)]))
}

/** The bounds that are compared as they are. */
export type Limits = Pick<Bounds, 'expiresAt' | 'allowedIps'>

/**
 * Whether one is bound at least as tightly as the other. An address must be in each list: one list that stays within a
 * limit is enough.
 */
export function boundsWithin(inner: Limits, outer: Limits): boolean {
  const endsInTime =
    outer.expiresAt === null || (inner.expiresAt !== null && inner.expiresAt <= outer.expiresAt)
  return (
    endsInTime &&
    outer.allowedIps.every((limit) => inner.allowedIps.some((list) => rangesWithin(list, limit)))
  )
}

type Bounding = Omit<BoundsRow, 'id' | 'parent_id'>

/** @param line a credential, then its parent, and so on */
function merged(line: readonly [Bounding, ...Bounding[]]): Bounds {
  const [own, ...above] = line
  const ends = line.flatMap(({ expires_at }) => expires_at ?? [])
  return {
    expiresAt: ends.sort()[0] ?? null,
    allowedIps: line.flatMap(({ allowed_ips }) => (allowed_ips === null ? [] : [allowed_ips.split(' ')])),
    narrowings: line.map(({ name, rules }) => ({ by: 'credential', name, rules: parsedRules(rules) })),
    ancestors: above.map(({ name, scopes }) => ({ name, scopes: scopesOf(scopes) })),
    tier: above
      .filter(({ scopes }) => !scopesOf(scopes).has('admin'))
      .reduce((lowest, { tier }) => (isAbove(lowest, tier) ? (tier as Tier) : lowest), own.tier as Tier),
  }
}

function scopesOf(names: string): ReadonlySet<Scope> {
  return expandScopes(names.split(' ') as ScopeName[])
}
