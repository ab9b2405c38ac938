import { Ajv } from 'ajv'
import { formats } from '../../src/api/validate.ts'
import { bodyOf, type PlannedBody } from './bodies.ts'
import type { Caller, Callers } from './callers.ts'
import { oddHeaders } from './headers.ts'
import type { Known } from './known.ts'
import type { Operation, Parameter } from './operations.ts'
import type { Random } from './random.ts'
import { type Hint, oddValue, validValue } from './values.ts'
import { workable } from './workable.ts'

export interface Planned {
  /** Undefined where the address or the method is none of the contract's. */
  operation: Operation | undefined
  caller: Caller
  method: string
  /** Without the query. */
  path: string
  url: string
  headers: Record<string, string>
  body: string | undefined
  /** Whether path, query and body are what the schemas of the operation take. */
  isWellShaped: boolean
}

/** Reads a schema as the product promises to: strictly, and with its formats. */
export const requestSchemas = new Ajv({ strict: false, formats: { ...formats, int64: true } })

const oddParts = 0.12

export function planRequest(random: Random, operation: Operation, callers: Callers, known: Known): Planned {
  const caller = callers.pick()
  const secrets = callers.secrets(operation.id)
  const hint: Hint = (name) =>
    name === 'cursor'
      ? known.cursor(operation)
      : (secrets[name] ?? workable(random, name, operation) ?? known.id(name, operation))
  const path = pathOf(random, operation, hint)
  const query = queryOf(random, operation, hint)
  const body: PlannedBody = bodyOf(random, operation, hint)
  const headers = { ...caller.headers, ...body.headers }
  if (caller.name === 'person') headers['sec-fetch-site'] = 'same-origin'
  Object.assign(headers, oddHeaders(random, known, path.text))
  return {
    operation,
    caller,
    method: operation.method,
    path: path.text,
    url: path.text + query.text,
    headers,
    body: body.text,
    isWellShaped: path.isWellShaped && query.isWellShaped && body.isWellShaped,
  }
}

interface Part {
  text: string
  isWellShaped: boolean
}

function pathOf(random: Random, { path, pathParameters }: Operation, hint: Hint): Part {
  let text = path
  let isWellShaped = true
  for (const { name, schema } of pathParameters) {
    const isOdd = random.chance(oddParts / 2)
    const value = isOdd ? random.pick(oddIds) : String(validValue(random, schema, name, hint))
    isWellShaped &&= isTaken(schema, value)
    text = text.replace(`{${name}}`, encodeURIComponent(value))
  }
  return { text, isWellShaped }
}

/** None of them holds a dot segment, which a client would resolve before it asks. */
const oddIds = [
  '0',
  '-1',
  '1.5',
  '1e3',
  '007',
  'abc',
  '１２',
  ' 1',
  '1\0',
  '9007199254740993',
  '9'.repeat(99),
  '4294967297',
  "1'--",
  'x/y',
]

function queryOf(random: Random, { query, isApi, isOauth }: Operation, hint: Hint): Part {
  const pairs: [string, string][] = []
  let isWellShaped = true
  const add = ({ name, schema }: Parameter, value: string) => {
    isWellShaped &&= isTaken(schema, value) && !pairs.some(([known]) => known === name)
    pairs.push([name, value])
  }
  for (const parameter of query) {
    if (!parameter.required && !random.chance(0.25)) continue
    if (parameter.name === 'cursor' && random.chance(0.5)) continue
    const isOdd = random.chance(oddParts)
    add(
      parameter,
      textOfValue(
        isOdd
          ? oddValue(random, parameter.schema)
          : validValue(random, parameter.schema, parameter.name, hint),
      ),
    )
    // A list may be given in parts.
    if (random.chance(oddParts / 4) && parameter.schema.type !== 'array')
      add(parameter, textOfValue(validValue(random, parameter.schema, parameter.name, hint)))
  }
  if (isApi && !isOauth && random.chance(oddParts / 4)) {
    pairs.push([random.pick(['unknown', 'Page', 'limit[]', '__proto__', '']), 'x'])
    isWellShaped = false
  }
  return { text: pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`, isWellShaped }
}

function textOfValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOfValue).join(',')
  return typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? '')
}

/** A parameter arrives as text: a number is its decimal digits. */
function isTaken(schema: Parameter['schema'], text: string): boolean {
  const types = [schema.type].flat()
  if (types.includes('array')) return requestSchemas.validate(schema, text.split(','))
  if (types.includes('integer')) {
    return (
      /^-?\d+$/.test(text) &&
      Number.isSafeInteger(Number(text)) &&
      requestSchemas.validate(schema, Number(text))
    )
  }
  if (types.includes('boolean')) return text === 'true' || text === 'false'
  return requestSchemas.validate(schema, text)
}

const strangeMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']

/** A method that the address does not have, or an address that the contract does not have. */
export function planStranger(
  random: Random,
  operations: readonly Operation[],
  callers: Callers,
): Planned | undefined {
  const { path: pattern } = random.pick(operations.filter(({ isApi }) => isApi))
  const isUnknown = random.chance(0.3)
  const path =
    pattern.replace(/\{[a-z_]+\}/g, '1') +
    (isUnknown ? random.pick(['/nothing', '/..%2f', '/%00', '//']) : '')
  const known = operations.filter((operation) => operation.path === pattern).map(({ method }) => method)
  const method = random.pick(strangeMethods.filter((name) => isUnknown || !known.includes(name)))
  const caller = callers.pick()
  // A literal part may stand where another address has a parameter.
  if (operations.some((each) => each.method === method && patternOf(each).test(path))) return undefined
  return {
    operation: undefined,
    caller,
    method,
    path,
    url: path,
    headers: caller.headers,
    body: undefined,
    isWellShaped: false,
  }
}

function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`)
}
