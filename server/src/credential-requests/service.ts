import { type Actor, requireAdmin, unlimitedActor } from '../access/caller.ts'
import { grantOf } from '../access/grant.ts'
import { requireNarrowable } from '../access/handed-on.ts'
import { termsOf } from '../access/roles.ts'
import { namingUnknown, spelledAsStored } from '../access/rule-categories.ts'
import { parsedRules, type Rule } from '../access/rules.ts'
import { expandScopes, parseScopes, type ScopeName, scopesBeyond } from '../access/scopes.ts'
import { hashToken } from '../access/session-token.ts'
import { findBounds } from '../access/store.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { openRequestsPerPersonMax } from '../api/limits.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { inherited, limitsOf, type Maker, requireWithin } from '../credentials/bounds.ts'
import {
  type CredentialWithSecret,
  createCredential,
  requireFuture,
  toRanges,
} from '../credentials/service.ts'
import type { Change, Db } from '../db/database.ts'
import { dayMs, toTimestamp } from '../lib/timestamps.ts'
import { changing, type Doing, recordOf } from '../resource/record.ts'
import { systemUserIn } from '../users/system-user.ts'
import { requireOwnReach, rulesHandedTo } from './role-rules.ts'
import type {
  CredentialRequest,
  CredentialRequestApprove,
  CredentialRequestCreate,
  CredentialRequestQuery,
  RequestStatus,
} from './schema.ts'
import * as store from './store.ts'

const collectableMs = 14 * dayMs

export const record = recordOf<store.RequestRow, CredentialRequest>({
  name: 'credential_request',
  find: (db, id, _, options) => store.findRequest(db, id, options),
  async update(trx, before, changes) {
    await store.updateRequest(trx.db, before.id, changes)
    return { ...before, ...changes }
  },
  // Whoever sees one is shown all of it.
  mayRead: () => true,
  isVisible: (actor, row) =>
    actor.scopes.has('admin') || (actor.type === 'user' && row.requester_id === actor.userId),
  show: (row, { clock }) => toRequest(row, clock.now()),
  // The rules of the requester's role are shown, and change without the request.
  etag(row, { clock }) {
    const { status, requester_rules } = toRequest(row, clock.now())
    const narrowed = requester_rules ? [hashToken(JSON.stringify(requester_rules)).slice(0, 12)] : []
    return etagOf('credential-request', row.id, row.version, status, ...narrowed)
  },
  // Without the contact of a guest: nothing seals what the log holds of people without an account.
  auditView(row, { clock }) {
    const { contact: _, ...view } = toRequest(row, clock.now())
    return view
  },
})

/** Administrators see all requests, everybody else their own. */
export async function listRequests(
  { database, clock }: Context,
  actor: Actor,
  { status, requester_id }: Pick<CredentialRequestQuery, 'status' | 'requester_id'>,
  request: ListRequest,
): Promise<Listing<CredentialRequest>> {
  const nowMs = clock.now()
  const isAdmin = actor.scopes.has('admin')
  // A program without `admin` has no requests of its own: 0 is nobody.
  const own = actor.type === 'user' && (requester_id ?? actor.userId) === actor.userId ? actor.userId : 0
  const filter = { status, requester_id: isAdmin ? requester_id : own, now: toTimestamp(nowMs) }
  const [rows, total] = await Promise.all([
    store.listRequests(database.read, filter, request.slice),
    store.countRequests(database.read, filter),
  ])
  return listing(request, rows, total, (row) => toRequest(row, nowMs))
}

export function createRequest(
  context: Context,
  actor: Actor,
  input: CredentialRequestCreate,
): Change<Tagged<CredentialRequest>> {
  const columns = askedColumns(context, input)
  return record.create(context, actor, async ({ trx, now }) => {
    await store.lockRequester(trx.db, actor.userId)
    if ((await store.countOpen(trx.db, actor.userId, now)) >= openRequestsPerPersonMax)
      throw new AppError(
        'conflict',
        `You have ${openRequestsPerPersonMax} open requests; withdraw one, or collect what was approved, before you make another.`,
      )
    return store.insertRequest(trx.db, { ...columns, ...stamp(now), requester_id: actor.userId })
  })
}

/** The columns that the requester decides, of a person and of a guest. */
export function askedColumns(context: Context, input: CredentialRequestCreate) {
  return {
    name: input.name.trim(),
    scopes: parseScopes(input.scopes.join(' ')).join(' '),
    reason: input.reason.trim(),
    expires_at: requireFuture(context, input.expires_at ?? null),
  }
}

export function stamp(now: string) {
  return { status: 'pending', created_at: now, updated_at: now, version: 1 } as const
}

/** Approves with the same or fewer scopes. An approval may be changed until the secret is collected. */
export function approveRequest(
  context: Context,
  actor: Actor,
  id: number,
  input: CredentialRequestApprove,
): Change<Tagged<CredentialRequest>> {
  requireAdmin(actor, 'Approving a request')
  const allowedIps = toRanges(input.allowed_ips ?? null)
  const change = changing(context, actor, async (doing) => {
    const { trx, nowMs, now } = doing
    const before = await record.requireForChange(doing, id)
    requireStatus(before, nowMs, ['pending', 'approved', 'lapsed'], 'approved')
    const scopes = grantedScopes(before, input.scopes)
    const owner = await ownerOf(doing, before, scopes, input.owner_id ?? undefined)
    const rules = await spelledAsStored(trx.db, actor, grantedRules(before, owner, scopes, input))
    const wantedEnd = input.expires_at === undefined ? before.expires_at : input.expires_at
    // An approval hands on no wider bounds than a create: left out, they are those of the approving program.
    const limits = await limitsOf(trx, actor)
    const bounds = {
      ...inherited(limits),
      ...(wantedEnd ? { expires_at: requireFuture(context, wantedEnd) } : {}),
      ...(allowedIps === null ? {} : { allowed_ips: allowedIps }),
    }
    requireWithin(limits, bounds)
    const expiresAt = bounds.expires_at
    const end = toTimestamp(nowMs + collectableMs)
    const after = await record.write(doing, 'approve', before, {
      status: 'approved',
      granted_scopes: scopes.join(' '),
      granted_expires_at: expiresAt,
      granted_allowed_ips: bounds.allowed_ips,
      granted_rules: rules.length > 0 ? JSON.stringify(rules) : null,
      approving_credential_id: actor.type === 'credential' ? actor.id : null,
      owner_id: owner,
      collect_until: expiresAt !== null && expiresAt < end ? expiresAt : end,
      message: input.message?.trim() || null,
      ...decision(actor, now),
    })
    return record.tagged(context, after)
  })
  return namingUnknown(change, actor, input.rules)
}

/** Also takes an approval back, as long as the secret was not collected. */
export function refuseRequest(
  context: Context,
  actor: Actor,
  id: number,
  message: string,
): Change<Tagged<CredentialRequest>> {
  requireAdmin(actor, 'Refusing a request')
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    requireStatus(before, doing.nowMs, ['pending', 'approved'], 'refused')
    const changes = { status: 'refused', message: message.trim(), ...decision(actor, doing.now) } as const
    return record.tagged(context, await record.write(doing, 'refuse', before, changes))
  })
}

export function withdrawRequest(
  context: Context,
  actor: Actor,
  id: number,
): Change<Tagged<CredentialRequest>> {
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    requireRequester(actor, before)
    requireStatus(before, doing.nowMs, ['pending', 'approved'], 'withdrawn')
    return record.tagged(context, await record.write(doing, 'withdraw', before, { status: 'withdrawn' }))
  })
}

/** Creates the credential as it was approved, for the requester alone. Its secret is in this response only. */
export function collectRequest(
  context: Context,
  actor: Actor,
  id: number,
): Change<Tagged<CredentialWithSecret>> {
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    requireRequester(actor, before)
    return collect(doing, before)
  })
}

/** @param before the locked row; its reader has proven to be the requester */
export async function collect(doing: Doing, before: store.RequestRow): Promise<Tagged<CredentialWithSecret>> {
  const { context, trx, actor, nowMs } = doing
  requireStatus(before, nowMs, ['approved'], 'collected')
  await requireApproverInOffice(trx.db, before)
  const { owner_id, granted_scopes, granted_expires_at, granted_allowed_ips, granted_rules } = before
  // The approval decides; the requester may lack what was granted.
  const granted = unlimitedActor(actor, owner_id ?? 0)
  const input = {
    name: before.name,
    scopes: (granted_scopes ?? '').split(' ') as ScopeName[],
    expires_at: granted_expires_at,
    allowed_ips: granted_allowed_ips?.split(' ') ?? null,
    rules: granted_rules === null ? null : parsedRules(granted_rules),
  }
  const created = await createCredential(context, granted, input, makerOf(before) ?? granted)(trx)
  await record.write(doing, 'collect', before, { status: 'collected', credential_id: created.resource.id })
  return created
}

function grantedScopes({ scopes }: store.RequestRow, wanted: readonly ScopeName[] | undefined) {
  const asked = scopes.split(' ') as ScopeName[]
  if (wanted === undefined) return asked
  const granted = parseScopes(wanted.join(' '))
  const [beyond] = scopesBeyond(granted, expandScopes(asked))
  if (beyond === undefined) return granted
  throw invalidRequest(`The 'scopes' field names '${beyond}', which was not requested.`)
}

/** An approving administrator is not narrowed, so that only the requester's role is. */
function grantedRules(
  { requester_id, requester_role }: store.RequestRow,
  owner: number,
  scopes: readonly ScopeName[],
  { rules, owner_id }: CredentialRequestApprove,
): readonly Rule[] {
  requireNarrowable(rules ?? [], scopes)
  if (owner === requester_id || requester_role === null) return rules ?? []
  if (owner_id == null) requireOwnReach(requester_role, scopes)
  return rules === undefined ? rulesHandedTo(requester_role, scopes) : (rules ?? [])
}

/** The requester, if their role has the scopes; a chosen owner must have them as well. */
async function ownerOf(
  { trx, now }: Doing,
  { requester_id }: store.RequestRow,
  scopes: readonly ScopeName[],
  chosen: number | undefined,
): Promise<number> {
  const lackingOf = async (id: number) => {
    const grant = await grantOf(trx.db, id)
    return grant && scopesBeyond(scopes, grant.scopes)
  }
  if (chosen !== undefined) {
    const lacking = await lackingOf(chosen)
    if (lacking?.length === 0) return chosen
    const why = lacking
      ? `that of the user ${chosen} lacks '${lacking.join("', '")}'`
      : `there is no active user ${chosen}`
    throw invalidRequest(`The 'owner_id' field must name an active user whose role has the scopes; ${why}.`)
  }
  if (requester_id !== null && (await lackingOf(requester_id))?.length === 0) return requester_id
  return systemUserIn(trx, now)
}

/** What a program approved is its child. */
function makerOf({ approving_credential_id: id }: store.RequestRow): Maker | undefined {
  return id === null ? undefined : { type: 'credential', id }
}

/** What a former administrator approved needs the approval of another one, and so does what a former key of theirs did. */
async function requireApproverInOffice(
  db: Db,
  { decided_by, approving_credential_id }: store.RequestRow,
): Promise<void> {
  const grant = decided_by === null ? undefined : await grantOf(db, decided_by)
  if (!grant?.scopes.has('admin')) {
    throw new AppError(
      'conflict',
      'The person who approved the request is not an administrator any more; an administrator has to approve it again.',
    )
  }
  const program = approving_credential_id === null ? undefined : await findBounds(db, approving_credential_id)
  if (!program || (program.revoked_at === null && program.scopes.split(' ').includes('admin'))) return
  throw new AppError(
    'conflict',
    'The credential that approved the request was revoked, or has lost the scope admin; an administrator has to approve it again.',
  )
}

function requireRequester(actor: Actor, { requester_id }: store.RequestRow): void {
  if (actor.type === 'user' && requester_id === actor.userId) return
  throw new AppError('permission_denied', 'Only the requester can do this.')
}

function requireStatus(
  row: store.RequestRow,
  nowMs: number,
  fitting: readonly RequestStatus[],
  wanted: RequestStatus,
): void {
  const status = statusOf(row, nowMs)
  if (fitting.includes(status)) return
  throw new AppError(
    'conflict',
    wanted === 'collected'
      ? `The request ${row.id} ${whyNotCollected[status]}`
      : `The request ${row.id} ${became[status]}, so it cannot be ${wanted}.`,
  )
}

const whyNotCollected: Readonly<Record<RequestStatus, string>> = {
  pending: 'has not been approved yet. An administrator decides.',
  approved: 'can be collected.',
  refused: 'was refused. Make a new request.',
  withdrawn: 'was withdrawn. Make a new request.',
  lapsed:
    'was approved, but its secret was not collected in time. An administrator can approve the request again.',
  collected:
    'was already collected, and its secret is not shown again. Rotate the credential to get a new one.',
}

const became: Readonly<Record<RequestStatus, string>> = {
  pending: 'has not been decided yet',
  approved: 'was approved',
  refused: 'was refused',
  withdrawn: 'was withdrawn by the requester',
  lapsed: 'was approved and has lapsed',
  collected: 'was approved, and its secret was collected',
}

function decision(actor: Actor, now: string) {
  return { decided_at: now, decided_by: actor.userId }
}

/** An approval lapses by the clock, before the task has noted it. */
function statusOf({ status, collect_until }: store.RequestRow, nowMs: number): RequestStatus {
  const hasLapsed = status === 'approved' && collect_until !== null && collect_until <= toTimestamp(nowMs)
  return hasLapsed ? 'lapsed' : (status as RequestStatus)
}

export function toRequest(row: store.RequestRow, nowMs: number): CredentialRequest {
  const { token_hash: _t, address_block: _a, approving_credential_id: _c, version: _v, ...rest } = row
  const { requester_role, ...shown } = rest
  const rules = requester_role === null ? [] : termsOf(requester_role).rules
  return {
    ...shown,
    scopes: row.scopes.split(' ') as ScopeName[],
    requester_rules: rules.length > 0 ? [...rules] : null,
    granted_scopes: (row.granted_scopes?.split(' ') as ScopeName[] | undefined) ?? null,
    granted_allowed_ips: row.granted_allowed_ips?.split(' ') ?? null,
    granted_rules: row.granted_rules === null ? null : parsedRules(row.granted_rules),
    status: statusOf(row, nowMs),
  }
}
