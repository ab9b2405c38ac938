import { nameOf, type OpenApi, resolved, type Schema } from './openapi.ts'

/** What a value may be, beyond its type: `one of`, `default`, `length`. */
export interface Limit {
  label: string
  values: readonly string[]
}

/** The largest integer that every JSON reader keeps exactly; as a bound it is not worth showing. */
const largest = Number.MAX_SAFE_INTEGER

/** `string (email)`, `array of Document`, `integer or null`. */
export function typeTextOf(schema: Schema): string {
  const name = nameOf(schema)
  if (name) return name
  if (schema.oneOf ?? schema.anyOf) return 'one of several'
  const types = [schema.type ?? 'any'].flat()
  return types.map((type) => oneType(type, schema)).join(' or ')
}

function oneType(type: string, { items, format }: Schema): string {
  if (type === 'array' && items) return `array of ${typeTextOf(items)}`
  if (type === 'string' && format) return `string (${format})`
  return type
}

export function limitsOf(schema: Schema): Limit[] {
  const of = schema.items && !schema.items.$ref ? schema.items : schema
  const choices = schema.enum ?? of.enum
  const limits: Limit[] = []
  const add = (label: string, values: readonly unknown[]) =>
    limits.push({
      label,
      values: values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
    })
  if (choices) add('one of', choices)
  if (schema.const !== undefined) add('always', [schema.const])
  if (schema.default !== undefined) add('default', [schema.default === '' ? '""' : schema.default])
  const range = rangeText(schema.minimum, schema.maximum === largest ? undefined : schema.maximum)
  if (range && schema.minimum !== 1) add('range', [range])
  else if (range && schema.maximum !== largest) add('range', [range])
  const length = rangeText(schema.minLength, schema.maxLength)
  if (length) add('length', [length])
  const count = rangeText(schema.minItems, schema.maxItems)
  if (count) add('items', [count])
  if (schema.pattern && !choices) add('pattern', [schema.pattern])
  if (schema.examples?.length) add('example', schema.examples)
  return limits
}

function rangeText(min: number | undefined, max: number | undefined): string | undefined {
  if (min === undefined && max === undefined) return undefined
  if (min === undefined) return `at most ${max}`
  if (max === undefined) return `${min} or more`
  return min === max ? `${min}` : `${min} to ${max}`
}

/** The schema whose fields are shown below a field: its own, or that of an array's or map's items. */
export function innerOf(api: OpenApi, schema: Schema): Schema | undefined {
  const own = resolved(api, schema)
  if (own.properties || own.oneOf || own.anyOf) return own
  if (own.items) return innerOf(api, own.items)
  return undefined
}
