import type { Insertable } from 'kysely'
import { fullGrant } from '../access/grant.ts'
import { anySender } from '../access/senders.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import type { DeliveryAttemptsTable } from '../db/tables.ts'
import { countDelivery } from '../events/outbox.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import * as store from './dispatch-store.ts'
import { afterExpressionFault, afterFailedTest, afterFailure, afterSuccess, isGivenUp } from './health.ts'
import { releaseNext } from './order.ts'
import {
  isErased,
  isExpressionFault,
  isFiltered,
  isGone,
  isInterrupted,
  isProxyFault,
  isSuccess,
  type Outcome,
  putOffMsOf,
  resultOf,
} from './outcome.ts'
import { addOutcomes, type Outcomes } from './outcomes-store.ts'
import { retryDelay } from './retry.ts'
import { type DiscardReason, type HeldReason, standingOf } from './standing.ts'

/** What the responses of receivers are sealed for. */
export const responseContext = 'delivery_attempts.response'

/** A finished attempt. */
export interface Finished {
  delivery: store.Leased
  outcome: Outcome
  startedMs: number
  /** The person that the event is about. */
  subject: number | null
  /** As sent, without secrets. */
  requestHeaders: Readonly<Record<string, string>>
}

type Verdict =
  | { status: 'delivered' | 'failed' }
  /** Another attempt at this instant. */
  | { status: 'pending'; atMs: number }
  /** No other attempt now, or at all: the webhook has changed during this one. */
  | { status: 'held'; reason: HeldReason; standing: number }
  | { status: 'discarded'; reason: DiscardReason }

type Judged = Finished & { verdict: Verdict }

/**
 * Records finished attempts: the attempt, the new state of its delivery, and the health of the receiver. An attempt
 * that lost its lease meanwhile is skipped: it was recorded as interrupted, and another process has the delivery.
 * @returns those that were still ours
 */
export async function settle(
  trx: Transaction,
  { config, catalog }: Pick<Context, 'config' | 'catalog'>,
  finished: readonly Finished[],
  nowMs: number,
): Promise<Finished[]> {
  if (finished.length === 0) return []
  // First the webhooks, then their deliveries: the order in which the claim locks them, too.
  const ids = [...new Set(finished.map(({ delivery }) => delivery.webhook_id))]
  const webhooks = await store.holdWebhooks(trx.db, ids, { wait: true })
  const leases = await store.holdLeases(
    trx.db,
    finished.map(({ delivery }) => delivery.id),
  )
  const ours = finished.filter(
    ({ delivery }) => leases.get(delivery.id)?.lease_token === delivery.lease_token,
  )
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]))
  const judged = ours.map((attempt) => {
    const verdict = judge(attempt.delivery, attempt.outcome, nowMs, config.webhooks.retrySchedule)
    return { ...attempt, verdict: ifStillWanted(verdict, attempt.delivery, byId, catalog.eventTypes) }
  })
  await endAttempts(trx, judged, nowMs)
  const ended = judged.filter(({ verdict }) => isOver(verdict))
  await releaseNext(
    trx,
    ended.map(({ delivery: { id, webhook_id } }) => ({
      webhook_id,
      order_key: leases.get(id)?.order_key ?? null,
    })),
  )
  await addOutcomes(trx.db, outcomesOf(judged), nowMs)
  for (const attempt of ours.filter(({ outcome }) => isAttempt(outcome)))
    await store.insertAttempt(trx.db, await attemptRow(trx, attempt))
  for (const webhook of webhooks) {
    await noteReceiver(
      trx,
      webhook,
      ours.filter(({ delivery }) => delivery.webhook_id === webhook.id),
      nowMs,
    )
  }
  return ours
}

async function endAttempts(trx: Transaction, attempts: readonly Judged[], nowMs: number): Promise<void> {
  const now = toInstant(nowMs)
  const alike = new Map<string, { verdict: Verdict; result: string; isMade: boolean; ids: number[] }>()
  for (const { delivery, verdict, outcome } of attempts) {
    countDelivery(trx, delivery, 'sending', -1)
    countDelivery(trx, delivery, verdict.status, 1)
    const result = resultOf(outcome)
    const isMade = isAttempt(outcome)
    const key = JSON.stringify([verdict, result, isMade])
    const same = alike.get(key)
    if (same) same.ids.push(delivery.id)
    else alike.set(key, { verdict, result, isMade, ids: [delivery.id] })
  }
  for (const { verdict, result, isMade, ids } of alike.values()) {
    await store.endAttempts(trx.db, ids, {
      status: verdict.status,
      next_attempt_at: verdict.status === 'pending' ? toInstant(verdict.atMs) : null,
      finished_at: isOver(verdict) ? now : null,
      reason: 'reason' in verdict ? verdict.reason : null,
      standing: 'standing' in verdict ? verdict.standing : null,
      last_result: result,
      unmade: Number(!isMade),
    })
  }
}

/** One that the filter excluded was none, nor was one whose filter rests. */
function isAttempt(outcome: Outcome): boolean {
  return !isFiltered(outcome) && putOffMsOf(outcome) === undefined
}

function isOver({ status }: Verdict): boolean {
  return status !== 'pending' && status !== 'held'
}

/** By webhook, without attempts of unknown outcome, and without what was not sent at all. */
function outcomesOf(attempts: readonly Judged[]): Map<number, Outcomes> {
  const byWebhook = new Map<number, Outcomes>()
  for (const { delivery, outcome, verdict } of attempts) {
    if (isInterrupted(outcome) || isErased(outcome) || isFiltered(outcome)) continue
    const counts = byWebhook.get(delivery.webhook_id) ?? { delivered: 0, failed_attempts: 0, failed: 0 }
    if (isSuccess(outcome)) counts.delivered++
    else counts.failed_attempts++
    if (verdict.status === 'failed') counts.failed++
    byWebhook.set(delivery.webhook_id, counts)
  }
  return byWebhook
}

async function attemptRow(
  trx: Transaction,
  { delivery, subject, outcome, startedMs, requestHeaders }: Finished,
): Promise<Insertable<DeliveryAttemptsTable>> {
  const response = outcome.kind === 'responded' ? outcome : undefined
  return {
    delivery_id: delivery.id,
    number: delivery.attempts,
    started_at: toInstant(startedMs),
    duration_ms: Math.round(outcome.durationMs),
    outcome: isSuccess(outcome) ? 'succeeded' : isInterrupted(outcome) ? 'interrupted' : 'failed',
    error: outcome.kind === 'failed' ? outcome.reason : null,
    request_headers: JSON.stringify(requestHeaders),
    response_status: response?.status ?? null,
    response_headers: await trx.seal(
      subject,
      responseContext,
      response ? JSON.stringify(response.headers) : null,
    ),
    response_body: await trx.seal(subject, responseContext, response?.body ?? null),
    response_truncated: response?.bodyTruncated ? 1 : 0,
  }
}

function judge(
  delivery: store.Leased,
  outcome: Outcome,
  nowMs: number,
  schedule: readonly number[],
): Verdict {
  if (isSuccess(outcome)) return { status: 'delivered' }
  const putOffMs = putOffMsOf(outcome)
  if (putOffMs !== undefined) return { status: 'pending', atMs: nowMs + putOffMs }
  // Its outcome is unknown: it is attempted again at once, however often it was before.
  if (isInterrupted(outcome)) return { status: 'pending', atMs: nowMs }
  if (isErased(outcome)) return { status: 'discarded', reason: 'erased' }
  if (isFiltered(outcome)) return { status: 'discarded', reason: 'filtered' }
  if (isGone(outcome) || delivery.is_test === 1) return { status: 'failed' }
  const delayMs = retryDelay(delivery.attempts, outcome, nowMs, schedule, Math.random())
  return delayMs === undefined ? { status: 'failed' } : { status: 'pending', atMs: nowMs + delayMs }
}

/** Another attempt is made if the webhook still wants it; whether its owner may still read it is decided then. */
function ifStillWanted(
  verdict: Verdict,
  { webhook_id, event_type }: store.Leased,
  webhooks: ReadonlyMap<number, store.WebhookRow>,
  types: Context['catalog']['eventTypes'],
): Verdict {
  const webhook = webhooks.get(webhook_id)
  if (verdict.status !== 'pending' || !webhook) return verdict
  const why = standingOf(webhook, anySender(fullGrant), types).whyUnsent(event_type)
  if (!why) return verdict
  return 'held' in why
    ? { status: 'held', reason: why.held, standing: webhook.standing }
    : { status: 'discarded', reason: why.discarded }
}

async function noteReceiver(
  trx: Transaction,
  webhook: store.WebhookRow,
  attempts: readonly Finished[],
  nowMs: number,
): Promise<void> {
  let health = webhook
  let isGoneNow = false
  for (const { delivery, outcome } of attempts) {
    if (isSuccess(outcome)) health = afterSuccess(health, nowMs)
    else if (isInterrupted(outcome) || isErased(outcome) || isFiltered(outcome)) continue
    else if (delivery.is_test === 1) health = afterFailedTest(health, nowMs)
    else if (countsAgainst(delivery)) {
      if (isProxyFault(outcome)) health = { ...health, last_failure_at: toInstant(nowMs) }
      else if (isExpressionFault(outcome)) health = afterExpressionFault(health, nowMs)
      else health = afterFailure(health, nowMs)
      isGoneNow ||= isGone(outcome)
    }
  }
  if (health !== webhook) await store.noteHealth(trx.db, webhook.id, health)
  const reason = isGoneNow ? 'gone' : isGivenUp(health, nowMs) ? 'failing' : undefined
  if (reason === undefined || webhook.status !== 'active' || webhook.deleted_at !== null) return
  await store.disableWebhook(trx.db, webhook, reason, toTimestamp(nowMs))
  await recordAudit(trx, dispatcherName, toTimestamp(nowMs), {
    action: 'webhook.disable',
    targetId: webhook.id,
    before: { status: webhook.status, disabled_reason: null },
    after: { status: 'disabled', disabled_reason: reason },
  })
}

/** Resends may fail without consequences, as tests may: they are made to find out. */
function countsAgainst({ generation }: store.Leased): boolean {
  return generation === 1
}

const dispatcherName = {
  type: 'system',
  id: null,
  name: 'webhook dispatcher',
  ip: null,
  requestId: null,
} as const
