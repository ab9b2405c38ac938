import { dayMs, fromTimestamp, hourMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'

/** The maximum lifetime of a session, however active. */
export const sessionLifetimeMs = 14 * dayMs
/** A session ends after this time without a request. */
export const idleMaxMs = 24 * hourMs
/** The resolution of the recorded last use. */
export const seenEveryMs = minuteMs
/** One more sign-in ends the oldest session of the user. */
export const sessionsPerUserMax = 50
/** How long a password that a person gave, by signing in or again since, opens what hands out access. */
export const confirmedForMs = 10 * minuteMs

/** When a session ends if it is not used again, in milliseconds since the Unix epoch. */
export function endOf(session: { last_seen_at: string; expires_at: string }): number {
  return Math.min(fromTimestamp(session.expires_at), fromTimestamp(session.last_seen_at) + idleMaxMs)
}

/** Sessions last seen at this instant or before have ended. */
export function idleSince(nowMs: number): string {
  return toTimestamp(nowMs - idleMaxMs)
}

/** A time in the future was recorded before the clock was set back, and says nothing. */
export function isConfirmed(confirmedAt: string, nowMs: number): boolean {
  return Math.abs(nowMs - fromTimestamp(confirmedAt)) < confirmedForMs
}
