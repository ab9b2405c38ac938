import { boundsOf } from '../access/bounds.ts'
import type { Actor } from '../access/caller.ts'
import {
  allDocuments,
  narrowedBy,
  narrowedScopes,
  rulesToHandOn,
  scopeReachedBeyond,
} from '../access/rules.ts'
import { expandScopes, type Scope, type ScopeName } from '../access/scopes.ts'
import { ancestorsOf } from '../access/store.ts'
import { invalidRequest } from '../api/errors.ts'
import type { Transaction } from '../db/database.ts'
import { rangesWithin } from '../lib/ip-addresses.ts'
import type { CredentialRow } from './store.ts'

type Columns = Partial<CredentialRow>

/** Whether a change takes the credential away from the one that created it. No program releases what descends from itself. */
export async function isHandedOver(
  { db }: Transaction,
  actor: Actor,
  before: CredentialRow,
  changes: Columns,
): Promise<boolean> {
  if (before.parent_id === null || changes.owner_id === undefined) return false
  if (actor.type !== 'credential') return true
  return (await ancestorsOf(db, [before.id])).every(({ id }) => id !== actor.id)
}

/**
 * What is handed over no longer ends with the credential that created it, which its former owner may revoke. It keeps what
 * bound it through that one as its own, unless whoever hands it over gives it something else.
 * @param changes those of the request
 */
export async function released(trx: Transaction, before: CredentialRow, changes: Columns): Promise<Columns> {
  const { expiresAt, allowedIps, tier, ancestors, narrowings } = await boundsOf(trx.db, before)
  const addresses = [...new Set(allowedIps.flat())].filter((range) =>
    allowedIps.every((list) => rangesWithin([range], list)),
  )
  if (allowedIps.length > 0 && addresses.length === 0 && changes.allowed_ips === undefined)
    throw lost('allowed_ips', 'no address')
  const own = {
    scopes:
      changes.scopes ??
      scopesLeft(
        before,
        ancestors.map(({ scopes }) => scopes),
      ),
    expires_at: expiresAt,
    allowed_ips: allowedIps.length > 0 ? addresses.join(' ') : null,
    tier,
    rules: changes.rules === undefined ? rulesLeft(narrowings) : changes.rules,
  }
  return { ...own, ...changes, parent_id: null }
}

function scopesLeft({ scopes }: CredentialRow, limits: readonly ReadonlySet<Scope>[]): string {
  const names = scopes.split(' ') as ScopeName[]
  const held = expandScopes(names)
  const left = limits.reduce<ReadonlySet<Scope>>((one, limit) => one.intersection(limit), held)
  if (left.size === held.size) return scopes
  if (left.size === 0) throw lost('scopes', 'no scope')
  return [...left].join(' ')
}

function rulesLeft(narrowings: Awaited<ReturnType<typeof boundsOf>>['narrowings']): string | null {
  const reach = narrowings.reduce(narrowedBy, allDocuments)
  const rules = rulesToHandOn(reach) ?? []
  const made = narrowedBy(allDocuments, { by: 'credential', name: '', rules })
  if (scopeReachedBeyond(reach, made, Object.keys(narrowedScopes), { own: true }) !== undefined)
    throw invalidRequest(
      "The rules of the credential and of those that created it cannot be said as its own; send 'rules' with the new owner.",
    )
  return rules.length > 0 ? JSON.stringify(rules) : null
}

function lost(field: string, what: string) {
  return invalidRequest(
    `The credentials that created this one leave it ${what}; send '${field}' with the new owner.`,
  )
}
