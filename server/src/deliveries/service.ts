import type { Actor } from '../access/caller.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { isAnySending } from '../db/processes.ts'
import type { Opener } from '../db/subjects.ts'
import { countDelivery } from '../events/outbox.ts'
import { includesType } from '../events/patterns.ts'
import { mayReadEvent } from '../events/service.ts'
import { seesAllOf } from '../events/visibility.ts'
import { fromTimestamp, toInstant, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import { moveTo } from '../sending/arrange-store.ts'
import { messageId } from '../sending/body.ts'
import { holdWebhooks } from '../sending/dispatch-store.ts'
import { releaseNext } from '../sending/order.ts'
import { findHeads } from '../sending/order-store.ts'
import { hidden } from '../sending/scrub.ts'
import { responseContext } from '../sending/settle.ts'
import { whyResting } from '../sending/standing.ts'
import { ping } from '../webhooks/events.ts'
import { type WebhookRow, record as webhooks } from '../webhooks/service.ts'
import { resourcesOf } from './resources.ts'
import type { Delivery, DeliveryListQuery, DeliveryWithAttempts } from './schema.ts'
import * as store from './store.ts'
import { waitOf } from './waiting.ts'

export async function listDeliveries(
  context: Context,
  actor: Actor,
  webhookId: number,
  { status, event_type, since, until, response_class, response_status, error }: DeliveryListQuery,
  request: ListRequest,
): Promise<Listing<Delivery>> {
  const { database } = context
  const webhook = await webhooks.read(context, database.read, actor, webhookId)
  const ofStatus = response_status === undefined ? undefined : `${Math.floor(response_status / 100)}xx`
  const results = new Set([response_class, ofStatus, error].filter((result) => result !== undefined))
  // An attempt has one result.
  if (results.size > 1) return listing(request, [], 0, (row: Delivery) => row)
  const [last_result] = results
  const filter: store.DeliveryFilter = {
    webhook_id: webhookId,
    ...(status ? { status } : {}),
    ...(event_type ? { event_type } : {}),
    ...(since ? { since: toInstant(fromTimestamp(since)) } : {}),
    ...(until ? { until: toInstant(fromTimestamp(until)) } : {}),
    ...(last_result ? { last_result } : {}),
    ...(response_status ? { response_status } : {}),
  }
  const [rows, total] = await Promise.all([
    store.listDeliveries(database.read, filter, request.slice),
    store.countDeliveries(database.read, filter),
  ])
  const around = await findAround(context, database.read, actor, rows)
  return listing(request, rows, total, (row) => toDelivery(row, webhook, around))
}

export async function getDelivery(
  context: Context,
  actor: Actor,
  id: number,
): Promise<Tagged<DeliveryWithAttempts>> {
  const { read } = context.database
  const { row, webhook } = await requireDelivery(context, read, actor, id)
  const resource = await withAttempts(context, read, actor, row, webhook)
  return { etag: etagOfDelivery(row, resource, await sees(context, read, actor, row)), resource }
}

/** @param isVisible whether the caller may read the event */
function etagOfDelivery(
  row: store.DeliveryRow,
  { reason, resource, waiting_for, waiting_until, waiting_behind }: Delivery,
  isVisible: boolean,
): string {
  const { id, status, attempts, next_attempt_at, resent_as } = row
  const seen = [isVisible ? 1 : 0, resource ? 1 : 0]
  const waiting = [next_attempt_at, waiting_for, waiting_until, waiting_behind]
  return etagOf('delivery', id, status, reason, attempts, ...waiting, resent_as, ...seen)
}

/**
 * Resends an event: with the same id and body, signed with the current secret. A delivery that still waits for its next
 * attempt is not duplicated: that attempt is made now.
 */
export function resendDelivery(context: Context, actor: Actor, id: number): Change<Tagged<Delivery>> {
  return changing(context, actor, async ({ trx, nowMs }) => {
    const { row, webhook } = await requireDelivery(context, trx.db, actor, id, { forUpdate: true })
    if (row.status === 'pending') await store.makeDue(trx.db, id, toInstant(nowMs))
    const isOver = row.finished_at !== null
    if (isOver) requireSubscribed(context, webhook, row)
    const sent = isOver ? await sendAgain(trx, row, nowMs) : await found(trx.db, row)
    trx.hint('work')
    await recordAudit(trx, actor, toTimestamp(nowMs), {
      action: 'delivery.resend',
      targetId: id,
      before: null,
      after: { delivery_id: sent.id },
    })
    const resource = await told(context, trx, actor, sent, webhook)
    return { etag: etagOfDelivery(sent, resource, await sees(context, trx.db, actor, sent)), resource }
  })
}

/** Ends a delivery that waits, however long it was to wait. One that is being attempted may have arrived. */
export function cancelDelivery(context: Context, actor: Actor, id: number): Change<Delivery> {
  return changing(context, actor, async ({ trx, nowMs, now }) => {
    // Where the order is kept, what ends a delivery holds the webhook first, as the claim does.
    const { row: seen } = await requireDelivery(context, trx.db, actor, id)
    if (seen.order_key !== null) await holdWebhooks(trx.db, [seen.webhook_id], { wait: true })
    const { row, webhook } = await requireDelivery(context, trx.db, actor, id, { forUpdate: true })
    if (row.status === 'discarded') return told(context, trx, actor, row, webhook)
    if (row.status !== 'pending' && row.status !== 'held') throw notCancellable(row)
    await moveTo(trx.db, [id], {
      status: 'discarded',
      reason: 'cancelled',
      finished_at: toInstant(nowMs),
    })
    countDelivery(trx, row, row.status, -1)
    countDelivery(trx, row, 'discarded', 1)
    await releaseNext(trx, [row])
    await recordAudit(trx, actor, now, {
      action: 'delivery.cancel',
      targetId: id,
      before: { status: row.status, reason: row.reason },
      after: { status: 'discarded', reason: 'cancelled' },
    })
    return told(context, trx, actor, await found(trx.db, row), webhook)
  })
}

function notCancellable({ id, status }: store.DeliveryRow): AppError {
  return new AppError(
    'conflict',
    status === 'sending'
      ? `The delivery ${id} is being attempted at this moment; if the attempt fails, cancel the delivery then.`
      : `The delivery ${id} has ended as ${status}; only one that is pending or held can be cancelled.`,
  )
}

function requireSubscribed(
  { catalog }: Context,
  { id, events }: WebhookRow,
  { event_type }: store.DeliveryRow,
): void {
  const type = catalog.eventTypes.get(event_type)
  if (event_type === ping.name || (type && includesType(events.split(' '), type))) return
  throw new AppError(
    'conflict',
    `The webhook ${id} does not subscribe to ${event_type}; add it to its 'events' to send such events again.`,
  )
}

/** A delivery of the same event. */
export async function sendAgain(
  trx: Transaction,
  row: store.DeliveryRow,
  nowMs: number,
): Promise<store.DeliveryRow> {
  const now = toInstant(nowMs)
  const sent = await store
    .insertDelivery(trx.db, {
      webhook_id: row.webhook_id,
      event_id: row.event_id,
      event_type: row.event_type,
      generation: await store.nextGeneration(trx.db, row),
      status: 'pending',
      created_at: now,
      next_attempt_at: now,
      is_test: row.is_test,
    })
    .catch((error: unknown) => {
      if (violatedUnique(error) !== 'deliveries_event_id') throw error
      throw new AppError('conflict', 'The event is being resent at this moment; check its deliveries.')
    })
  countDelivery(trx, sent, 'pending', 1)
  await store.noteResent(trx.db, row.id, sent.id)
  return sent
}

async function requireDelivery(
  context: Context,
  db: Db,
  actor: Actor,
  id: number,
  options?: { forUpdate: boolean },
): Promise<{ row: store.DeliveryRow; webhook: WebhookRow }> {
  const row = await store.findDelivery(db, id, options)
  if (!row) throw notFound('delivery', id)
  try {
    return { row, webhook: await webhooks.read(context, db, actor, row.webhook_id) }
  } catch (error) {
    // A caller who may not see the webhook must not learn about its deliveries either.
    if (error instanceof AppError && error.code === 'resource_not_found') throw notFound('delivery', id)
    throw error
  }
}

/** As it is now. */
export async function found(db: Db, row: store.DeliveryRow): Promise<store.DeliveryRow> {
  return (await store.findDelivery(db, row.id)) ?? row
}

async function shown(
  context: Context,
  db: Db,
  actor: Actor,
  row: store.DeliveryRow,
  webhook: WebhookRow,
): Promise<Delivery> {
  return toDelivery(row, webhook, await findAround(context, db, actor, [row]))
}

/** In a response that may be stored for a retry. */
async function told(
  context: Context,
  trx: Transaction,
  actor: Actor,
  row: store.DeliveryRow,
  webhook: WebhookRow,
): Promise<Delivery> {
  const delivery = await shown(context, trx.db, actor, row, webhook)
  if (delivery.resource?.type === 'user') trx.isAbout(delivery.resource.id)
  return delivery
}

/** What deliveries show of other tables, and at this time. */
export async function findAround(context: Context, db: Db, actor: Actor, rows: readonly store.DeliveryRow[]) {
  const events = await store.findOccurrences(
    db,
    rows.map((row) => row.event_id),
  )
  const lastAttempts = await store.findLastAttempts(
    db,
    rows.map((row) => row.id),
  )
  const resources = await resourcesOf(context, db, actor, rows)
  const nowMs = context.clock.now()
  const heads = await headsOf(db, rows)
  // A process that sends need not ask for others.
  const mayLack = context.config.role === 'api' && rows.some(({ status }) => status === 'pending')
  const hasSender = !mayLack || (await isAnySending(db, nowMs))
  return { events, lastAttempts, resources, heads, hasSender, nowMs }
}

/** The deliveries that have to end before some others, where a webhook keeps the order. */
async function headsOf(db: Db, rows: readonly store.DeliveryRow[]): Promise<Map<number, number>> {
  const ordered = rows.filter((row) => row.order_key !== null && row.finished_at === null)
  if (ordered.length === 0) return new Map()
  const found = await findHeads(db, { ids: JSON.stringify(ordered.map(({ id }) => id)) })
  return new Map(found.flatMap(({ id, head_id }) => (head_id === null ? [] : [[id, head_id]])))
}

/** Whether the actor may read the event. */
async function sees(
  context: Context,
  db: Db,
  actor: Actor,
  { event_type, event_id, is_test }: store.DeliveryRow,
): Promise<boolean> {
  if (is_test) return true
  const type = context.catalog.eventTypes.get(event_type)
  if (type && seesAllOf(actor, type)) return true
  return mayReadEvent(context, actor, event_id, db)
}

export async function withAttempts(
  context: Context,
  db: Db,
  actor: Actor,
  row: store.DeliveryRow,
  webhook: WebhookRow,
): Promise<DeliveryWithAttempts> {
  const attempts = await store.listAttempts(db, row.id)
  const open = await context.database.subjects.opener(
    db,
    attempts.flatMap((attempt) => [attempt.response_headers, attempt.response_body]),
  )
  const isVisible = await sees(context, db, actor, row)
  return {
    ...(await shown(context, db, actor, row, webhook)),
    log: attempts.map((attempt) => toAttempt(attempt, open, isVisible)),
  }
}

export function toDelivery(
  row: store.DeliveryRow,
  webhook: WebhookRow,
  { events, lastAttempts, resources, heads, hasSender, nowMs }: Awaited<ReturnType<typeof findAround>>,
): Delivery {
  const event = events.get(row.event_id)
  const last = lastAttempts.get(row.id)
  if (!event) throw new Error(`The event ${row.event_id} of the delivery ${row.id} is gone.`)
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event_type: row.event_type as Delivery['event_type'],
    test: row.is_test === 1,
    resource: resources.get(row.id) ?? null,
    message_id: messageId(event),
    generation: row.generation,
    status: row.status,
    // What rests as a whole outweighs what was wrong with the one event when it was held.
    reason: ((row.status === 'held' && webhook.sender && whyResting(webhook, webhook.sender)) ||
      row.reason) as Delivery['reason'],
    attempts: row.attempts,
    created_at: toWholeSeconds(row.created_at),
    last_attempt_at: toWholeSeconds(row.last_attempt_at),
    last_response_status: last?.response_status ?? null,
    last_error: (last?.error ?? null) as Delivery['last_error'],
    last_duration_ms: last?.duration_ms ?? null,
    next_attempt_at: toWholeSeconds(row.next_attempt_at),
    ...waitOf(row, webhook, { head: headIn(heads, row, webhook), hasSender, nowMs }),
    finished_at: toWholeSeconds(row.finished_at),
    resent_as: row.resent_as,
  }
}

function headIn(heads: ReadonlyMap<number, number>, { id }: store.DeliveryRow, { ordering }: WebhookRow) {
  return ordering === 'resource' ? (heads.get(id) ?? null) : null
}

/** @param isVisible whether the caller may read the event: a receiver may have sent it back */
function toAttempt(
  row: store.AttemptRow,
  open: Opener,
  isVisible: boolean,
): DeliveryWithAttempts['log'][number] {
  return {
    number: row.number,
    started_at: toWholeSeconds(row.started_at),
    duration_ms: row.duration_ms,
    outcome: row.outcome,
    error: row.error as DeliveryWithAttempts['log'][number]['error'],
    request: { headers: row.request_headers === null ? null : JSON.parse(row.request_headers) },
    response:
      row.response_status === null
        ? null
        : {
            status: row.response_status,
            headers: isVisible ? JSON.parse(open(row.response_headers, responseContext) ?? '{}') : {},
            body: isVisible ? (open(row.response_body, responseContext) ?? '') : hidden,
            body_truncated: row.response_truncated === 1,
          },
  }
}
