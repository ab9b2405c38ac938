import type { Actor } from '../access/caller.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { newLease } from '../db/processes.ts'
import { countDelivery, writeEvent } from '../events/outbox.ts'
import { exampleBody } from '../events/types.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import { findBodies, findSecrets } from '../sending/dispatch-store.ts'
import { hidden } from '../sending/scrub.ts'
import { settle } from '../sending/settle.ts'
import { ping } from '../webhooks/events.ts'
import { record as webhooks } from '../webhooks/service.ts'
import type { DeliveryWithAttempts } from './schema.ts'
import { found, withAttempts } from './service.ts'
import * as store from './store.ts'

/**
 * Sends a real, signed `ping`, or the sample of another event type, at once, whatever the state of the webhook, and returns
 * the outcome. It is not retried. The event log has a ping in either case.
 * @returns the change that records the outcome
 */
export async function testWebhook(
  context: Context,
  actor: Actor,
  webhookId: number,
  eventType: string,
): Promise<Change<DeliveryWithAttempts>> {
  const { database, clock, config, sender, dispatcher } = context
  const nowMs = clock.now()
  const lease = newLease(nowMs, config.webhooks.leaseMs)
  const sample = sampleOf(context, eventType, nowMs)
  const { webhook, row } = await database.write(async (trx) => {
    const webhook = await webhooks.read(context, trx.db, actor, webhookId)
    const occurrence = { type: ping, data: { id: webhookId }, requestId: actor.requestId }
    const eventId = await writeEvent(trx, occurrence, nowMs, sample)
    const row = await store.insertDelivery(trx.db, {
      webhook_id: webhookId,
      event_id: eventId,
      event_type: eventType,
      generation: 1,
      status: 'sending',
      attempts: 1,
      created_at: toInstant(nowMs),
      last_attempt_at: toInstant(nowMs),
      next_attempt_at: null,
      is_test: 1,
      ...lease,
    })
    countDelivery(trx, row, 'sending', 1)
    await recordAudit(trx, actor, toTimestamp(nowMs), {
      action: 'webhook.test',
      targetId: webhookId,
      before: null,
      after: { delivery_id: row.id, event_type: eventType },
    })
    return { webhook, row }
  })
  const [bodies, secrets] = await Promise.all([
    findBodies(database.read, [row.event_id]),
    findSecrets(database.read, [webhookId], toTimestamp(nowMs)),
  ])
  const finished = await sender.send(
    { ...row, lease_token: lease.lease_token },
    webhook,
    bodies.get(row.event_id),
    secrets.get(webhookId) ?? [],
  )
  return async (trx) => {
    const ours = await settle(trx, context, [finished], clock.now())
    trx.afterCommit(() => dispatcher.count(ours))
    // What the receiver of its owner says is in the response.
    trx.isAbout(webhook.owner_id)
    return withAttempts(context, trx.db, actor, await found(trx.db, row), webhook)
  }
}

/** The documented sample, marked as a test; a ping needs none. */
function sampleOf({ catalog }: Context, name: string, nowMs: number) {
  const type = catalog.eventTypes.get(name)
  if (!type || name === ping.name) return undefined
  const { event, data } = exampleBody(type)
  return { event, timestamp: toTimestamp(nowMs), test: true as const, data }
}

/** For callers who may test a webhook and not read it: its header fields, and what the receiver said, are not theirs. */
export function outcomeAlone(delivery: DeliveryWithAttempts): DeliveryWithAttempts {
  const log = delivery.log.map((attempt) => ({
    ...attempt,
    request: { headers: null },
    response: attempt.response && { ...attempt.response, headers: {}, body: hidden },
  }))
  return { ...delivery, log }
}
