import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { type Actor, missingScope, requireAdmin } from '../http/caller.ts'
import { etagWithNotes, type IfMatch, requireMatch, type Tagged } from '../http/conditional.ts'
import { AppError, invalidRequest, notFound } from '../http/errors.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import { changedColumns } from '../lib/changed-columns.ts'
import { parseRange } from '../lib/ip-addresses.ts'
import { settled } from '../lib/merge-patch.ts'
import { fromTimestamp, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { requireActiveUser } from '../users/service.ts'
import type { Credential, CredentialCreate, CredentialUpdate } from './schema.ts'
import { credentialDefaults, graceHoursDefault } from './schema.ts'
import { parseScopes, type ScopeName, scopeBeyond } from './scopes.ts'
import { displayPrefix, generateClientId, generateSecret, hashSecret } from './secret.ts'
import * as store from './store.ts'

export interface CredentialWithSecret extends Credential {
  client_secret: string
}

export async function listCredentials(
  { database, clock }: Context,
  actor: Actor,
  request: ListRequest,
): Promise<Listing<Credential>> {
  const filter = actor.reach.ownOnly ? { owner_id: actor.userId } : {}
  const [rows, total] = await Promise.all([
    store.listCredentials(database.read, filter, request.part),
    store.countCredentials(database.read, filter),
  ])
  return listing(request, rows, total, (row) => toCredential(row, clock.now()))
}

export async function getCredential(
  { database, clock }: Context,
  actor: Actor,
  id: number,
): Promise<Tagged<Credential>> {
  const row = requireWithinReach(actor, id, await store.findCredential(database.read, id))
  return tagged(toCredential(row, clock.now()), row)
}

/** The secret is in the answer and nowhere else: only its hash is stored. */
export async function createCredential(
  context: Context,
  actor: Actor,
  input: CredentialCreate,
): Promise<Tagged<CredentialWithSecret>> {
  const scopes = parseScopes(input.scopes.join(' '))
  requireHeld(actor, scopes, 'Granting it')
  const ownerId = input.owner_id ?? actor.userId
  if (ownerId !== actor.userId) requireAdmin(actor, 'Making a credential for somebody else')
  const now = toTimestamp(context.clock.now())
  const expiresAt = requireFuture(context, input.expires_at ?? null)
  const secret = generateSecret()

  return changeCredentials(context, async (trx) => {
    await requireActiveUser(trx, ownerId)
    const id = await store.insertCredential(trx.db, {
      name: input.name.trim(),
      client_id: generateClientId(),
      scopes: scopes.join(' '),
      tier: input.tier ?? credentialDefaults.tier,
      owner_id: ownerId,
      created_at: now,
      updated_at: now,
      expires_at: expiresAt,
      allowed_ips: toRanges(input.allowed_ips ?? null),
      revoked_at: null,
      last_used_at: null,
      last_used_ip: null,
      version: 1,
    })
    await store.insertSecret(trx.db, secretRow(id, secret, now))
    trx.count('credentials', 1)
    const { row, credential } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'credential.create',
      targetId: id,
      before: null,
      after: credential,
    })
    return tagged({ ...credential, client_secret: secret }, row)
  })
}

/** JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace. */
export async function updateCredential(
  context: Context,
  actor: Actor,
  id: number,
  input: CredentialUpdate,
  ifMatch?: IfMatch,
): Promise<Tagged<Credential>> {
  const scopes = input.scopes && parseScopes(input.scopes.join(' '))
  if (scopes) requireHeld(actor, scopes, 'Granting it')
  const { tier } = settled(input, credentialDefaults)
  const expiresAt = input.expires_at === undefined ? undefined : requireFuture(context, input.expires_at)
  const now = toTimestamp(context.clock.now())

  return changeCredentials(context, async (trx) => {
    const before = await requireUnrevoked(context, trx, actor, id)
    requireHeld(actor, before.scopes, 'Changing the credential')
    requireMatch(ifMatch, etagOfCredential(before.credential, before.row))
    const changes = changedColumns(before.row, {
      ...(input.name === undefined ? {} : { name: input.name.trim() }),
      ...(scopes ? { scopes: scopes.join(' ') } : {}),
      ...(tier ? { tier } : {}),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      ...(input.allowed_ips === undefined ? {} : { allowed_ips: toRanges(input.allowed_ips) }),
    })
    if (Object.keys(changes).length === 0) return tagged(before.credential, before.row)
    await store.updateCredential(trx.db, id, {
      ...changes,
      updated_at: now,
      version: before.row.version + 1,
    })
    const { row: changed, credential: after } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'credential.update',
      targetId: id,
      before: before.credential,
      after,
    })
    return tagged(after, changed)
  })
}

/** A new secret at once; the old one goes on working for the grace. */
export async function rotateCredential(
  context: Context,
  actor: Actor,
  id: number,
  graceHours?: number | null,
): Promise<Tagged<CredentialWithSecret>> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const secret = generateSecret()

  return changeCredentials(context, async (trx) => {
    const before = await requireUnrevoked(context, trx, actor, id)
    // Whoever rotates a credential holds its secret afterwards, and with it all that it opens.
    requireHeld(actor, before.scopes, 'Rotating the credential')
    await store.retireSecrets(
      trx.db,
      id,
      toTimestamp(nowMs + (graceHours ?? graceHoursDefault) * hourMs),
      now,
    )
    await store.insertSecret(trx.db, secretRow(id, secret, now))
    await store.updateCredential(trx.db, id, { updated_at: now, version: before.row.version + 1 })
    const { row: changed, credential: after } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'credential.rotate',
      targetId: id,
      before: before.credential,
      after,
    })
    return tagged({ ...after, client_secret: secret }, changed)
  })
}

/** Final, and at once: for the secrets, and for every token issued from them. Revoking again changes nothing. */
export async function revokeCredential(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  const now = toTimestamp(context.clock.now())
  await changeCredentials(context, async (trx) => {
    const row = await requireRow(trx, actor, id)
    if (row.revoked_at !== null) return
    const before = toCredential(row, context.clock.now())
    requireMatch(ifMatch, etagOfCredential(before, row))
    await store.updateCredential(trx.db, id, { revoked_at: now, updated_at: now, version: row.version + 1 })
    const { credential: after } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, { action: 'credential.revoke', targetId: id, before, after })
  })
}

function changeCredentials<T>(context: Context, change: (trx: Transaction) => Promise<T>): Promise<T> {
  return context.database.write((trx) => {
    trx.afterCommit(() => context.credentials.forgetAll())
    return change(trx)
  })
}

async function requireRow(trx: Transaction, actor: Actor, id: number): Promise<store.CredentialRow> {
  return requireWithinReach(actor, id, await store.findCredential(trx.db, id, { forUpdate: true }))
}

/** What belongs to somebody else looks to whoever may not see it as if it did not exist. */
function requireWithinReach(
  { reach, userId }: Actor,
  id: number,
  row: store.CredentialRow | undefined,
): store.CredentialRow {
  if (!row || (reach.ownOnly && row.owner_id !== userId)) throw notFound('credential', id)
  return row
}

async function requireUnrevoked({ clock }: Context, trx: Transaction, actor: Actor, id: number) {
  const row = await requireRow(trx, actor, id)
  if (row.revoked_at !== null) {
    throw new AppError(
      'conflict',
      `The credential ${id} was revoked at ${row.revoked_at}; make a new one instead.`,
    )
  }
  return { row, scopes: row.scopes.split(' ') as ScopeName[], credential: toCredential(row, clock.now()) }
}

async function reread({ clock }: Context, trx: Transaction, actor: Actor, id: number) {
  const row = await requireRow(trx, actor, id)
  return { row, credential: toCredential(row, clock.now()) }
}

function tagged<T extends Credential>(resource: T, row: store.CredentialRow): Tagged<T> {
  return { etag: etagOfCredential(resource, row), resource }
}

/** The status and the end of a grace change with the clock alone; both are part of the representation. */
function etagOfCredential(
  { status, previous_secret_expires_at }: Credential,
  { id, version, last_used_at, last_used_ip }: store.CredentialRow,
): string {
  return etagWithNotes(
    ['credential', id, version, status, previous_secret_expires_at],
    [last_used_at, last_used_ip],
  )
}

function requireHeld(actor: Actor, wanted: readonly ScopeName[], toDo: string): void {
  const beyond = scopeBeyond(wanted, actor.scopes)
  if (beyond !== undefined) throw missingScope(beyond, toDo, actor)
}

function requireFuture({ clock }: Context, timestamp: string | null): string | null {
  if (timestamp === null) return null
  const expiresAt = toTimestamp(fromTimestamp(timestamp))
  if (fromTimestamp(expiresAt) <= clock.now())
    throw invalidRequest("The 'expires_at' field must lie in the future.")
  return expiresAt
}

function toRanges(allowedIps: readonly string[] | null): string | null {
  const wrong = allowedIps?.find((text) => !parseRange(text))
  if (wrong !== undefined) {
    throw invalidRequest(
      `The 'allowed_ips' field holds '${wrong}', which is neither an address nor a range such as 203.0.113.0/24.`,
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
  const previous = row.secrets.filter(
    ({ expires_at }) => expires_at !== null && fromTimestamp(expires_at) > nowMs,
  )
  const hasExpired = row.expires_at !== null && fromTimestamp(row.expires_at) <= nowMs
  return {
    id: row.id,
    name: row.name,
    client_id: row.client_id,
    scopes: row.scopes.split(' ') as ScopeName[],
    tier: row.tier as Credential['tier'],
    owner_id: row.owner_id,
    status: row.revoked_at !== null ? 'revoked' : hasExpired ? 'expired' : 'active',
    secret_prefix: current?.display_prefix ?? '',
    previous_secret_expires_at: previous.at(-1)?.expires_at ?? null,
    created_at: row.created_at,
    updated_at: row.updated_at,
    expires_at: row.expires_at,
    allowed_ips: row.allowed_ips?.split(' ') ?? null,
    last_used_at: row.last_used_at,
    last_used_ip: row.last_used_ip,
  }
}
