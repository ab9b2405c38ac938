import type { FastifyRequest } from 'fastify'
import { scopeNames } from '../access/scopes.ts'

/** Values of a body that are looked for; of a larger one, the sentence is not kept. */
const valuesMax = 5_000
const keptMax = 500
const hidden = '…'

/** What is quoted in a sentence: `'title'`, and neither apostrophe of `the owner's and the requester's`. */
const quoted = /(?<!\w)(['"])(.*?)\1(?!\w)/g
const headerNames: readonly string[] = [
  'idempotency-key',
  'if-match',
  'if-none-match',
  'content-type',
  'accept',
]

/**
 * The details of an error as the request log keeps them: without the values that were sent in the body or the query, and
 * without any quoted text that is not a name of the API. The names of fields and parameters stay.
 * @returns null where that cannot be told
 */
export function withoutValues(
  details: string,
  { body, query, routeOptions }: Pick<FastifyRequest, 'body' | 'query' | 'routeOptions'>,
): string | null {
  // A file: its lines could be anywhere in the sentence.
  if (routeOptions.config.bodyTypes) return null
  const values = valuesOf([query, body])
  if (!values) return null
  let sentence = details
  // The longest first: one may be a part of another.
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    if (value !== '' && sentence.includes(value)) sentence = withoutWord(sentence, value)
  }
  const names = namesOf(routeOptions.schema)
  const isName = (path: string) => path.split('.').every((part) => names.has(part) || /^\d+$/.test(part))
  const shown = sentence.replace(quoted, (text, mark, name) => (isName(name) ? text : mark + hidden + mark))
  return shown.slice(0, keptMax)
}

/** Where it is not a part of a longer word or number. */
function withoutWord(sentence: string, value: string): string {
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return sentence.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), hidden)
}

/** The texts and numbers in it, at any depth, and the words of texts that are lists; undefined where they are too many. */
function valuesOf(roots: readonly unknown[]): Set<string> | undefined {
  const values = new Set<string>()
  const waiting = [...roots]
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen > valuesMax) return undefined
    const one = waiting.pop()
    if (typeof one === 'string') for (const value of [one, one.trim()]) values.add(value)
    else if (typeof one === 'number') values.add(String(one))
    else if (typeof one === 'object' && one !== null)
      for (const value of Object.values(one)) waiting.push(value)
  }
  return values
}

const known = new WeakMap<object, ReadonlySet<string>>()

/** What the route itself names: fields and parameters at any depth, and the names of scopes and header fields. */
function namesOf(schema: object | undefined): ReadonlySet<string> {
  if (!schema) return fixedNames
  const before = known.get(schema)
  if (before) return before
  const names = new Set(fixedNames)
  const { response: _, ...parts } = schema as Record<string, unknown>
  const waiting: unknown[] = Object.values(parts)
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one !== 'object' || one === null) continue
    if ('properties' in one && typeof one.properties === 'object' && one.properties !== null)
      for (const name of Object.keys(one.properties)) names.add(name)
    waiting.push(...Object.values(one))
  }
  known.set(schema, names)
  return names
}

const fixedNames: ReadonlySet<string> = new Set([...scopeNames, ...headerNames])
