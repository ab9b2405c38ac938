import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { eventBytesMax } from '../events/types.ts'
import { ExpressionFailed, Resting } from '../expressions/expressions.ts'
import type { RunInput } from './input.ts'
import type { RunRow } from './run-store.ts'
import type { Step } from './schema.ts'

/** How a step ended, before it is recorded. */
export type StepResult =
  | {
      kind: 'done'
      input?: object
      output?: object
      /** The run goes on after this time. */
      waitMs?: number
      /** The run ends here. */
      isEnd?: boolean
      /** A part of the same transaction; what it returns is the output. */
      apply?(trx: Transaction): Promise<object>
    }
  | {
      kind: 'failed'
      reason: string
      error: string
      input?: object
      output?: object
      /** Until the next attempt; undefined where there is none. */
      retryMs?: number | undefined
      /** A part of the transaction that records it. */
      note?(trx: Transaction): Promise<void>
    }
  /** It was not tried, and is later. */
  | { kind: 'postponed'; untilMs: number }
  /** The condition of the run, which was decided only now, failed or is not met. */
  | { kind: 'not_begun'; error?: string }

export interface Doing {
  context: Context
  run: RunRow
  step: Step
  input: RunInput
  actor: Actor
  signal?: AbortSignal | undefined
}

/** A step that cannot succeed until somebody changes something. */
export class StepFailed extends Error {
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** The value of the template in a field of a step. @throws StepFailed that names the field; Resting */
export async function rendered(
  { context, input }: Pick<Doing, 'context' | 'input'>,
  field: string,
  template: string,
): Promise<unknown> {
  try {
    const text = await context.expressions.render(template, JSON.stringify(input), eventBytesMax)
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    throw namingField(error, field)
  }
}

/** The fault of an expression, with the field that holds it. */
export function namingField(error: unknown, field: string): unknown {
  if (!(error instanceof ExpressionFailed) || error instanceof Resting) return error
  return new StepFailed('expression_failed', `The expression in '${field}' failed. ${error.message}`)
}

/** As it is kept: a log is no store of long texts. */
export function kept(text: string): string {
  return text.length > keptCharactersMax ? `${text.slice(0, keptCharactersMax)}…` : text
}
const keptCharactersMax = 16_384
