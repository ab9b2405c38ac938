import { isDeepStrictEqual } from 'node:util'
import type { ActorName } from '../access/caller.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { requireCleanText } from '../api/input.ts'
import type { Intended, Loaded } from '../extension/declaration.ts'
import type { InputRules } from '../extension/rules.ts'
import type { Log } from '../lib/log.ts'
import { boundedCall } from './bounded-call.ts'
import { inExtension, requireSentence } from './mistakes.ts'
import type { Counted } from './statistics.ts'

const sentenceCharactersMax = 500

type Ask = (intended: Intended) => void
type Input = Record<string, unknown>

/** Extensions that are asked before an action, each with its function. */
export type Asked = readonly { extension: Loaded; log: Log; ask: Ask }[]

interface Question {
  action: string
  actor: ActorName
  record: object | null
  rules: InputRules
}

/**
 * Calls the functions for an action, each with what those before it have made of the input.
 * @throws AppError invalid_request when one refuses, internal_error when one fails
 */
export function askAll<I extends object>(asked: Asked, question: Question, input: I, counted: Counted): I {
  const { rules } = question
  let current = input as Input
  for (const one of asked) {
    const before = current
    const told = plain(without(before, rules.secret))
    try {
      const changed = askOne(one, question, told, counted)
      current = merged(before, told, changed, rules)
    } catch (error) {
      if (error instanceof AppError) throw error
      counted.failed(one.extension.name, 'before')
      one.log.error({ err: error, action: question.action }, 'an extension failed before a change')
      throw new AppError(
        'internal_error',
        `The extension '${one.extension.name}' failed before the change. Nothing was changed; the log of the server says why.`,
        { cause: error },
      )
    }
  }
  return current as I
}

/** @returns the input as the function has left it */
function askOne(
  { extension, log, ask }: Asked[number],
  { actor, record }: Question,
  told: Input,
  counted: Counted,
): Input {
  let refusal: string | undefined
  let mistake: unknown
  const refuse = (sentence: string): never => {
    try {
      requireSentence(sentence)
    } catch (error) {
      mistake = error
      throw error
    }
    refusal = oneLine(sentence)
    throw new Refused(refusal)
  }
  const { type, id, name } = actor
  let input: Input = {}
  let result: unknown
  try {
    result = boundedCall(() => {
      input = structuredClone(told)
      const intended = {
        input,
        record: structuredClone(record),
        actor: { type, id, name },
        refuse,
        log,
        settings: extension.values,
      }
      return inExtension(extension, () => ask(intended))
    })
  } catch (error) {
    // Also where the function catches it.
    if (refusal === undefined) throw error
  }
  if (mistake !== undefined) throw mistake
  if (refusal !== undefined) {
    counted.refused(extension.name)
    throw invalidRequest(
      refusal || `The extension '${extension.name}' refused the change without giving a reason.`,
      'An extension refused the change',
    )
  }
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
    Promise.resolve(result).catch(() => undefined)
    throw new TypeError("It returned a promise: 'before' must not wait. Use 'on' for what may take time.")
  }
  return plain(input)
}

class Refused extends Error {}

/** Puts what was changed into the input. Changing what it may not is a fault of the extension, not of the caller. */
function merged(
  before: Input,
  told: Input,
  changed: Input,
  { check, secret = [], guarded = [] }: InputRules,
): Input {
  if (isDeepStrictEqual(told, changed)) return before
  const meddled =
    secret.find((field) => field in changed) ??
    guarded.find((field) => !(field in before) && field in changed)
  if (meddled !== undefined) throw new Error(`It may not set the field '${meddled}'.`)
  const hidden = Object.fromEntries(Object.entries(before).filter(([field]) => secret.includes(field)))
  const next = { ...changed, ...hidden }
  requireCleanText(next)
  const problem = check(next)
  if (problem) throw new Error(`What it made of the input is not valid. ${problem.details}`)
  return next
}

/** As JSON would hold it: no functions, dates or cycles get into a change. */
function plain(input: object): Input {
  return JSON.parse(JSON.stringify(input)) as Input
}

function without(input: object, names: readonly string[] = []): object {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)))
}

function oneLine(sentence: unknown): string {
  const line = String(sentence ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return [...line].slice(0, sentenceCharactersMax).join('')
}
