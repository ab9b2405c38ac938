import { requireCleanText } from '../api/input.ts'
import { parseJsonBody } from '../api/json-body.ts'
import type { Outcome } from '../sending/exchange.ts'
import type { FailureReason } from '../sending/failure.ts'

/** What a hook says; `failed` where it says nothing that can be understood. */
export type Reply =
  | { kind: 'allowed'; input: object | undefined }
  | { kind: 'refused'; sentence: string | undefined }
  | { kind: 'failed'; error: FailureReason | 'status' | 'invalid_response' }

const sentenceCharactersMax = 500

/**
 * Reads `{"allow": true}`, `{"allow": true, "input": {…}}` or `{"refuse": "sentence"}`. Anything that means no is a
 * refusal, even where it is malformed: a hook that may fail openly must not allow what it refused.
 */
export function replyOf(outcome: Outcome): Reply {
  if (outcome.kind === 'failed') return { kind: 'failed', error: outcome.reason }
  if (outcome.status < 200 || outcome.status > 299) return { kind: 'failed', error: 'status' }
  const body = outcome.bodyTruncated ? undefined : parsed(outcome.body)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return invalid
  const { allow, refuse, input } = body as Record<string, unknown>
  if (allow === false || (refuse !== undefined && refuse !== null && refuse !== false))
    return { kind: 'refused', sentence: sentenceOf(refuse) }
  if (allow !== true) return invalid
  if (input === undefined || input === null) return { kind: 'allowed', input: undefined }
  return typeof input === 'object' && !Array.isArray(input) ? { kind: 'allowed', input } : invalid
}

const invalid = { kind: 'failed', error: 'invalid_response' } as const

function parsed(text: string): unknown {
  try {
    const value = parseJsonBody(Buffer.from(text))
    requireCleanText(value)
    return value
  } catch {
    return undefined
  }
}

/** One line of plain text, as `details` of an error is. */
function sentenceOf(refuse: unknown): string | undefined {
  if (typeof refuse !== 'string') return undefined
  const line = refuse.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  if (line === '') return undefined
  const characters = [...line]
  return characters.length <= sentenceCharactersMax
    ? line
    : `${characters.slice(0, sentenceCharactersMax - 1).join('')}…`
}

/** The fields that a hook sets take the place of those that were sent; objects are merged, and null is a value. */
export function mergedInput(sent: object, set: object): object {
  const fields = new Map<string, unknown>(Object.entries(sent))
  for (const [name, value] of Object.entries(set)) {
    const before = fields.get(name)
    fields.set(name, isObject(before) && isObject(value) ? mergedInput(before, value) : value)
  }
  // Also a field called `__proto__` becomes a field here, which the schema refuses.
  return Object.fromEntries(fields)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
