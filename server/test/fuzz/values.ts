import type { Schema } from './operations.ts'
import type { Random } from './random.ts'
import { strangeTexts, textOf } from './strange-text.ts'

/** What a value may be that the schema alone does not know: an id that exists, a password that is right. */
export type Hint = (name: string) => unknown

/** How long a text may be that has no bound, and how long a bounded one usually gets. */
const usualLengthMax = 80
const rarelyLongTexts = 0.02

/** A value that the schema takes, mostly near its bounds. @param name of the field or parameter, for the hint */
export function validValue(random: Random, schema: Schema, name: string, hint: Hint): unknown {
  const { type } = schema
  const hinted = hint(name)
  if (hinted !== undefined && random.chance(0.85)) return hinted
  if (Array.isArray(type)) {
    const kind = type.includes('null') && random.chance(0.2) ? 'null' : random.pick(type)
    return validValue(
      random,
      kind === 'null' ? { type: 'null' } : { ...schema, type: kind },
      name,
      () => undefined,
    )
  }
  if (schema.oneOf) return validValue(random, random.pick(schema.oneOf), name, hint)
  if (schema.enum) return random.pick(schema.enum.filter((value) => value !== null))
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return random.chance(0.5)
    case 'integer':
    case 'number':
      return validNumber(random, schema)
    case 'array':
      return validList(random, schema, name, hint)
    case 'object':
      return validObject(random, schema, hint)
    default:
      return validText(random, schema)
  }
}

function validNumber(random: Random, { minimum = -1_000, maximum = 1_000_000 }: Schema): number {
  return random.pick([
    minimum,
    Math.min(minimum + 1, maximum),
    maximum,
    random.between(minimum, Math.min(maximum, minimum + 30)),
  ])
}

function validList(
  random: Random,
  { items = {}, minItems = 0, maxItems = 5 }: Schema,
  name: string,
  hint: Hint,
): unknown[] {
  const length = random.between(minItems, Math.min(maxItems, minItems + 4))
  const made = Array.from({ length }, () => validValue(random, items, name, hint))
  return [...new Map(made.map((value) => [JSON.stringify(value), value])).values()]
}

function validObject(
  random: Random,
  { properties = {}, required = [] }: Schema,
  hint: Hint,
): Record<string, unknown> {
  const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || random.chance(0.4))
  // A change must name something.
  const [first] = Object.entries(properties)
  const chosen = wanted.length === 0 && first ? [random.pick(Object.entries(properties))] : wanted
  return Object.fromEntries(chosen.map(([name, inner]) => [name, validValue(random, inner, name, hint)]))
}

function validText(random: Random, schema: Schema): string {
  if (schema.format === 'date-time') return random.pick(timestamps)
  if (schema.format === 'email') return `${random.between(0, 1e9).toString(36)}@example.org`
  if (schema.format === 'uri') return random.pick(destinations)
  const { minLength = 0, maxLength = usualLengthMax, pattern } = schema
  const usualMax = random.chance(rarelyLongTexts) ? maxLength : Math.min(maxLength, usualLengthMax)
  const isAllowed = pattern === undefined ? () => true : (text: string) => new RegExp(pattern, 'u').test(text)
  const candidates = [
    textOf(random, minLength),
    textOf(random, usualMax),
    textOf(random, random.between(minLength, usualMax)),
    ...(schema.examples ?? []).map(String),
    random.pick(strangeTexts),
    `n${random.between(0, 1e9).toString(36)}`,
  ].filter((text) => isAllowed(text) && hasLength(text, minLength, maxLength))
  return candidates.length === 0 ? textOf(random, minLength) : random.pick(candidates)
}

function hasLength(text: string, least: number, most: number): boolean {
  const length = [...text].length
  return length >= least && length <= most
}

/** Where nobody listens, and the tests' own names. */
const destinations = [
  'http://127.0.0.1:9/',
  'https://receiver.example:9/hooks?from=fuzz',
  'https://gone.example/',
]

const timestamps = [
  '2026-01-15T08:30:00Z',
  '2026-01-15T08:30:01Z',
  '2099-12-31T23:59:59Z',
  '2027-02-28T00:00:00+14:00',
  '2030-06-01T12:00:00.123456789-07:30',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
]

/** A value that probably is not what the schema asks for; the schema itself is asked afterwards. */
export function oddValue(random: Random, schema: Schema): unknown {
  const { minLength, maxLength, minimum, maximum, maxItems } = schema
  const bounds = [
    ...(minLength ? [textOf(random, minLength - 1)] : []),
    ...(maxLength !== undefined && maxLength < 5_000 ? [textOf(random, maxLength + 1)] : []),
    ...(minimum !== undefined ? [minimum - 1, minimum + 0.5] : []),
    ...(maximum !== undefined ? [maximum + 1] : []),
    ...(maxItems !== undefined ? [Array(maxItems + 1).fill(null)] : []),
  ]
  return random.chance(0.5) && bounds.length > 0
    ? random.pick(bounds)
    : random.pick([...strangeTexts, ...oddities])
}

const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '12',
  [],
  [null],
  {},
  { a: { b: { c: [] } } },
  '2026-02-30T00:00:00Z',
  '2026-01-15 08:30:00',
  '+275760-09-13T00:00:00Z',
]
