import { dayMs, fromTimestamp, toTimestamp } from './timestamps.ts'

/** What was deleted at this instant or before has been in the trash for its time: it is as good as gone, and then gone. */
export function trashExpiry(nowMs: number, trashDays: number): string {
  return toTimestamp(nowMs - trashDays * dayMs)
}

export function purgeTime(deletedAt: string, trashDays: number): string {
  return toTimestamp(fromTimestamp(deletedAt) + trashDays * dayMs)
}
