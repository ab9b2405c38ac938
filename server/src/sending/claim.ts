import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { newLease } from '../db/processes.ts'
import type { Subjects } from '../db/subjects.ts'
import { bodyContext, countDelivery } from '../events/outbox.ts'
import type { EventBody } from '../events/types.ts'
import { toInstant } from '../lib/timestamps.ts'
import { type Moving, movedMax, moving, standingsOf, unknown } from './arrange.ts'
import * as store from './dispatch-store.ts'
import { freeOf } from './health.ts'
import { inOrder } from './order.ts'
import { pace } from './pace.ts'
import { type Standing, standingOf, type Unsent } from './standing.ts'

export interface Claim {
  webhook: store.WebhookRow
  deliveries: store.Leased[]
  /** Whether a record, as it was before a change, may be sent to the webhook. */
  sees(eventType: string, data: object): boolean
}

type Due = Awaited<ReturnType<typeof store.holdDue>>[number]

/** Due deliveries of a webhook that are looked at where each has to be decided by itself. */
const lookedAtMax = 100

/**
 * Leases due deliveries, webhook by webhook, each up to its own concurrency, in fair shares of the room that is left:
 * never simply the oldest rows, or one hanging receiver would hold up all others. What is sent follows the rights of this
 * moment: a delivery that its webhook or the owner of it does not get now is held or discarded instead.
 * @param due ids of webhooks that had due deliveries a moment ago, no more than there is room
 * @param room deliveries that may begin
 * @returns the leases, and whether anything else has been moved
 */
export async function claimDue(
  trx: Transaction,
  { catalog, config, database }: Pick<Context, 'catalog' | 'config' | 'database'>,
  due: readonly number[],
  room: number,
  nowMs: number,
): Promise<{ claims: Claim[]; hasMoved: boolean }> {
  // Everything is read again: between the first read and the lock another process may have been here.
  const held = await store.holdWebhooks(trx.db, due, { wait: false })
  const webhooks = held.filter(({ deleted_at }) => deleted_at === null)
  if (webhooks.length === 0) return { claims: [], hasMoved: false }
  const ids = webhooks.map(({ id }) => id)
  const [sending, senders] = [await store.countSending(trx.db, ids), await standingsOf(trx, webhooks, nowMs)]
  const standings = new Map<number, Standing>()
  const begun: number[] = []
  let hasMoved = false
  // Those with the least first, so that the others get what they leave.
  const inOrder = webhooks.toSorted((a, b) => a.concurrency - b.concurrency)
  for (const [i, webhook] of inOrder.entries()) {
    const { sender, standing: number } = senders.get(webhook.id) ?? unknown
    const standing = standingOf(webhook, sender, catalog.eventTypes)
    standings.set(webhook.id, standing)
    const move = moving(trx, nowMs, number)
    const share = Math.ceil((room - begun.length) / (inOrder.length - i))
    const free = Math.min(share, freeOf(webhook, sending.get(webhook.id) ?? 0, nowMs))
    begun.push(...(await holdDue(trx, database.subjects, webhook, standing, move, free, nowMs)))
    hasMoved ||= move.room() < movedMax
  }
  if (begun.length === 0) return { claims: [], hasMoved }
  return { claims: await lease(trx, webhooks, begun, nowMs, config.webhooks.leaseMs, standings), hasMoved }
}

/** @returns the ids of those that are sent now */
async function holdDue(
  trx: Transaction,
  subjects: Subjects,
  webhook: store.WebhookRow,
  standing: Standing,
  move: Moving,
  free: number,
  nowMs: number,
): Promise<number[]> {
  const { id: webhook_id, rate_limit_per_minute, throttled_until } = webhook
  const { allowed } = pace(rate_limit_per_minute, throttled_until, free, nowMs)
  if (allowed === 0 && !standing.resting) return []
  const isOrdered = webhook.ordering === 'resource'
  const looked = standing.isNarrow || isOrdered ? Math.max(allowed, lookedAtMax) : allowed
  const limit = standing.resting ? movedMax : looked
  const due = await store.holdDue(trx.db, { webhook_id, now: toInstant(nowMs), limit })
  const wanted = await sentOf(trx, subjects, standing, move, due)
  const sent = (isOrdered ? await nextOf(trx, webhook_id, move, wanted) : wanted).slice(0, allowed)
  const { throttledUntil } = pace(rate_limit_per_minute, throttled_until, sent.length, nowMs)
  if (throttledUntil !== throttled_until) await store.noteThrottle(trx.db, webhook_id, throttledUntil)
  return sent.map(({ id }) => id)
}

/** Holds those that are behind another delivery about the same record. */
async function nextOf(
  trx: Transaction,
  webhookId: number,
  move: Moving,
  wanted: readonly Due[],
): Promise<Due[]> {
  const { next, behind } = await inOrder(trx, webhookId, wanted)
  await move.hold(behind, 'order')
  return next
}

/** Moves those that are not sent out of the way. */
async function sentOf(
  trx: Transaction,
  subjects: Subjects,
  { needsData, whyUnsent }: Standing,
  move: Moving,
  due: readonly Due[],
): Promise<Due[]> {
  const told = await dataOf(
    trx,
    subjects,
    due.filter(({ event_type }) => needsData(event_type)),
  )
  const unsent = new Map<string, { why: Unsent; rows: Due[] }>()
  const sent = due.filter((row) => {
    const data = told.get(row.event_id)
    const isErased = data === undefined && needsData(row.event_type)
    const why: Unsent | undefined = isErased ? { discarded: 'erased' } : whyUnsent(row.event_type, data)
    if (!why) return true
    const alike = unsent.get(JSON.stringify(why)) ?? { why, rows: [] }
    alike.rows.push(row)
    unsent.set(JSON.stringify(why), alike)
    return false
  })
  for (const { why, rows } of unsent.values()) {
    if ('held' in why) await move.hold(rows, why.held)
    else await move.discard(rows, why.discarded)
  }
  return sent
}

/** What the events of these deliveries tell, by event. */
async function dataOf(
  trx: Transaction,
  subjects: Subjects,
  rows: readonly Due[],
): Promise<Map<number, object>> {
  const bodies = await store.findBodies(
    trx.db,
    rows.map(({ event_id }) => event_id),
  )
  const open = await subjects.opener(
    trx.db,
    [...bodies.values()].map(({ body }) => body),
  )
  const found = new Map<number, object>()
  for (const [id, { body }] of bodies) {
    const text = open(body, bodyContext)
    if (text !== null) found.set(id, (JSON.parse(text) as EventBody).data)
  }
  return found
}

async function lease(
  trx: Transaction,
  webhooks: readonly store.WebhookRow[],
  ids: readonly number[],
  nowMs: number,
  leaseMs: number,
  standings: ReadonlyMap<number, Standing>,
): Promise<Claim[]> {
  const lease = newLease(nowMs, leaseMs)
  const leased = await store.leaseDeliveries(trx.db, ids, { now: toInstant(nowMs), ...lease })
  for (const delivery of leased) {
    countDelivery(trx, delivery, 'pending', -1)
    countDelivery(trx, delivery, 'sending', 1)
  }
  const byWebhook = Map.groupBy(leased, ({ webhook_id }) => webhook_id)
  return webhooks.flatMap((webhook) => {
    const deliveries = byWebhook.get(webhook.id) ?? []
    if (deliveries.length === 0) return []
    const { lease_token } = lease
    const sees = (type: string, data: object) =>
      standings.get(webhook.id)?.whyUnsent(type, data) === undefined
    return [{ webhook, deliveries: deliveries.map((delivery) => ({ ...delivery, lease_token })), sees }]
  })
}
