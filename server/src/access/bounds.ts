import type { Db } from '../db/database.ts'
import { rangesWithin } from '../lib/ip-addresses.ts'
import { type Narrowing, parsedRules } from './rules.ts'
import { ancestorsOf } from './store.ts'

/** What limits a credential beside its scopes: its own bounds, and those of the credentials that it descends from. */
export interface Bounds {
  /** The earliest end. */
  expiresAt: string | null
  /** Lists of ranges. An address must be in one of each. */
  allowedIps: readonly (readonly string[])[]
  /** The rules of each, the credential's own first. */
  narrowings: readonly Narrowing[]
}

export interface BoundsRow {
  id: number
  parent_id: number | null
  expires_at: string | null
  allowed_ips: string | null
  name: string
  rules: string | null
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

/**
 * Whether one is bound at least as tightly as the other. An address must be in each list: one list that stays within a
 * limit is enough.
 */
export function boundsWithin(inner: Bounds, outer: Bounds): boolean {
  const endsInTime =
    outer.expiresAt === null || (inner.expiresAt !== null && inner.expiresAt <= outer.expiresAt)
  return (
    endsInTime &&
    outer.allowedIps.every((limit) => inner.allowedIps.some((list) => rangesWithin(list, limit)))
  )
}

/** @param line a credential, then its parent, and so on */
function merged(line: readonly Pick<BoundsRow, 'expires_at' | 'allowed_ips' | 'name' | 'rules'>[]): Bounds {
  const ends = line.flatMap(({ expires_at }) => expires_at ?? [])
  return {
    expiresAt: ends.sort()[0] ?? null,
    allowedIps: line.flatMap(({ allowed_ips }) => (allowed_ips === null ? [] : [allowed_ips.split(' ')])),
    narrowings: line.map(({ name, rules }) => ({ by: 'credential', name, rules: parsedRules(rules) })),
  }
}
