import { randomUUID } from 'node:crypto'
import type { Transaction } from '../db/database.ts'
import { countDelivery } from '../events/outbox.ts'
import { toInstant } from '../lib/timestamps.ts'
import * as store from './dispatch-store.ts'
import { freeOf } from './health.ts'
import { pace } from './pace.ts'

export interface Claim {
  webhook: store.WebhookRow
  deliveries: store.Leased[]
}

/**
 * Leases due deliveries, webhook by webhook, each up to its own concurrency, in fair shares of the room that is left:
 * never simply the oldest rows, or one hanging receiver would hold up all others.
 * @param due ids of webhooks that had due deliveries a moment ago, no more than there is room
 * @param room deliveries that may begin
 */
export async function claimDue(
  trx: Transaction,
  due: readonly number[],
  room: number,
  nowMs: number,
  leaseMs: number,
): Promise<Claim[]> {
  // Everything is read again: between the first read and the lock another process may have been here.
  const webhooks = (await store.holdWebhooks(trx.db, due, { wait: false })).filter(
    (webhook) => webhook.status === 'active' && webhook.deleted_at === null,
  )
  if (webhooks.length === 0) return []
  const sending = await store.countSending(
    trx.db,
    webhooks.map(({ id }) => id),
  )
  const ids: number[] = []
  // Those with the least first, so that the others get what they leave.
  const inOrder = webhooks.toSorted((a, b) => a.concurrency - b.concurrency)
  for (const [i, webhook] of inOrder.entries()) {
    const share = Math.ceil((room - ids.length) / (inOrder.length - i))
    const free = Math.min(share, freeOf(webhook, sending.get(webhook.id) ?? 0, nowMs))
    ids.push(...(await holdDue(trx, webhook, free, nowMs)))
  }
  return ids.length === 0 ? [] : lease(trx, webhooks, ids, nowMs, leaseMs)
}

async function holdDue(
  trx: Transaction,
  webhook: store.WebhookRow,
  free: number,
  nowMs: number,
): Promise<number[]> {
  const { id: webhook_id, rate_limit_per_minute, throttled_until } = webhook
  const { allowed } = pace(rate_limit_per_minute, throttled_until, free, nowMs)
  if (allowed === 0) return []
  const due = await store.holdDue(trx.db, { webhook_id, now: toInstant(nowMs), limit: allowed })
  const { throttledUntil } = pace(rate_limit_per_minute, throttled_until, due.length, nowMs)
  if (throttledUntil !== throttled_until) await store.noteThrottle(trx.db, webhook_id, throttledUntil)
  return due.map(({ id }) => id)
}

async function lease(
  trx: Transaction,
  webhooks: readonly store.WebhookRow[],
  ids: readonly number[],
  nowMs: number,
  leaseMs: number,
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
    return [{ webhook, deliveries: deliveries.map((delivery) => ({ ...delivery, lease_token })) }]
  })
}

/** The holder of the token may end the attempt, until another process has reclaimed the delivery. */
export function newLease(nowMs: number, leaseMs: number): store.Lease {
  return { lease_token: randomUUID(), lease_until: toInstant(nowMs + leaseMs) }
}
