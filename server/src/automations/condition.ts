import type { Context } from '../context.ts'
import { ExpressionFailed, Resting } from '../expressions/expressions.ts'
import { onBehalfOf } from '../lib/caller.ts'
import { filterVariables } from '../sending/shape.ts'
import type { RunInput } from './input.ts'
import type { RunRow } from './run-store.ts'
import { triggerOf } from './service.ts'

/** Whether a condition is met; or what went wrong with it, which the run tells; or after which time to try it again. */
export type Verdict = boolean | { error: string } | { restMs: number }

/** Why a run waits for its condition: it could not be decided when the event came, or somebody resumes the run. */
export const conditionWaits = { putOff: 'condition_put_off', again: 'condition_again' } as const

export function waitsForCondition({ reason }: Pick<RunRow, 'reason'>): boolean {
  return reason === conditionWaits.putOff || reason === conditionWaits.again
}

/** Decides the condition of a rule on an event, on behalf of its owner. */
export async function verdictOn(
  { expressions }: Pick<Context, 'expressions'>,
  rule: Parameters<typeof triggerOf>[0] & { owner_id: number },
  { event, timestamp, data, previous }: Omit<RunInput, 'input' | 'steps'>,
): Promise<Verdict> {
  const { condition } = triggerOf(rule)
  if (typeof condition !== 'string') return true
  const input = JSON.stringify({ event, timestamp, data, previous })
  try {
    return await onBehalfOf({ key: `user ${rule.owner_id}` }, () =>
      expressions.matches(condition, filterVariables, input),
    )
  } catch (error) {
    if (error instanceof Resting) return { restMs: error.leftMs }
    if (error instanceof ExpressionFailed) return { error: `The condition failed. ${error.message}` }
    throw error
  }
}
