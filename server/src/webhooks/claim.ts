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
 * Leases what is due, webhook by webhook, each up to its own concurrency, and all in fair shares of the room that is left:
 * never the oldest so many rows, or one receiver that hangs would hold up all others.
 * @param due ids of webhooks that something was due for a moment ago
 * @param room deliveries that may begin
 */
export async function claimDue(
  trx: Transaction,
  due: readonly number[],
  room: number,
  nowMs: number,
  leaseMs: number,
): Promise<Claim[]> {
  const webhooks = await store.holdWebhooks(trx.db, due, { wait: false })
  const claims: Claim[] = []
  let left = room
  // Those with the least to take first, so that what they leave goes to the others.
  const inOrder = webhooks.toSorted((a, b) => a.concurrency - b.concurrency)
  for (const [i, webhook] of inOrder.entries()) {
    const share = Math.ceil(left / (inOrder.length - i))
    const deliveries = await claimFor(trx, webhook, share, nowMs, leaseMs)
    left -= deliveries.length
    if (deliveries.length > 0) claims.push({ webhook, deliveries })
  }
  return claims
}

/** Everything is looked at again: between the first look and the lock another process may have been here. */
async function claimFor(
  trx: Transaction,
  webhook: store.WebhookRow,
  share: number,
  nowMs: number,
  leaseMs: number,
): Promise<store.Leased[]> {
  if (share === 0 || webhook.status !== 'active' || webhook.deleted_at !== null) return []
  const [sending] = await store.countSending(trx.db, { webhook_id: webhook.id })
  const free = Math.min(share, freeOf(webhook, sending?.count ?? 0, nowMs))
  const { allowed } = pace(webhook.rate_limit_per_minute, webhook.throttled_until, free, nowMs)
  if (allowed === 0) return []
  const lease = newLease(nowMs, leaseMs)
  const taken = await store.takeDue(trx.db, {
    webhook_id: webhook.id,
    now: toInstant(nowMs),
    limit: allowed,
    ...lease,
  })
  const used = pace(webhook.rate_limit_per_minute, webhook.throttled_until, taken.length, nowMs)
  if (used.throttledUntil !== webhook.throttled_until)
    await store.noteThrottle(trx.db, webhook.id, used.throttledUntil)
  for (const delivery of taken) {
    countDelivery(trx, delivery, 'pending', -1)
    countDelivery(trx, delivery, 'sending', 1)
  }
  return taken.map((delivery) => ({ ...delivery, lease_token: lease.lease_token }))
}

/** Whoever shows the token may end the attempt, until somebody else has taken the delivery back. */
export function newLease(nowMs: number, leaseMs: number): store.Lease {
  return { lease_token: randomUUID(), lease_until: toInstant(nowMs + leaseMs) }
}
