import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { type Actor, missingScope, requireAdmin } from '../http/caller.ts'
import { etagWithNotes, type IfMatch, requireMatch, type Tagged } from '../http/conditional.ts'
import { AppError, invalidRequest, notFound } from '../http/errors.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import { changedColumns } from '../lib/changed-columns.ts'
import { settled } from '../lib/merge-patch.ts'
import { fromTimestamp, hourMs, toInstant, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { requireActiveUser } from '../users/service.ts'
import { headersContext, ownHeaders, secretContext } from './attempt.ts'
import { makeAllDue } from './delivery-store.ts'
import { changedHeaders, checkedHeaders } from './headers.ts'
import { circuitOf, disablesAt, fresh, warnAfterMs } from './health.ts'
import {
  overlapHoursDefault,
  type SecretRotate,
  type Webhook,
  type WebhookCreate,
  type WebhookUpdate,
  webhookDefaults,
} from './schema.ts'
import { generateSecret, secretProblem } from './signature.ts'
import * as store from './store.ts'

export interface WebhookWithSecret extends Webhook {
  secret: string
}

export async function listWebhooks(
  context: Context,
  actor: Actor,
  request: ListRequest,
): Promise<Listing<Webhook>> {
  const { database, clock } = context
  const filter = actor.reach.ownOnly ? { owner_id: actor.userId } : {}
  const [rows, total] = await Promise.all([
    store.listWebhooks(database.read, filter, request.part, toTimestamp(clock.now())),
    store.countWebhooks(database.read, filter),
  ])
  return listing(request, rows, total, (row) => toWebhook(context, row))
}

export async function getWebhook(context: Context, actor: Actor, id: number): Promise<Tagged<Webhook>> {
  return tagged(context, await requireWebhook(context, context.database.read, actor, id))
}

/** The secret is in the answer, and sealed in the database; nothing shows it again. */
export async function createWebhook(
  context: Context,
  actor: Actor,
  input: WebhookCreate,
): Promise<Tagged<WebhookWithSecret>> {
  requireReadable(actor, input.events, 'Subscribing to these events')
  const secret = checkedSecret(input.secret)
  const headers = checkedHeaders(input.headers ?? null)
  await requireDestination(context, input.url)
  const ownerId = input.owner_id ?? actor.userId
  if (ownerId !== actor.userId) requireAdmin(actor, 'Making a webhook for somebody else')
  const now = toTimestamp(context.clock.now())

  return context.database.write(async (trx) => {
    await requireActiveUser(trx, ownerId)
    const id = await store.insertWebhook(trx.db, {
      url: input.url,
      description: input.description ?? webhookDefaults.description,
      events: input.events.join(' '),
      headers: null,
      concurrency: input.concurrency ?? webhookDefaults.concurrency,
      rate_limit_per_minute: input.rate_limit_per_minute ?? null,
      status: 'active',
      disabled_reason: null,
      owner_id: ownerId,
      created_at: now,
      updated_at: now,
      version: 1,
    })
    // Sealed under the id, so that a value cannot be carried over from another webhook.
    if (headers !== null)
      await store.updateWebhook(trx.db, id, { headers: sealHeaders(context, id, headers) })
    await store.subscribe(trx.db, id, input.events)
    await store.insertSecret(trx.db, id, sealSecret(context, id, secret), now)
    trx.count('webhooks', 1)
    const { resource, etag } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'webhook.create',
      targetId: id,
      before: null,
      after: auditView(resource),
    })
    return { etag, resource: { ...resource, secret } }
  })
}

/** JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace. */
export async function updateWebhook(
  context: Context,
  actor: Actor,
  id: number,
  input: WebhookUpdate,
  ifMatch?: IfMatch,
): Promise<Tagged<Webhook>> {
  if (input.events) requireReadable(actor, input.events, 'Subscribing to these events')
  if (input.url !== undefined) await requireDestination(context, input.url)
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)

  return context.database.write(async (trx) => {
    const row = await requireForChange(context, trx, actor, id)
    const before = tagged(context, row)
    requireMatch(ifMatch, before.etag)
    const patch = settled(input, { ...webhookDefaults, owner_id: actor.userId })
    if (patch.owner_id !== undefined && patch.owner_id !== row.owner_id) {
      requireAdmin(actor, 'Giving a webhook to somebody else')
      await requireActiveUser(trx, patch.owner_id)
    }
    const { events, headers: headerChanges, ...columns } = patch
    const ownBefore = openedHeaders(context, row)
    const own = headerChanges === undefined ? ownBefore : changedHeaders(ownBefore, headerChanges)
    const changes = changedColumns(row, {
      ...columns,
      ...(events ? { events: events.join(' ') } : {}),
      // Sealing the same text twice gives two values.
      ...(own === ownBefore ? {} : { headers: own && sealHeaders(context, id, own) }),
    })
    if (Object.keys(changes).length === 0) return before
    const resumes = changes.status === 'active'
    if (resumes && !row.has_secret) {
      throw new AppError(
        'conflict',
        `The webhook ${id} has lost its secret with the secret key of the server; give it a new one by rotate-secret first.`,
      )
    }
    await store.updateWebhook(trx.db, id, {
      ...changes,
      ...(changes.status ? { disabled_reason: null } : {}),
      // Whoever sets it to work, or to another address, has mended something: it begins anew.
      ...(resumes || changes.url !== undefined ? fresh : {}),
      updated_at: now,
      version: row.version + 1,
    })
    if (changes.events !== undefined) await store.subscribe(trx.db, id, changes.events.split(' '))
    if (resumes) {
      await makeAllDue(trx.db, id, '', toInstant(nowMs))
      trx.hint()
    }
    const after = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'webhook.update',
      targetId: id,
      before: auditView(before.resource),
      after: auditView(after.resource),
    })
    return after
  })
}

/** Nothing is sent to it from now on; its deliveries are removed little by little. */
export async function deleteWebhook(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  const now = toTimestamp(context.clock.now())
  await context.database.write(async (trx) => {
    const before = tagged(context, await requireForChange(context, trx, actor, id))
    requireMatch(ifMatch, before.etag)
    await store.updateWebhook(trx.db, id, { deleted_at: now, updated_at: now })
    await store.subscribe(trx.db, id, [])
    trx.count('webhooks', -1)
    await recordAudit(trx, actor, now, {
      action: 'webhook.delete',
      targetId: id,
      before: auditView(before.resource),
      after: null,
    })
  })
}

/** The new secret signs at once; the old one goes on signing beside it for the overlap. */
export async function rotateSecret(
  context: Context,
  actor: Actor,
  id: number,
  input: SecretRotate,
): Promise<Tagged<WebhookWithSecret>> {
  const secret = checkedSecret(input.secret)
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const oldEndsAt = toTimestamp(nowMs + (input.overlap_hours ?? overlapHoursDefault) * hourMs)
  return context.database.write(async (trx) => {
    const row = await requireForChange(context, trx, actor, id)
    await store.retireSecrets(trx.db, id, oldEndsAt, now)
    await store.insertSecret(trx.db, id, sealSecret(context, id, secret), now)
    await store.updateWebhook(trx.db, id, { updated_at: now, version: row.version + 1 })
    const { resource, etag } = await reread(context, trx, actor, id)
    await recordAudit(trx, actor, now, {
      action: 'webhook.rotate_secret',
      targetId: id,
      before: auditView(toWebhook(context, row)),
      after: auditView(resource),
    })
    return { etag, resource: { ...resource, secret } }
  })
}

/** What belongs to somebody else looks to whoever may not see it as if it did not exist. @throws AppError */
export async function requireWebhook(
  { clock }: Context,
  db: Db,
  actor: Actor,
  id: number,
  options?: { forUpdate: boolean },
): Promise<store.WebhookRow> {
  const row = await store.findWebhook(db, id, toTimestamp(clock.now()), options)
  if (!row || (actor.reach.ownOnly && row.owner_id !== actor.userId)) throw notFound('webhook', id)
  return row
}

async function requireForChange(context: Context, trx: Transaction, actor: Actor, id: number) {
  const row = await requireWebhook(context, trx.db, actor, id, { forUpdate: true })
  // Whoever can change where events go, or what signs them, can read them.
  requireReadable(actor, eventsOf(row), 'Changing the webhook')
  return row
}

/** A webhook carries what its events tell: nobody gets by it what they could not read. */
function requireReadable(actor: Actor, events: readonly string[], toDo: string): void {
  for (const type of events) {
    const scope = type.startsWith('user.') ? 'users:read' : 'documents:read'
    if (!actor.scopes.has(scope)) throw missingScope(scope, toDo, actor)
  }
}

async function requireDestination({ guard }: Context, url: string): Promise<void> {
  const problem = await guard.check(url)
  if (problem !== undefined) throw invalidRequest(`The 'url' field is refused: ${problem}`)
}

function checkedSecret(secret: string | null | undefined): string {
  if (secret === undefined || secret === null) return generateSecret()
  const problem = secretProblem(secret)
  if (problem !== undefined) throw invalidRequest(`The 'secret' field is refused: ${problem}`)
  return secret
}

function sealSecret({ vault }: Context, id: number, secret: string): string {
  return vault.seal(secret, secretContext(id))
}

function sealHeaders({ vault }: Context, id: number, headers: string): string {
  return vault.seal(headers, headersContext(id))
}

function openedHeaders({ vault }: Context, { id, headers }: store.WebhookRow): string | null {
  return headers === null ? null : vault.open(headers, headersContext(id))
}

async function reread(
  context: Context,
  trx: Transaction,
  actor: Actor,
  id: number,
): Promise<Tagged<Webhook>> {
  return tagged(context, await requireWebhook(context, trx.db, actor, id))
}

function tagged(context: Context, row: store.WebhookRow): Tagged<Webhook> {
  const resource = toWebhook(context, row)
  const { circuit, ...notes } = resource.health
  return {
    etag: etagWithNotes(
      ['webhook', row.id, row.version, row.previous_secret_expires_at],
      [circuit, ...Object.values(notes).map(String)],
    ),
    resource,
  }
}

function eventsOf(row: Pick<store.WebhookRow, 'events'>): Webhook['events'] {
  return row.events.split(' ') as Webhook['events']
}

function toWebhook(context: Context, row: store.WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: eventsOf(row),
    header_names: Object.keys(ownHeaders(openedHeaders(context, row) ?? '{}')),
    concurrency: row.concurrency,
    rate_limit_per_minute: row.rate_limit_per_minute,
    status: row.status as Webhook['status'],
    disabled_reason: row.disabled_reason as Webhook['disabled_reason'],
    owner_id: row.owner_id,
    previous_secret_expires_at: row.previous_secret_expires_at,
    health: healthOf(row, context.clock.now()),
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

function healthOf(row: store.WebhookRow, nowMs: number): Webhook['health'] {
  const atMs = disablesAt(row)
  const failsForLong = row.failing_since !== null && nowMs - fromTimestamp(row.failing_since) >= warnAfterMs
  return {
    state: !row.owner_is_active
      ? 'held'
      : row.consecutive_failures > 0
        ? 'failing'
        : row.last_success_at === null
          ? 'untested'
          : 'healthy',
    consecutive_failures: row.consecutive_failures,
    failing_since: toWholeSeconds(row.failing_since),
    last_success_at: toWholeSeconds(row.last_success_at),
    last_failure_at: toWholeSeconds(row.last_failure_at),
    circuit: circuitOf(row, nowMs),
    circuit_open_until: toWholeSeconds(row.circuit_open_until),
    disables_at: atMs === undefined || row.status !== 'active' ? null : toTimestamp(atMs),
    needs_attention: row.status === 'disabled' || failsForLong,
  }
}

/** What the server notes by itself is no part of what was changed. */
function auditView({ health: _, ...webhook }: Webhook): object {
  return webhook
}
