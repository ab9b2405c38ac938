import { fromTimestamp, minuteMs, toInstant } from '../lib/timestamps.ts'

/** What may come at once under a rate limit: one second's worth, at least one. */
const burstMs = 1_000

/**
 * The rate limit of one receiver, as the generic cell rate algorithm has it (ITU-T I.371): one instant says it all.
 * @param throttledUntil when the next delivery may go; null when none went before
 * @returns how many of `wanted` may go now, and the instant after them
 */
export function pace(
  ratePerMinute: number | null,
  throttledUntil: string | null,
  wanted: number,
  nowMs: number,
): { allowed: number; throttledUntil: string | null } {
  if (ratePerMinute === null || wanted === 0) return { allowed: wanted, throttledUntil }
  const spacingMs = minuteMs / ratePerMinute
  const toleranceMs = Math.max(0, burstMs - spacingMs)
  const fromMs = throttledUntil === null ? Number.NEGATIVE_INFINITY : fromTimestamp(throttledUntil)
  // Time that was not used is worth one burst, not more.
  const startMs = Math.max(fromMs, nowMs - toleranceMs)
  const allowed = startMs > nowMs ? 0 : Math.min(wanted, Math.floor((nowMs - startMs) / spacingMs) + 1)
  if (allowed === 0) return { allowed, throttledUntil }
  return { allowed, throttledUntil: toInstant(Math.ceil(startMs + allowed * spacingMs)) }
}
