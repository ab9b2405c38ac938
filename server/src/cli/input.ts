import type { Static, TSchema } from 'typebox'
import { requireCleanText } from '../api/clean-text.ts'
import { createCheck } from '../api/validate.ts'

/** Holds what the command line was given against the schema of the API itself. @throws AppError */
export function checkInput<T extends TSchema>(schema: T, input: unknown): Static<T> {
  requireCleanText(input)
  const problem = createCheck(schema)(input)
  if (problem) throw problem
  return input as Static<T>
}
