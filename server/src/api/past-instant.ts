import type { Clock } from '../lib/clock.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { invalidRequest } from './errors.ts'

/** An instant as it is stored. @throws AppError when it has not come yet */
export function pastInstant(clock: Clock, field: string, timestamp: string): string {
  const atMs = fromTimestamp(timestamp)
  if (atMs > clock.now()) throw invalidRequest(`The '${field}' field must not lie in the future.`)
  return toTimestamp(atMs)
}
