import { dayMs, fromTimestamp, hourMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'

/** A session ends after so long, however busy it is. */
export const sessionLifetimeMs = 14 * dayMs
/** And after so long without a request. */
export const idleMaxMs = 24 * hourMs
/** How often it is written down that a session was seen. */
export const seenEveryMs = minuteMs
/** Somebody who signs in once more ends their oldest session. */
export const sessionsPerUserMax = 50

/** When a session ends if nothing more is heard of it, in milliseconds since the Unix epoch. */
export function endOf(session: { last_seen_at: string; expires_at: string }): number {
  return Math.min(fromTimestamp(session.expires_at), fromTimestamp(session.last_seen_at) + idleMaxMs)
}

/** Sessions that were last seen at this instant or before have ended. */
export function idleSince(nowMs: number): string {
  return toTimestamp(nowMs - idleMaxMs)
}
