import { fromTimestamp, minuteMs, toInstant } from '../lib/timestamps.ts'

/** The burst of a rate limit: one second's worth, at least one delivery. */
const burstMs = 1_000

/**
 * The rate limit of one receiver by the generic cell rate algorithm (ITU-T I.371): one instant is the whole state.
 * @param throttledUntil when the next delivery may go; null when there was none
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
  // Unused time is worth one burst at most.
  const startMs = Math.max(fromMs, nowMs - toleranceMs)
  const allowed = startMs > nowMs ? 0 : Math.min(wanted, Math.floor((nowMs - startMs) / spacingMs) + 1)
  if (allowed === 0) return { allowed, throttledUntil }
  return { allowed, throttledUntil: toInstant(Math.ceil(startMs + allowed * spacingMs)) }
}
