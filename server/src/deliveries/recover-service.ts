import type { Actor } from '../access/caller.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change, Transaction } from '../db/database.ts'
import { chosenTypes } from '../events/patterns.ts'
import { fromTimestamp, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import { makeAllDue, type Span } from '../sending/dispatch-store.ts'
import { record as webhooks } from '../webhooks/service.ts'
import type { Recover, Recovered } from './recover-schema.ts'
import * as store from './recover-store.ts'
import { replay, sentMax } from './replay.ts'
import { sendAgain } from './service.ts'

/**
 * Sends the past to a webhook, as much of it as one request may. Deliveries that wait for a further attempt become due at
 * once: there are few, because the circuit breaker lets few begin while a receiver fails.
 */
export function recoverDeliveries(
  context: Context,
  actor: Actor,
  webhookId: number,
  wanted: Recover,
): Change<Recovered> {
  const { since, until, include = ['failed'] } = wanted
  if (until !== undefined && fromTimestamp(until) <= fromTimestamp(since))
    throw invalidRequest("The 'until' field must be later than 'since'.")
  return changing(context, actor, async ({ trx, nowMs }) => {
    const webhook = await webhooks.read(context, trx.db, actor, webhookId)
    if (webhook.status === 'disabled')
      throw new AppError('conflict', `The webhook ${webhookId} is disabled; set its status to active first.`)
    const span = {
      webhook_id: webhookId,
      since: toInstant(fromTimestamp(since)),
      until: until && toInstant(fromTimestamp(until)),
      types: wanted.types && chosenTypes(wanted.types, context.catalog.eventTypes),
    }
    const subscribed = await store.subscribedTypes(trx.db, webhookId)
    if (span.types && !span.types.some((type) => subscribed.includes(type)))
      throw new AppError(
        'conflict',
        `The webhook ${webhookId} subscribes to none of these types; add them to its 'events' to send such events.`,
      )
    const isWalk = include.some((one) => one !== 'failed')
    const sent = isWalk
      ? await replay(context, trx, { span, subscribed, include, cursor: wanted.cursor ?? undefined }, nowMs)
      : await resendFailed(trx, span, nowMs)
    const hastened = await makeAllDue(trx.db, span, toInstant(nowMs))
    const { resent, newly_sent } = sent
    if (resent + newly_sent + hastened > 0) {
      trx.hint('work')
      const { cursor: _, ...asked } = wanted
      await recordAudit(trx, actor, toTimestamp(nowMs), {
        action: 'webhook.recover',
        targetId: webhookId,
        before: null,
        after: { ...asked, resent, newly_sent, hastened },
      })
    }
    return { ...sent, hastened }
  })
}

/** Resends deliveries that failed and were not resent yet. */
async function resendFailed(
  trx: Transaction,
  span: Span,
  nowMs: number,
): Promise<Omit<Recovered, 'hastened'>> {
  const failed = await store.takeFailed(trx.db, span, sentMax)
  for (const row of failed) await sendAgain(trx, row, nowMs)
  const remaining = await store.countFailed(trx.db, span)
  return { resent: failed.length, newly_sent: 0, remaining, next_cursor: null }
}
