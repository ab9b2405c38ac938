import { boundsOf } from '../access/bounds.ts'
import { type Actor, missingScope, requireAdmin } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { requireNarrowable, requireRulesWithin, rulesFor } from '../access/handed-on.ts'
import { namingUnknown, spelledAsStored } from '../access/rule-categories.ts'
import { parsedRules } from '../access/rules.ts'
import { expandScopes, parseScopes, type ScopeName, scopeBeyond } from '../access/scopes.ts'
import { displayPrefix, generateClientId, generateSecret, hashSecret } from '../access/secret.ts'
import { etagWithNotes, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { type Change, readerFor, type Transaction } from '../db/database.ts'
import { parseRange } from '../lib/ip-addresses.ts'
import { settled } from '../lib/merge-patch.ts'
import { dayMs, fromTimestamp, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { changing, recordOf } from '../resource/record.ts'
import { type Owned, requireOwner } from '../users/ownership.ts'
import {
  inherited,
  limitsOf,
  type Maker,
  requireBoundAsCaller,
  requireTierOfAdmin,
  requireWithin,
  requireWithinParent,
} from './bounds.ts'
import { isHandedOver, released } from './hand-over.ts'
import type { Credential, CredentialCreate, CredentialFilter, CredentialUpdate } from './schema.ts'
import { credentialDefaults, expiringDays, graceHoursDefault } from './schema.ts'
import * as store from './store.ts'

export interface CredentialWithSecret extends Credential {
  client_secret: string
}

export const record = recordOf<store.CredentialRow, Credential>({
  name: 'credential',
  actions: { delete: 'revoke' },
  find: (db, id, _, options) => store.findCredential(db, id, options),
  async update(trx, before, { secrets: _s, ends_at: _e, withheld: _w, ...changes }, context) {
    trx.afterCommit(() => context.credentials.forgetAll())
    await store.updateCredential(trx.db, before, changes)
    return (await store.findCredential(trx.db, before.id)) ?? before
  },
  mayRead: (actor) => maySee(actor, 'credentials:read'),
  isVisible: ({ reach, userId }, { owner_id }) => !reach.ownOnly || owner_id === userId,
  requireChangeable(actor, row) {
    const { id, revoked_at, scopes } = row
    if (revoked_at !== null) {
      throw new AppError(
        'conflict',
        `The credential ${id} was revoked at ${revoked_at}; create a new one instead.`,
      )
    }
    // An actor who changes or rotates a credential can use all of its scopes.
    const names = scopes.split(' ') as ScopeName[]
    requireHeld(actor, names, 'Changing the credential')
    requireRulesWithin(actor, row, expandScopes(names), 'Changing the credential')
  },
  requireOutcome(actor, row) {
    const names = row.scopes.split(' ') as ScopeName[]
    requireNarrowable(parsedRules(row.rules), names)
    requireRulesWithin(actor, row, expandScopes(names), 'Granting this')
  },
  show: (row, { clock }) => toCredential(row, clock.now()),
  // The status and the end of a grace period change with the clock alone; both are part of the representation.
  etag(row, { clock }) {
    const { status, previous_secret_expires_at, withheld_scopes } = toCredential(row, clock.now())
    return etagWithNotes(
      ['credential', row.id, row.version, status, previous_secret_expires_at],
      [row.last_used_at, row.last_used_ip, ...withheld_scopes],
    )
  },
  auditView: (row, { clock }) => toCredential(row, clock.now()),
})

export async function listCredentials(
  { database, clock }: Context,
  actor: Actor,
  asked: CredentialFilter,
  request: ListRequest,
): Promise<Listing<Credential>> {
  const nowMs = clock.now()
  const { status, ...filter } = asked
  const seen = { ...filter, ...inStatus(status, nowMs), ...seenBy(actor) }
  // Many may have a status.
  const reader = status === undefined ? readerFor(database, filter) : database.search()
  const [found, total] = await Promise.all([
    store.listCredentials(reader, seen, request.slice),
    store.countCredentials(reader, seen),
  ])
  const rows = await store.withRelated(database.read, found)
  return listing(request, rows, total, (row) => toCredential(row, nowMs))
}

function seenBy({ reach, userId }: Actor): { seen_by?: number } {
  return reach.ownOnly ? { seen_by: userId } : {}
}

function inStatus(
  status: CredentialFilter['status'],
  nowMs: number,
): Pick<store.SeenFilter, 'revoked' | 'ended'> {
  if (status === undefined) return {}
  if (status === 'revoked') return { revoked: true }
  const now = toTimestamp(nowMs)
  const ended = [{ by: now, is: status === 'expired' }]
  if (status === 'expiring') ended.push({ by: toTimestamp(nowMs + expiringDays * dayMs), is: true })
  return { revoked: false, ended }
}

/**
 * The response is the only place with the secret: just its hash is stored.
 * @param maker the parent, and the source of bounds, where the actor only collects what another has approved
 */
export function createCredential(
  context: Context,
  actor: Actor,
  input: CredentialCreate,
  maker: Maker = actor,
): Change<Tagged<CredentialWithSecret>> {
  const scopes = parseScopes(input.scopes.join(' '))
  requireHeld(actor, scopes, 'Granting it')
  const ownerId = input.owner_id ?? actor.userId
  if (ownerId !== actor.userId) requireAdmin(actor, 'Creating a credential for somebody else')
  const tier = input.tier ?? credentialDefaults.tier
  if (tier !== credentialDefaults.tier) requireAdmin(actor, `The tier '${tier}'`)
  const bounds = {
    ...(input.expires_at ? { expires_at: requireFuture(context, input.expires_at) } : {}),
    ...(input.allowed_ips ? { allowed_ips: toRanges(input.allowed_ips) } : {}),
  }
  const secret = generateSecret()
  const change = record.create(context, actor, async ({ trx, now }) => {
    const limits = await limitsOf(trx, maker, { forUpdate: true })
    requireWithin(limits, bounds)
    await requireOwner(trx, ownerId, ownedAt(context, now))
    const id = await store.insertCredential(trx.db, {
      name: input.name.trim(),
      client_id: generateClientId(),
      scopes: scopes.join(' '),
      owner_id: ownerId,
      parent_id: maker.type === 'credential' ? maker.id : null,
      created_at: now,
      updated_at: now,
      tier,
      ...inherited(limits),
      ...bounds,
      revoked_at: null,
      last_used_at: null,
      last_used_ip: null,
      version: 1,
      rules: rulesFor(actor, await spelledAsStored(trx.db, actor, input.rules)),
    })
    await store.insertSecret(trx.db, secretRow(id, secret, now))
    trx.count('credentials', 1)
    trx.afterCommit(() => context.credentials.forgetAll())
    return record.read(context, trx.db, actor, id)
  })
  return withSecret(namingUnknown(change, actor, input.rules), secret)
}

export function updateCredential(
  context: Context,
  actor: Actor,
  id: number,
  input: CredentialUpdate,
  ifMatch?: IfMatch,
): Change<Tagged<Credential>> {
  const scopes = input.scopes && parseScopes(input.scopes.join(' '))
  if (scopes) requireHeld(actor, scopes, 'Granting it')
  const { tier, owner_id } = settled(input, { ...credentialDefaults, owner_id: actor.userId })
  const expiresAt = input.expires_at === undefined ? undefined : requireFuture(context, input.expires_at)
  const allowedIps = input.allowed_ips === undefined ? undefined : toRanges(input.allowed_ips)
  const change = record.change(context, actor, id, ifMatch, async ({ trx, now }, before) => {
    const changes = record.differing(actor, before, {
      ...(input.name === undefined ? {} : { name: input.name.trim() }),
      ...(scopes ? { scopes: scopes.join(' ') } : {}),
      ...(tier ? { tier } : {}),
      ...(owner_id === undefined ? {} : { owner_id }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      ...(allowedIps === undefined ? {} : { allowed_ips: allowedIps }),
      ...(input.rules === undefined
        ? {}
        : { rules: rulesFor(actor, await spelledAsStored(trx.db, actor, input.rules)) }),
    })
    const isReleased = await isHandedOver(trx, actor, before, changes)
    await requireBoundsKept(trx, actor, isReleased ? { ...before, parent_id: null } : before, changes)
    await requireRoom(context, actor, trx, now, before, changes)
    return isReleased ? released(trx, before, changes) : changes
  })
  return namingUnknown(change, actor, input.rules)
}

/** Nobody's bounds become wider than those of the caller, or of the credential's parent. */
async function requireBoundsKept(
  trx: Transaction,
  actor: Actor,
  before: store.CredentialRow,
  changes: Partial<store.CredentialRow>,
): Promise<void> {
  if (changes.tier !== undefined) requireTierOfAdmin(actor, before, changes.tier)
  const limits = await limitsOf(trx, actor)
  await requireBoundAsCaller(trx, actor, limits, before)
  requireWithin(limits, changes)
  if (before.parent_id === null) return
  const parent = await store.findCredential(trx.db, before.parent_id)
  if (parent) requireWithinParent(parent, await boundsOf(trx.db, parent), changes)
}

/** A credential with a new owner, or one that works again, counts against what its owner may have. */
async function requireRoom(
  context: Context,
  actor: Actor,
  trx: Transaction,
  now: string,
  before: store.CredentialRow,
  changes: Partial<store.CredentialRow>,
): Promise<void> {
  if (changes.owner_id !== undefined) {
    requireAdmin(actor, 'Handing a credential over to another user')
    await requireOwner(trx, changes.owner_id, ownedAt(context, now))
  } else if (changes.expires_at !== undefined && before.expires_at !== null && before.expires_at <= now) {
    await requireOwner(trx, before.owner_id, ownedAt(context, now))
  }
}

function ownedAt({ config }: Context, now: string): Owned {
  return {
    plural: 'credentials',
    max: config.ownedMax.credentials,
    release: 'revoke one that is no longer used',
    count: (db, ownerId) => store.countLiving(db, ownerId, now),
  }
}

/** Issues a new secret at once; the old one continues to work for the grace period. */
export function rotateCredential(
  context: Context,
  actor: Actor,
  id: number,
  graceHours?: number | null,
): Change<Tagged<CredentialWithSecret>> {
  const secret = generateSecret()
  const change = changing(context, actor, async (doing) => {
    const { trx, nowMs, now } = doing
    const before = await record.requireForChange(doing, id)
    // The new secret is the caller's.
    await requireBoundAsCaller(trx, actor, await limitsOf(trx, actor), before)
    const oldEndsAt = toTimestamp(nowMs + (graceHours ?? graceHoursDefault) * hourMs)
    await store.retireSecrets(trx.db, id, oldEndsAt, now)
    await store.insertSecret(trx.db, secretRow(id, secret, now))
    return record.tagged(context, await record.write(doing, 'rotate', before, {}))
  })
  return withSecret(change, secret)
}

function withSecret(
  change: Change<Tagged<Credential>>,
  secret: string,
): Change<Tagged<CredentialWithSecret>> {
  return async (trx) => {
    const { etag, resource } = await change(trx)
    return { etag, resource: { ...resource, client_secret: secret } }
  }
}

export function requireHeld(actor: Actor, wanted: readonly ScopeName[], toDo: string): void {
  const beyond = scopeBeyond(wanted, actor.scopes)
  if (beyond !== undefined) throw missingScope(beyond, toDo, actor)
}

export function requireFuture({ clock }: Context, timestamp: string | null): string | null {
  if (timestamp === null) return null
  const expiresAt = toTimestamp(fromTimestamp(timestamp))
  if (fromTimestamp(expiresAt) <= clock.now())
    throw invalidRequest("The 'expires_at' field must be in the future.")
  return expiresAt
}

export function toRanges(allowedIps: readonly string[] | null): string | null {
  const wrong = allowedIps?.find((text) => !parseRange(text))
  if (wrong !== undefined) {
    throw invalidRequest(
      `The 'allowed_ips' field contains '${wrong}', which is neither an address nor a range such as 203.0.113.0/24.`,
    )
  }
  return allowedIps?.join(' ') ?? null
}

function secretRow(credentialId: number, secret: string, now: string) {
  return {
    credential_id: credentialId,
    secret_hash: hashSecret(secret),
    display_prefix: displayPrefix(secret),
    created_at: now,
    expires_at: null,
  }
}

function toCredential(row: store.CredentialRow, nowMs: number): Credential {
  const current = row.secrets.find((secret) => secret.expires_at === null)
  const isRevoked = row.revoked_at !== null
  const previous = row.secrets.findLast(
    ({ expires_at }) => !isRevoked && expires_at !== null && fromTimestamp(expires_at) > nowMs,
  )
  const hasExpired = row.ends_at !== null && fromTimestamp(row.ends_at) <= nowMs
  return {
    id: row.id,
    name: row.name,
    client_id: row.client_id,
    scopes: row.scopes.split(' ') as ScopeName[],
    withheld_scopes: [...row.withheld],
    tier: row.tier as Credential['tier'],
    owner_id: row.owner_id,
    parent_id: row.parent_id,
    status: isRevoked ? 'revoked' : hasExpired ? 'expired' : 'active',
    secret_prefix: current?.display_prefix ?? '',
    previous_secret_expires_at: previous?.expires_at ?? null,
    created_at: row.created_at,
    updated_at: row.updated_at,
    expires_at: row.expires_at,
    allowed_ips: row.allowed_ips?.split(' ') ?? null,
    last_used_at: row.last_used_at,
    last_used_ip: row.last_used_ip,
    rules: row.rules === null ? null : parsedRules(row.rules),
  }
}
