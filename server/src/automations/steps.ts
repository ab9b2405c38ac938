import { missingScope } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { Resting } from '../expressions/expressions.ts'
import { Crowded } from '../lib/bounded-queue.ts'
import { onBehalfOf } from '../lib/caller.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'
import { preparedChange } from './change-step.ts'
import { stepVariables } from './definition.ts'
import { preparedMail } from './mail-step.ts'
import { scopeOfStep } from './rights.ts'
import type { RunRow } from './run-store.ts'
import { sendStep } from './send-step.ts'
import { type Doing, namingField, StepFailed, type StepResult } from './step-kit.ts'

/** Never fails: any error becomes the result. */
export async function carryOut(doing: Doing): Promise<StepResult> {
  const { context, run, step, actor } = doing
  try {
    const scope = scopeOfStep(step)
    if (scope && !actor.scopes.has(scope)) throw missingScope(scope, `The step '${step.name}'`)
    return await onBehalfOf({ key: `user ${actor.userId}` }, () => byType(doing))
  } catch (error) {
    return refusalOf(context, { run, step: step.name }, error)
  }
}

/** What an error makes of a step. */
export function refusalOf(
  context: Context,
  { run, step }: { run: RunRow; step: string | undefined },
  error: unknown,
): StepResult {
  const failed = failureOf(context, error)
  if (failed) return failed
  context.log.error({ err: error, run: run.id, step }, 'a step of an automation failed')
  return {
    kind: 'failed',
    reason: 'internal',
    error: 'The server could not carry it out; its log has the reason.',
    retryMs: nextPauseMs(context, run.attempts + 1),
  }
}

async function byType(doing: Doing): Promise<StepResult> {
  const { context, step, input } = doing
  switch (step.type) {
    case 'stop_if': {
      const text = JSON.stringify(input)
      const isEnd = await context.expressions
        .matches(step.condition ?? 'false', stepVariables, text)
        .catch((error: unknown) => Promise.reject(namingField(error, 'condition')))
      return { kind: 'done', output: { stopped: isEnd }, isEnd }
    }
    case 'wait': {
      const waitMs = (step.minutes ?? 0) * minuteMs
      return { kind: 'done', output: { minutes: step.minutes }, waitMs }
    }
    case 'send':
      return sendStep(doing)
    case 'mail':
      return preparedMail(doing)
    case 'change':
      return preparedChange(doing)
  }
}

/** What an expression, a rule of the API or an overload says; undefined for an error of the server. */
function failureOf({ clock }: Context, error: unknown): StepResult | undefined {
  if (error instanceof StepFailed) return { kind: 'failed', reason: error.reason, error: error.message }
  if (error instanceof Crowded) return { kind: 'postponed', untilMs: clock.now() + secondMs }
  if (error instanceof Resting) return { kind: 'postponed', untilMs: clock.now() + Math.ceil(error.leftMs) }
  if (error instanceof AppError) return { kind: 'failed', reason: error.code, error: error.details }
  return undefined
}

/** The schedule of webhooks. Undefined after the last attempt. @param attempts begun so far */
function nextPauseMs({ config }: Pick<Context, 'config'>, attempts: number): number | undefined {
  const seconds = config.webhooks.retrySchedule[attempts - 1]
  if (seconds === undefined) return undefined
  return Math.round(seconds * secondMs * (0.8 + 0.4 * Math.random()))
}
