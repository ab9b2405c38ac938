import { invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { writeDeliveries } from '../events/outbox.ts'
import { fromTimestamp, minuteMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import type { Span } from '../sending/dispatch-store.ts'
import type { Included, Recovered } from './recover-schema.ts'
import * as store from './recover-store.ts'
import { sendAgain } from './service.ts'
import { findDelivery } from './store.ts'

/** Deliveries that one request sends: its one transaction stays short. */
export const sentMax = 1_000
/** Events that one request looks at: most of a log may be none of those that are wanted. */
const walkedMax = 5_000
/** Ids grow with the time, but for transactions that overlap: none of them takes so long. */
const overlapMs = minuteMs

interface Replay {
  span: Span & { since: string }
  subscribed: readonly string[]
  include: readonly Included[]
  cursor: string | undefined
}

/**
 * Sends events of a span to a webhook, in the order of the log, whatever became of them before. It goes through the log and
 * not through the deliveries, because what was never sent has none, and what was delivered twice is sent once. A request
 * that is repeated with the same cursor skips what the first one sent.
 */
export async function replay(
  { catalog }: Pick<Context, 'catalog'>,
  trx: Transaction,
  { span, subscribed, include, cursor }: Replay,
  nowMs: number,
): Promise<Omit<Recovered, 'hastened'>> {
  const { webhook_id, types = subscribed } = span
  const since = secondOf(span.since)
  const until = secondOf(span.until ?? toInstant(nowMs + overlapMs))
  const from = cursor === undefined ? await beginningOf(trx, since, nowMs) : readCursor(cursor)
  // A first request finds what others have sent at this moment under way.
  const startedAt = cursor === undefined ? undefined : toInstant(from.startedMs)
  const beyond = toTimestamp(fromTimestamp(until) + overlapMs)
  const wanted = new Set(types.filter((type) => subscribed.includes(type)))
  const walked = await store.listWithNewest(trx.db, { webhook_id, after: from.after }, walkedMax)
  const sent = { resent: 0, newly_sent: 0 }
  let isOver = walked.length < walkedMax
  let { after } = from
  for (const event of walked) {
    if (event.occurred_at >= beyond) {
      isOver = true
      break
    }
    if (sent.resent + sent.newly_sent === sentMax) {
      isOver = false
      break
    }
    after = event.id
    if (event.occurred_at < since || event.occurred_at >= until || !wanted.has(event.type)) continue
    const fate = fateOf(event, startedAt)
    if (fate === undefined || !include.includes(fate)) continue
    if (event.delivery_id === null) {
      const written = await writeDeliveries(
        trx,
        catalog.eventTypes.get(event.type),
        { ...deliveryOf(event, nowMs), data: event },
        [webhook_id],
      )
      sent.newly_sent += written.length
    } else {
      const newest = await findDelivery(trx.db, event.delivery_id, { forUpdate: true })
      if (newest) await sendAgain(trx, newest, nowMs)
      sent.resent++
    }
  }
  if (isOver) return { ...sent, remaining: 0, next_cursor: null }
  const last = await store.lastEventBefore(trx.db, beyond)
  return {
    ...sent,
    remaining: Math.max(1, last - after),
    next_cursor: writeCursor({ startedMs: from.startedMs, after }),
  }
}

/** What became of an event; undefined for what is under way, or is not to be sent again. */
function fateOf(event: store.WithNewest, startedAt: string | undefined): Included | undefined {
  const { delivery_status, delivery_reason, delivery_created_at, is_noted } = event
  if (delivery_created_at === null) return is_noted ? undefined : 'missed'
  if (startedAt !== undefined && delivery_created_at >= startedAt) return undefined
  if (delivery_status === 'failed' || delivery_status === 'delivered') return delivery_status
  if (delivery_status !== 'discarded') return undefined
  // Somebody wanted it not to be sent, or there is nothing left to send.
  return delivery_reason === 'cancelled' || delivery_reason === 'erased' ? undefined : 'missed'
}

function deliveryOf({ id, type, resource_type, resource_id }: store.WithNewest, nowMs: number) {
  return {
    event_id: id,
    event_type: type,
    created_at: toInstant(nowMs),
    order_key: `${resource_type}/${resource_id}`,
  }
}

/** Events know the second in which they happened. */
function secondOf(instant: string): string {
  return toTimestamp(fromTimestamp(instant))
}

interface Position {
  /** When the first request was made: what was sent since then was sent by this replay, or with its event. */
  startedMs: number
  /** The last event that was looked at. */
  after: number
}

async function beginningOf({ db }: Transaction, since: string, nowMs: number): Promise<Position> {
  const early = toTimestamp(fromTimestamp(since) - overlapMs)
  return { startedMs: nowMs, after: await store.lastEventBefore(db, early) }
}

function writeCursor({ startedMs, after }: Position): string {
  return Buffer.from(JSON.stringify([startedMs, after])).toString('base64url')
}

/** @throws AppError invalid_request when `writeCursor` did not make it */
function readCursor(cursor: string): Position {
  const [, startedMs, after] =
    /^\[(\d{1,14}),(\d{1,16})\]$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const position = { startedMs: Number(startedMs), after: Number(after) }
  if (Number.isSafeInteger(position.startedMs) && Number.isSafeInteger(position.after)) return position
  throw invalidRequest("The 'cursor' field is not one that this API made; start again without it.")
}
