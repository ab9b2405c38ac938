import { fromTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { circuitOf } from '../sending/health.ts'
import { heldReasons, whyResting } from '../sending/standing.ts'
import type { WebhookRow } from '../webhooks/service.ts'
import type { DeliveryRow } from './store.ts'

/** What a delivery that has not ended waits for, besides the reasons for which it is held. */
export const waits = [...heldReasons, 'retry', 'circuit', 'probe', 'rate_limit', 'sender', 'turn'] as const

interface Wait {
  waiting_for: (typeof waits)[number] | null
  /** Never in the past; null when only something else can end the wait. */
  waiting_until: string | null
  /** The delivery about the same record that has to end first. */
  waiting_behind: number | null
}

interface Around {
  /** The delivery about the same record that has to end first, where the webhook keeps the order. */
  head: number | null
  /** Whether any process sends webhooks. */
  hasSender: boolean
  nowMs: number
}

const none: Wait = { waiting_for: null, waiting_until: null, waiting_behind: null }

/**
 * Why a delivery is not sent at this moment. The instant at which it is due does not tell: what rests as a whole, an open
 * circuit and the rate limit all hold back deliveries that are due.
 */
export function waitOf(row: DeliveryRow, webhook: WebhookRow, { head, hasSender, nowMs }: Around): Wait {
  if (row.status !== 'pending' && row.status !== 'held') return none
  const resting = webhook.sender && whyResting(webhook, webhook.sender)
  if (resting) return { ...none, waiting_for: resting }
  const isInOrder = row.status === 'pending' || row.reason === 'order'
  if (isInOrder && head !== null) return { ...none, waiting_for: 'order', waiting_behind: head }
  if (row.status === 'held' && row.reason !== 'order')
    return { ...none, waiting_for: row.reason as Wait['waiting_for'] }
  const until = (waiting_for: Wait['waiting_for'], at: string): Wait => ({
    ...none,
    waiting_for,
    waiting_until: toWholeSeconds(at),
  })
  const { next_attempt_at } = row
  const { circuit_open_until, throttled_until } = webhook
  const dueMs = next_attempt_at === null ? nowMs : fromTimestamp(next_attempt_at)
  const circuit = circuitOf(webhook, nowMs)
  if (circuit === 'open' && circuit_open_until !== null && fromTimestamp(circuit_open_until) > dueMs)
    return until('circuit', circuit_open_until)
  // Without an attempt there is nothing to repeat: then the clock was set back, and is followed within a second.
  if (next_attempt_at !== null && dueMs > nowMs && row.attempts > 0) return until('retry', next_attempt_at)
  if (!hasSender) return { ...none, waiting_for: 'sender' }
  if (circuit === 'half_open') return { ...none, waiting_for: 'probe' }
  if (throttled_until !== null && fromTimestamp(throttled_until) > nowMs)
    return until('rate_limit', throttled_until)
  return { ...none, waiting_for: 'turn' }
}
