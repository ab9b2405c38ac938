import type { Static, TSchema } from 'typebox'
import type { Clock } from '../lib/clock.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { invalidRequest } from './errors.ts'
import { createCheck } from './validate.ts'

/**
 * Refuses text that cannot be stored unchanged: PostgreSQL takes no NUL, and an unpaired surrogate is not Unicode text.
 * @param value a parsed body or query, at most 32 levels deep
 * @throws AppError invalid_request that names the field
 */
export function requireCleanText(value: unknown, path = ''): void {
  if (typeof value === 'string') {
    if (value.includes('\0'))
      throw invalidRequest(`The '${path}' field contains a NUL character, which cannot be stored.`)
    if (!value.isWellFormed())
      throw invalidRequest(`The '${path}' field contains an unpaired surrogate, which is not valid text.`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    requireCleanText(inner, path === '' ? name : `${path}.${name}`)
}

/** A timestamp as it is stored. @throws AppError when it is in the future */
export function pastInstant(clock: Clock, field: string, timestamp: string): string {
  const atMs = fromTimestamp(timestamp)
  if (atMs > clock.now()) throw invalidRequest(`The '${field}' field must not be in the future.`)
  return toTimestamp(atMs)
}

/** Validates input of the command line against a schema of the API. @throws AppError */
export function checkInput<T extends TSchema>(schema: T, input: unknown): Static<T> {
  requireCleanText(input)
  const problem = createCheck(schema)(input)
  if (problem) throw problem
  return input as Static<T>
}
