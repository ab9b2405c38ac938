import { type Actor, missingScope, requireAdmin } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { requireRulesWithin, rulesFor } from '../access/handed-on.ts'
import { namingUnknown, spelledAsStored } from '../access/rule-categories.ts'
import type { Rule } from '../access/rules.ts'
import { etagWithNotes, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { type Change, readerFor, type Transaction } from '../db/database.ts'
import { chosenTypes } from '../events/patterns.ts'
import { settled } from '../lib/merge-patch.ts'
import { hourMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { changing, recordOf } from '../resource/record.ts'
import { headersContext } from '../sending/attempt.ts'
import { makeAllDue } from '../sending/dispatch-store.ts'
import { changedHeaders, checkedHeaders, namesLeft } from '../sending/headers.ts'
import { fresh } from '../sending/health.ts'
import { countOpen, orderedAtOnceMax } from '../sending/order.ts'
import { setKeysOfOpen } from '../sending/order-store.ts'
import { type Owned, requireOwner } from '../users/ownership.ts'
import {
  changedIdentity,
  identityFrom,
  requireHttps,
  requireOriginOfCertificate,
  sealedIdentity,
} from './client-certificate.ts'
import { checkedExpressions, requireKnownFields } from './expressions.ts'
import { requireNotOfExtension } from './of-extension-rules.ts'
import {
  overlapHoursDefault,
  type SecretRotate,
  type Webhook,
  type WebhookCreate,
  type WebhookFilter,
  type WebhookUpdate,
  webhookDefaults,
} from './schema.ts'
import { eventsOf, openedHeaders, toWebhook } from './shown.ts'
import { changedKeyPair, checkedSecret, signersOf } from './signers.ts'
import * as store from './store.ts'

export type { WebhookRow } from './store.ts'

export interface WebhookWithSecret extends Webhook {
  secret: string
}

export const record = recordOf<store.WebhookRow, Webhook>({
  name: 'webhook',
  find: (db, id, { clock }, options) => store.findWebhook(db, id, toTimestamp(clock.now()), options),
  async update(trx, before, changes, { clock }) {
    const {
      sender: _o,
      has_secret: _s,
      previous_secret_expires_at: _p,
      public_keys: _k,
      ...columns
    } = changes
    await store.changeWebhook(trx.db, before, columns)
    return (await store.findWebhook(trx.db, before.id, toTimestamp(clock.now()))) ?? before
  },
  mayRead: (actor) => maySee(actor, 'webhooks:read'),
  isVisible: ({ reach, userId }, { owner_id }) => !reach.ownOnly || owner_id === userId,
  show: (row, context) => toWebhook(context, row),
  etag(row, context) {
    const { circuit, ...notes } = toWebhook(context, row).health
    return etagWithNotes(
      ['webhook', row.id, row.version, row.previous_secret_expires_at],
      [circuit, ...Object.values(notes).map(String)],
    )
  },
  // Fields that the server records itself are not part of the change.
  auditView(row, context) {
    const { health: _, ...webhook } = toWebhook(context, row)
    return webhook
  },
})

export async function listWebhooks(
  context: Context,
  actor: Actor,
  asked: WebhookFilter,
  request: ListRequest,
): Promise<Listing<Webhook>> {
  const { database, clock } = context
  const filter = actor.reach.ownOnly ? { ...asked, seen_by: actor.userId } : asked
  const reader = readerFor(database, filter)
  const [found, total] = await Promise.all([
    store.listWebhooks(reader, filter, request.slice),
    store.countWebhooks(reader, filter),
  ])
  const rows = await store.withRelated(database.read, found, toTimestamp(clock.now()))
  return listing(request, rows, total, (row) => toWebhook(context, row))
}

/** The secret is in the response, and sealed in the database; it is never shown again. */
export async function createWebhook(
  context: Context,
  actor: Actor,
  input: WebhookCreate,
): Promise<Change<Tagged<WebhookWithSecret>>> {
  requireReadable(context, actor, input.events, 'Subscribing to these events')
  const rules = checkedRules(actor, await spelledAsStored(context.database.read, actor, input.rules))
  const secret = checkedSecret(input.secret)
  const headers = checkedHeaders(input.headers ?? null)
  const identity = identityFrom(context, input.client_certificate)
  requireHttps(identity, input.url)
  await requireDestination(context, input.url)
  requireKnownFields(context, input.events, await checkedExpressions(context, input))
  const ownerId = input.owner_id ?? actor.userId
  if (ownerId !== actor.userId) requireAdmin(actor, 'Creating a webhook for another user')
  const change = record.create(context, actor, async ({ trx, now }) => {
    await requireOwner(trx, ownerId, ownedHere(context))
    const chosen = {
      events: input.events.join(' '),
      rules,
      owner_id: ownerId,
      credential_id: makerOf(actor),
    }
    requireWithinReach(context, actor, chosen, 'Subscribing to these events')
    const id = await store.insertWebhook(trx.db, {
      ...chosen,
      url: input.url,
      description: input.description ?? webhookDefaults.description,
      headers: null,
      client_certificate: null,
      client_key: null,
      concurrency: input.concurrency ?? webhookDefaults.concurrency,
      rate_limit_per_minute: input.rate_limit_per_minute ?? null,
      include_previous: Number(input.include_previous ?? webhookDefaults.include_previous),
      format: input.format ?? webhookDefaults.format,
      ed25519: Number(input.ed25519 ?? webhookDefaults.ed25519),
      ordering: input.ordering ?? webhookDefaults.ordering,
      filter: input.filter ?? null,
      transform: input.transform ?? null,
      status: 'active',
      disabled_reason: null,
      created_at: now,
      updated_at: now,
      version: 1,
    })
    // Sealed under the id, so that a value cannot be moved between webhooks.
    if (headers !== null)
      await store.updateWebhook(trx.db, id, { headers: sealHeaders(context, id, headers) })
    if (identity) await store.updateWebhook(trx.db, id, sealedIdentity(context, id, identity))
    await subscribe(context, trx, id, input.events.join(' '))
    await store.insertSecret(
      trx.db,
      id,
      signersOf(context, { id, ed25519: Number(input.ed25519 === true) }, secret),
      now,
    )
    trx.count('webhooks', 1)
    return record.read(context, trx.db, actor, id)
  })
  return withSecret(namingUnknown(change, actor, input.rules), secret)
}

export async function updateWebhook(
  context: Context,
  actor: Actor,
  id: number,
  input: WebhookUpdate,
  ifMatch?: IfMatch,
): Promise<Change<Tagged<Webhook>>> {
  if (input.events) requireReadable(context, actor, input.events, 'Subscribing to these events')
  if (input.url !== undefined) await requireDestination(context, input.url)
  const identity = identityFrom(context, input.client_certificate)
  const reads = await checkedExpressions(context, input)
  const change = record.change(context, actor, id, ifMatch, async ({ trx, nowMs }, row) => {
    requireUpdatable(context, actor, row, input)
    const patch = settled(input, { ...webhookDefaults, owner_id: actor.userId })
    const { owner_id } = record.differing(actor, row, { owner_id: patch.owner_id ?? row.owner_id })
    if (patch.owner_id !== undefined && owner_id !== undefined) {
      requireAdmin(actor, 'Transferring a webhook to another user')
      await requireOwner(trx, owner_id, ownedHere(context))
    }
    const {
      events,
      rules,
      headers: headerChanges,
      client_certificate: _,
      include_previous,
      ed25519,
      ...columns
    } = patch
    requireKnownFields(context, events ?? eventsOf(row), reads)
    const ownBefore = openedHeaders(context, row)
    const urlBefore = record.mayRead(actor, row) ? row.url : undefined
    requireHttps(identity, columns.url ?? urlBefore)
    if (columns.url !== undefined) {
      requireOwnOrigin(urlBefore, columns.url, namesLeft(ownBefore, headerChanges))
      if (identity === undefined && row.client_certificate !== null)
        requireOriginOfCertificate(urlBefore, columns.url)
    }
    const own = headerChanges === undefined ? ownBefore : changedHeaders(ownBefore, headerChanges)
    const changes = record.differing(actor, row, {
      ...columns,
      ...(events ? { events: events.join(' ') } : {}),
      ...(rules === undefined
        ? {}
        : { rules: checkedRules(actor, await spelledAsStored(trx.db, actor, rules)) }),
      ...(include_previous === undefined ? {} : { include_previous: Number(include_previous) }),
      ...(ed25519 === undefined ? {} : { ed25519: Number(ed25519) }),
      ...(decided.some((name) => name in input) ? { credential_id: makerOf(actor) } : {}),
      // Sealing the same text twice gives two values.
      ...(own === ownBefore ? {} : { headers: own && sealHeaders(context, id, own) }),
      ...changedIdentity(context, row, identity),
    })
    requireWithinReach(context, actor, { ...row, ...changes }, 'Subscribing to these events')
    if (changes.events !== undefined) await subscribe(context, trx, id, changes.events)
    const pair = changedKeyPair(context, row, changes.ed25519)
    if (pair) await store.setKeyPair(trx.db, id, pair)
    if (changes.status === 'active') await resume(trx, row, nowMs)
    if (changes.ordering === 'resource') await orderWaiting(trx, id)
    trx.hint('work')
    const isOther = ['status', 'ordering', 'credential_id', ...decided].some((name) => name in changes)
    return {
      ...changes,
      // What waits for it is arranged anew: held, sent or discarded.
      ...(isOther ? { standing: row.standing + 1 } : {}),
      ...(changes.status ? { disabled_reason: null } : {}),
      // A webhook that is activated or gets a new URL has been fixed: its health starts afresh.
      ...(changes.status === 'active' || changes.url !== undefined ? fresh : {}),
    }
  })
  return namingUnknown(change, actor, input.rules)
}

/** @param events names and patterns, separated by spaces */
function subscribe({ catalog }: Context, trx: Transaction, id: number, events: string): Promise<void> {
  return store.subscribe(trx.db, id, chosenTypes(events.split(' '), catalog.eventTypes))
}

/** Who changes these decides what it is sent, and bounds it from then on. */
const decided = ['events', 'rules', 'owner_id']

function makerOf({ type, id }: Actor): number | null {
  return type === 'credential' ? id : null
}

function ownedHere({ config }: Context): Owned {
  return {
    plural: 'webhooks',
    max: config.ownedMax.webhooks,
    release: 'delete one that is no longer used',
    count: (db, owner_id) => store.countWebhooks(db, { owner_id }),
  }
}

/** What waits already is ordered, too. */
async function orderWaiting(trx: Transaction, id: number): Promise<void> {
  const open = await countOpen(trx, id)
  if (open > orderedAtOnceMax)
    throw new AppError(
      'conflict',
      `The 'ordering' field cannot be changed while more than ${orderedAtOnceMax.toLocaleString('en')} deliveries of the webhook wait (${open.toLocaleString('en')} do). Wait until they were sent, or cancel some.`,
    )
  await setKeysOfOpen(trx.db, id)
}

/** Waiting deliveries become due at once. */
async function resume(trx: Transaction, { id, has_secret }: store.WebhookRow, nowMs: number): Promise<void> {
  if (!has_secret) {
    throw new AppError(
      'conflict',
      `The webhook ${id} has lost its secret with the secret key of the server; give it a new one by rotate-secret first.`,
    )
  }
  await makeAllDue(trx.db, { webhook_id: id }, toInstant(nowMs))
}

/** Nothing is sent to it from now on; its deliveries are deleted gradually. */
export function deleteWebhook(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return record.remove(context, actor, id, ifMatch, async ({ trx, now }, row) => {
    requireNotOfExtension(row)
    // People may always end what they own.
    if (actor.type !== 'user' || row.owner_id !== actor.userId) requireCovered(context, actor, row)
    await store.subscribe(trx.db, id, [])
    trx.count('webhooks', -1)
    return { deleted_at: now, updated_at: now }
  })
}

/** The new secret signs at once; the old one keeps signing beside it for the overlap. */
export function rotateSecret(
  context: Context,
  actor: Actor,
  id: number,
  input: SecretRotate,
): Change<Tagged<WebhookWithSecret>> {
  const secret = checkedSecret(input.secret)
  const change = changing(context, actor, async (doing) => {
    const { trx, nowMs, now } = doing
    const row = await record.requireForChange(doing, id)
    requireCovered(context, actor, row)
    requireNotOfExtension(row)
    const oldEndsAt = toTimestamp(nowMs + (input.overlap_hours ?? overlapHoursDefault) * hourMs)
    await store.retireSecrets(trx.db, id, oldEndsAt, now)
    await store.insertSecret(trx.db, id, signersOf(context, row, secret), now)
    return record.tagged(context, await record.write(doing, 'rotate_secret', row, {}))
  })
  return withSecret(change, secret)
}

function withSecret(change: Change<Tagged<Webhook>>, secret: string): Change<Tagged<WebhookWithSecret>> {
  return async (trx) => {
    const { etag, resource } = await change(trx)
    return { etag, resource: { ...resource, secret } }
  }
}

/** A webhook carries the contents of its events: it must not reveal what its owner could not read. */
function requireReadable({ catalog }: Context, actor: Actor, events: readonly string[], toDo: string): void {
  for (const name of chosenTypes(events, catalog.eventTypes)) {
    const reads = catalog.eventTypes.get(name)?.reads
    if (reads && !actor.scopes.has(reads)) throw missingScope(reads, toDo, actor)
  }
}

/** The same for its rules: it is sent no document that the caller may not read. */
function requireWithinReach(
  { catalog }: Context,
  actor: Actor,
  row: Pick<store.WebhookRow, 'events' | 'rules' | 'owner_id'>,
  toDo: string,
): void {
  const types = chosenTypes(eventsOf(row), catalog.eventTypes)
  const isNarrowable = types.some((name) => catalog.eventTypes.get(name)?.isWithin)
  if (isNarrowable) requireRulesWithin(actor, row, narrowing, toDo)
}

/** Whoever changes a webhook could have everything sent elsewhere. */
export function requireCovered(context: Context, actor: Actor, row: store.WebhookRow): void {
  requireReadable(context, actor, eventsOf(row), 'Changing the webhook')
  requireWithinReach(context, actor, row, 'Changing the webhook')
}

function requireUpdatable(context: Context, actor: Actor, row: store.WebhookRow, input: WebhookUpdate): void {
  requireCovered(context, actor, row)
  requireNotOfExtension(row, input)
}

const narrowing = ['documents:read'] as const

/** @throws AppError invalid_request for a rule that would narrow nothing */
function checkedRules(actor: Actor, given: readonly Rule[] | null | undefined): string | null {
  const idle = given?.find(({ scope }) => scope !== 'documents:read')
  if (idle)
    throw invalidRequest(
      `The 'rules' field narrows the scope '${idle.scope}'; the rules of a webhook are for 'documents:read' alone.`,
    )
  return rulesFor(actor, given, narrowing)
}

/**
 * The values of header fields were given for one receiver. Whoever may change the URL was never shown them, so that they
 * stay with the origin: on another one, every value must come from the request that names it.
 * @param before undefined for a caller who could guess it
 */
function requireOwnOrigin(before: string | undefined, after: string, hidden: readonly string[]): void {
  if (before === undefined) {
    if (hidden.length === 0) return
    throw invalidRequest(
      "The 'url' field needs the header fields of the webhook again, because you may not read its present URL: send their values in 'headers', or null to remove them.",
    )
  }
  const { origin } = new URL(before)
  if (hidden.length === 0 || new URL(after).origin === origin) return
  throw invalidRequest(
    `The 'url' field names another origin than ${origin}, for which the values of ${hidden.join(', ')} were given; send them again in 'headers', or null to remove them.`,
  )
}

async function requireDestination({ guard }: Context, url: string): Promise<void> {
  const problem = await guard.check(url)
  if (problem !== undefined) throw invalidRequest(`The 'url' field is refused: ${problem}`)
}

function sealHeaders({ vault }: Context, id: number, headers: string): string {
  return vault.seal(headers, headersContext(id))
}
