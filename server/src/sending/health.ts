import { extensionOf } from '../extension/names.ts'
import { fromTimestamp, hourMs, minuteMs, secondMs, toInstant } from '../lib/timestamps.ts'
import type { Health } from './dispatch-store.ts'

export type { Health } from './dispatch-store.ts'

const failuresToOpen = 5
const firstOpenMs = 30 * secondMs
export const openMsMax = 15 * minuteMs
const disableAfterMs = 120 * hourMs
const failuresToDisable = 10
export const warnAfterMs = 24 * hourMs
/** How often the success of a working receiver is recorded; recording every delivery would tell nothing more. */
const successNotedEveryMs = secondMs

/** The state of a new or reactivated receiver. */
export const fresh = {
  consecutive_failures: 0,
  failing_since: null,
  test_failed_at: null,
  circuit_trips: 0,
  circuit_open_until: null,
} as const

/** @returns the same object when nothing new is to be recorded */
export function afterSuccess<H extends Health>(health: H, nowMs: number): H {
  const isNoted =
    health.last_success_at !== null &&
    Math.abs(nowMs - fromTimestamp(health.last_success_at)) < successNotedEveryMs
  if (isNoted && health.consecutive_failures === 0 && health.test_failed_at === null) return health
  return { ...health, ...fresh, last_success_at: toInstant(nowMs) }
}

/** A test may fail without consequences, but the webhook must not look as if it had never been tried. */
export function afterFailedTest<H extends Health>(health: H, nowMs: number): H {
  return { ...health, test_failed_at: toInstant(nowMs) }
}

/**
 * The circuit breaker: after five failures in a row nothing is sent for 30 s, then one delivery is the probe. If it
 * fails too, the pause doubles, up to 15 minutes; a success closes the circuit. Failures while it is open belong to
 * attempts begun before, and change nothing.
 */
export function afterFailure<H extends Health>(health: H, nowMs: number): H {
  const failures = health.consecutive_failures + 1
  const failed = {
    ...health,
    consecutive_failures: failures,
    failing_since: health.failing_since ?? toInstant(nowMs),
    last_failure_at: toInstant(nowMs),
  }
  if (failures < failuresToOpen || isOpen(health, nowMs)) return failed
  const openMs = Math.min(firstOpenMs * 2 ** health.circuit_trips, openMsMax)
  return { ...failed, circuit_trips: health.circuit_trips + 1, circuit_open_until: toInstant(nowMs + openMs) }
}

/** An expression of the webhook failed. It shows, and in the end disables; the receiver may work, so that the circuit stays. */
export function afterExpressionFault<H extends Health>(health: H, nowMs: number): H {
  return {
    ...health,
    consecutive_failures: health.consecutive_failures + 1,
    failing_since: health.failing_since ?? toInstant(nowMs),
    last_failure_at: toInstant(nowMs),
  }
}

export type Circuit = 'closed' | 'open' | 'half_open'

export function circuitOf(health: Health, nowMs: number): Circuit {
  if (health.circuit_open_until === null) return 'closed'
  return isOpen(health, nowMs) ? 'open' : 'half_open'
}

/** When a failing receiver is disabled; undefined while it is not failing. */
export function disablesAt({ failing_since }: Health): number | undefined {
  return failing_since === null ? undefined : fromTimestamp(failing_since) + disableAfterMs
}

export function isGivenUp(health: Health, nowMs: number): boolean {
  const atMs = disablesAt(health)
  return atMs !== undefined && nowMs >= atMs && health.consecutive_failures >= failuresToDisable
}

/**
 * How many more deliveries may begin: one at a time to a receiver in trouble, so that it takes no room from others. A
 * function of an extension takes no connection: it is in trouble once its circuit has opened, and until then one call that
 * hangs holds up no other.
 */
export function freeOf(
  health: Health & { concurrency: number; url?: string },
  sending: number,
  nowMs: number,
): number {
  if (isOpen(health, nowMs)) return 0
  const { consecutive_failures, circuit_trips, url = '' } = health
  const isInTrouble = extensionOf(url) === undefined ? consecutive_failures > 0 : circuit_trips > 0
  const most = isInTrouble ? 1 : health.concurrency
  return Math.max(0, most - sending)
}

function isOpen({ circuit_open_until }: Health, nowMs: number): boolean {
  return circuit_open_until !== null && fromTimestamp(circuit_open_until) > nowMs
}
