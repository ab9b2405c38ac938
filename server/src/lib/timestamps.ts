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

/** What a well-formed date or time names that does not exist: `there is no 30 February 2024`. */
export function noSuchTime(text: string): string | undefined {
  const [date, year, month, day, hour = '00', minute = '00', second = '00'] = wellFormed.exec(text) ?? []
  if (date === undefined) return undefined
  const name = monthNames[Number(month) - 1]
  if (name === undefined) return `there is no month ${month}`
  // The last day of a month is the day before the first of the next; years below 100 would be taken for 19xx.
  const lastDay = new Date(`${year}-${month}-01T00:00:00Z`)
  lastDay.setUTCMonth(Number(month), 0)
  if (Number(day) < 1 || Number(day) > lastDay.getUTCDate())
    return `there is no ${Number(day)} ${name} ${year}`
  if (Number(hour) > 23 || Number(minute) > 59) return `there is no time ${hour}:${minute}`
  return Number(second) > 59 ? `there is no time ${hour}:${minute}:${second}` : undefined
}

const wellFormed =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

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
