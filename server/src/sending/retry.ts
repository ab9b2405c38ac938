import { minuteMs, secondMs } from '../lib/timestamps.ts'
import type { Outcome } from './outcome.ts'

const jitter = 0.2
/** An overloaded receiver or gateway gets no further attempt before this. */
const floorMs = minuteMs
const retryAfterAtLeastMs = 15 * minuteMs
const overloaded: readonly number[] = [429, 502, 504]
const timeouts: readonly string[] = ['timeout', 'connect_timeout', 'proxy_timeout']

/**
 * The pause before the next attempt, in milliseconds; undefined after the last one.
 *
 * A `Retry-After` (RFC 9110 §10.2.3) counts as far as it lies between the scheduled pause and the longer of twice that
 * pause and 15 minutes: a receiver may ask for time, not for ever.
 * @param attempts begun so far, this one included
 * @param schedule pauses in seconds
 * @param random from 0 to 1, for the jitter: deliveries that failed together do not come back together
 */
export function retryDelay(
  attempts: number,
  outcome: Outcome,
  nowMs: number,
  schedule: readonly number[],
  random: number,
): number | undefined {
  const seconds = schedule[attempts - 1]
  if (seconds === undefined) return undefined
  const baseMs = seconds * secondMs
  const asked = outcome.kind === 'responded' ? retryAfter(outcome.headers['retry-after'], nowMs) : undefined
  if (asked !== undefined) return clamp(asked, baseMs, retryDelayMax(attempts, schedule))
  const delayMs = baseMs * (1 - jitter + 2 * jitter * random)
  // A schedule whose pauses are all shorter is respected: nothing waits longer than its longest pause.
  const longestMs = Math.max(...schedule) * secondMs
  return Math.round(isOverloaded(outcome) ? Math.max(delayMs, Math.min(floorMs, longestMs)) : delayMs)
}

/** The longest that the next attempt may be postponed, in milliseconds. */
export function retryDelayMax(attempts: number, schedule: readonly number[]): number {
  const baseMs = (schedule[attempts - 1] ?? 0) * secondMs
  return Math.max(2 * baseMs, retryAfterAtLeastMs)
}

/** @returns milliseconds from now; undefined when the field is neither seconds nor a date */
function retryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * secondMs
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

function isOverloaded(outcome: Outcome): boolean {
  return outcome.kind === 'responded'
    ? overloaded.includes(outcome.status)
    : timeouts.includes(outcome.reason)
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
