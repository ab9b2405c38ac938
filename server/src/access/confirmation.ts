import { fromTimestamp, minuteMs } from '../lib/timestamps.ts'

/** How long a password that a person gave, by signing in or again since, opens what hands out access. */
export const confirmedForMs = 10 * minuteMs

/** A time in the future was recorded before the clock was set back, and says nothing. */
export function isConfirmed(confirmedAt: string, nowMs: number): boolean {
  return Math.abs(nowMs - fromTimestamp(confirmedAt)) < confirmedForMs
}
