/**
 * Instants are stored and returned as RFC 3339 text in UTC with whole seconds (`2023-01-15T08:30:00Z`).
 * The text sorts as the instants do, reads the same in both databases' shells, and needs no conversion on the way out.
 */

/** @param epochMs milliseconds since the Unix epoch */
export function toTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}

/** With milliseconds, for what works faster than a second. Compare only with its like. @param epochMs milliseconds since the Unix epoch */
export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

/** An instant as responses show it. */
export function toWholeSeconds<T extends string | null>(instant: T): T {
  return (instant === null ? null : toTimestamp(fromTimestamp(instant))) as T
}

/** @returns milliseconds since the Unix epoch */
export function fromTimestamp(timestamp: string): number {
  return Date.parse(timestamp)
}

export const secondMs = 1_000
export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** Records deleted at this instant or before have spent their time in the trash: they count as gone, and will be purged. */
export function trashExpiry(nowMs: number, trashDays: number): string {
  return toTimestamp(nowMs - trashDays * dayMs)
}

export function purgeTime(deletedAt: string, trashDays: number): string {
  return toTimestamp(fromTimestamp(deletedAt) + trashDays * dayMs)
}
