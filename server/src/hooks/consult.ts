import type { Actor } from '../access/caller.ts'
import { AppError, type ErrorCode, invalidRequest } from '../api/errors.ts'
import type { Check } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Change, Prepared } from '../db/database.ts'
import { whenKnown } from '../lib/soon.ts'
import { secondMs } from '../lib/timestamps.ts'
import type { HookAction } from './actions.ts'
import { type Called, callHook, loggedCall } from './call.ts'
import type { KnownHook } from './directory.ts'
import { mergedInput } from './reply.ts'

/** For so long one change waits for its hooks, however many there are. */
const changeMsMax = 10 * secondMs

/** How a change may end because of a hook, beside a refusal. */
export const hookErrors = {
  create: ['service_unavailable'],
  update: ['conflict', 'service_unavailable'],
  batch: ['resource_not_found', 'precondition_failed', 'service_unavailable'],
} as const satisfies Record<string, readonly ErrorCode[]>

/** What an input may be. */
export interface InputRules {
  check: Check
  /** Fields that hooks are not told, and may not set. */
  secret?: readonly string[]
  /** Fields that hooks may only change where the request sets them: a person confirms them with the password. */
  guarded?: readonly string[]
}

/** A change that is about to be made. */
export interface Intended<I> {
  action: HookAction
  /** What is to be changed, as the API shows it; null for a create. */
  record: { id: number } | null
  input: I
  rules: InputRules
}

/** What hooks have made of an intended change. */
export interface Consulted<I> {
  input: I
  /** The hooks that have changed the input. */
  changedBy: readonly number[]
  /** Tells the log which user the change has created. */
  created(userId: number): void
}

/**
 * Calls the hooks for an action in the order of their ids, each with what those before it have made of the input. Call it
 * outside of any transaction.
 * @throws AppError invalid_request when a hook refuses, service_unavailable when one fails that must not
 */
export async function consult<I extends object>(
  context: Context,
  actor: Actor,
  intended: Intended<I>,
): Promise<Consulted<I>> {
  const hooks = await context.hooks.for(intended.action)
  const untilMs = Math.min(performance.now() + changeMsMax, actor.hooksUntilMs ?? Number.POSITIVE_INFINITY)
  const isOfNewUser = intended.action === 'user.create'
  const unknown: ((userId: number) => void)[] = []
  const changedBy: number[] = []
  let { input } = intended
  for (const hook of hooks) {
    const question = { ...intended, actor, input: without(input, intended.rules.secret) }
    let next = input
    const leftMs = untilMs - performance.now()
    const called = await callHook(context, hook, question, leftMs, (said) => {
      const judged = applied(said, { ...intended, input })
      next = judged.input
      return judged.reply
    })
    const { reply } = called
    const proceeded = reply.kind === 'allowed' || (reply.kind === 'failed' && hook.row.on_failure === 'allow')
    const call = loggedCall(hook, question, called, proceeded)
    if (isOfNewUser) unknown.push(context.hookCalls.recordUnknown(call))
    else context.hookCalls.record(call)
    if (!proceeded) throw endedBy(hook, reply)
    if (next !== input) changedBy.push(hook.row.id)
    input = next
  }
  return {
    input,
    changedBy,
    created(userId) {
      for (const settle of unknown) settle(userId)
    },
  }
}

/** Mostly no hook is to be called, which is known without a query. */
export function ifHooked<T>(
  { hooks }: Pick<Context, 'hooks'>,
  names: readonly HookAction[],
  { no, yes }: { no(): Prepared<T>; yes(): Prepared<T> },
): Prepared<T> {
  return whenKnown(hooks.all(), (known) =>
    known.some(({ actions }) => names.some((name) => actions.has(name))) ? yes() : no(),
  )
}

/** The change, whose errors say that it was not made with what the caller sent. */
export function afterHooks<T>(change: Change<T>, changedBy: readonly number[]): Change<T> {
  if (changedBy.length === 0) return change
  return async (trx) => {
    try {
      return await change(trx)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { code, details, message, status, headers, report } = error
      const by =
        changedBy.length === 1 ? `Hook ${changedBy[0]} has` : `The hooks ${changedBy.join(', ')} have`
      throw new AppError(code, `${details} ${by} changed what was sent.`, {
        ...{ message, status, headers, cause: error },
        ...(report ? { report } : {}),
      })
    }
  }
}

/** Applies what the hook changes. Changing what it may not is a fault of the hook, not of the caller. */
export function applied<I extends object>(
  reply: Called['reply'],
  { input, rules }: Pick<Intended<I>, 'input' | 'rules'>,
): { reply: Called['reply']; input: I } {
  if (reply.kind !== 'allowed' || reply.input === undefined) return { reply, input }
  const sets = (name: string) => Object.hasOwn(reply.input ?? {}, name)
  const merged = mergedInput(input, reply.input) as I
  const isMeddling =
    rules.secret?.some(sets) || rules.guarded?.some((name) => sets(name) && !Object.hasOwn(input, name))
  if (isMeddling || rules.check(merged)) return { reply: { kind: 'failed', error: 'invalid_input' }, input }
  return { reply, input: merged }
}

export function without(input: object, names: readonly string[] = []): object {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)))
}

function endedBy({ row: { id } }: KnownHook, reply: Called['reply']): AppError {
  if (reply.kind === 'refused')
    return invalidRequest(refusalOf(id, reply.sentence), 'A hook refused the change')
  return new AppError(
    'service_unavailable',
    `Hook ${id}, which has to allow this change, did not give a valid response, or not in time. Nothing was changed; try again shortly.`,
    { headers: { 'retry-after': '5' } },
  )
}

export function refusalOf(id: number, sentence: string | undefined): string {
  return sentence ?? `Hook ${id} refused the change without giving a reason.`
}
