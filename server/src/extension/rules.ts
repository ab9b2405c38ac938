import type { AppError } from '../api/errors.ts'

/** What an input may be after extensions have changed it. */
export interface InputRules {
  check(value: unknown): AppError | undefined
  /** Fields that they are not told, and may not set. */
  secret?: readonly string[]
  /** Fields that they may only change where the request sets them. */
  guarded?: readonly string[]
}

/**
 * Makes of an input what extensions want of it.
 * @param record as it is now; null for a create
 * @throws AppError when one refuses or fails
 */
export type Adjust<I> = (record: object | null, input: I) => I
