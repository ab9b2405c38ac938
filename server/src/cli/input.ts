import type { Static, TSchema } from 'typebox'
import { requireCleanText } from '../http/clean-text.ts'
import { createValidatorCompiler } from '../http/validate.ts'

/** Holds what the command line was given against the schema of the API itself. @throws AppError */
export function checkInput<T extends TSchema>(schema: T, input: unknown): Static<T> {
  requireCleanText(input)
  const check = createValidatorCompiler()({ schema, method: 'POST', url: '', httpPart: 'body' })
  const result = check(input)
  if (typeof result === 'object' && 'error' in result && result.error) throw result.error
  return input as Static<T>
}
