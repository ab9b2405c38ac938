import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { noSuchTime } from '../lib/timestamps.ts'
import { type AppError, invalidRequest } from './errors.ts'
import { patternErrorKeyword, textKeyword, wordKeyword } from './text-rules.ts'

const partNames: Record<string, string> = {
  querystring: 'query parameter',
  params: 'path parameter',
  headers: 'header',
  body: 'field',
}

/**
 * Validates against the route's schema without coercion, with one exception: query and path parameters arrive as text, so
 * plain decimal digits become a number where an integer is declared, `true` and `false` a boolean where one is, and
 * `a,b` a list where one is; `1e3`, `0x10`, ` 7` and `TRUE` stay text and are refused.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const ajv = createAjv()
  return ({ schema, httpPart = 'body' }) => {
    // Compiled by the first request, not before: hundreds of schemas are a quarter of the start.
    let check: ValidateFunction | undefined
    const convertible = httpPart === 'body' ? [] : convertibleParameters(schema)
    return (data: Record<string, unknown>) => {
      for (const [name, convert] of convertible) data[name] = convert(data[name])
      check ??= ajv.compile(schema)
      if (check(data)) return true
      const error = check.errors?.[0]
      return {
        error: error ? toSentence(error, httpPart) : invalidRequest('The request does not match its schema.'),
      }
    }
  }
}

/** @param inside the position of the value in the body, such as `items.3`; the error names the whole path */
export type Check = (value: unknown, inside?: string) => AppError | undefined

/** Validates values against one schema, with the error texts of a request. */
export function createCheck(schema: TSchema): Check {
  // Compiled on first use, to keep the start fast.
  let check: ValidateFunction | undefined
  return (value, inside) => {
    check ??= createAjv().compile(schema)
    const error = check(value) ? undefined : check.errors?.[0]
    return error && toSentence(error, 'body', inside)
  }
}

function createAjv(): Ajv {
  return new Ajv({
    allErrors: false,
    strict: true,
    verbose: true,
    formats,
    keywords: [textKeyword, patternErrorKeyword, wordKeyword],
  })
}

export const formats = {
  // Tells a form to hide the input; nothing to check.
  password: true as const,
  // The guard of webhooks checks it, and gives reasons.
  uri: true as const,
  'date-time': isTimestamp,
  date: isDay,
  // Checked by the keyword `text`, which also says what is wrong.
  email: true as const,
}

const timestampPattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** A day of the calendar, as in RFC 3339. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && isTimestamp(`${text}T00:00:00Z`)
}

/** RFC 3339. Date.parse reads the 30th of February as the 2nd of March, and an offset can leave the four-digit years. */
function isTimestamp(text: string): boolean {
  if (!timestampPattern.test(text)) return false
  const day = text.slice(0, 10)
  const epochMs = Date.parse(text)
  const isOnCalendar = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
  return isOnCalendar && epochMs >= Date.parse('0000-01-01T00:00:00Z') && epochMs < Date.UTC(10_000, 0)
}

const conversions: Record<string, (value: unknown) => unknown> = {
  integer: digitsToNumber,
  boolean: wordToBoolean,
  array: (value) => (value === undefined ? value : [value].flat().flatMap((part) => String(part).split(','))),
}

function convertibleParameters(schema: TSchema): (readonly [string, (value: unknown) => unknown])[] {
  const properties = (schema as { properties?: Record<string, { type?: unknown }> }).properties ?? {}
  return Object.entries(properties).flatMap(([name, { type }]) => {
    const convert = typeof type === 'string' ? conversions[type] : undefined
    return convert ? [[name, convert] as const] : []
  })
}

function digitsToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : value
}

function wordToBoolean(value: unknown): unknown {
  return value === 'true' || value === 'false' ? value === 'true' : value
}

function toSentence(error: ErrorObject, part: string, inside = ''): AppError {
  const noun = partNames[part] ?? 'field'
  const below = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const path = [inside, below].filter((name) => name !== '').join('.')
  const inner = (name: string) => (path === '' ? name : `${path}.${name}`)
  switch (error.keyword) {
    // No schema in the description contains this rule, so the general message would mislead.
    case 'text':
      return invalidRequest(`The '${path}' ${noun} ${error.message}`)
    case 'required':
      return invalidRequest(
        `The '${inner(error.params.missingProperty)}' ${noun} is required`,
        'The request is missing a required parameter',
      )
    case 'additionalProperties':
      return invalidRequest(
        `The '${inner(error.params.additionalProperty)}' ${noun} is not known here; ${knownNames(error, noun)}`,
        'The request has an unknown parameter',
      )
    default: {
      const subject = path === '' ? 'The request body' : `The '${path}' ${noun}`
      return invalidRequest(`${subject} ${ruleOf(error, part)}`, 'The request has an invalid parameter')
    }
  }
}

function knownNames(error: ErrorObject, noun: string): string {
  const names = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
  return names.length === 0 ? `this call takes no ${noun}s.` : `the ${noun}s are: ${names.join(', ')}.`
}

function ruleOf(error: ErrorObject, part: string): string {
  // A repeated parameter arrives as a list; in a body, a list is what the caller sent.
  if (part === 'querystring' && Array.isArray(error.data) && error.keyword !== 'uniqueItems')
    return 'must be given once.'
  switch (error.keyword) {
    case 'type':
      return `must be ${[error.params.type]
        .flat()
        .map((type: string) => typeNames[type] ?? type)
        .join(' or ')}${requiredOf(error)}.`
    case 'enum':
      return `must be one of: ${error.params.allowedValues.filter((v: unknown) => v !== null).join(', ')}.`
    case 'minimum':
    case 'maximum': {
      const { minimum, maximum } = error.parentSchema as { minimum?: number; maximum?: number }
      if (minimum !== undefined && maximum !== undefined) return `must be from ${minimum} to ${maximum}.`
      return minimum !== undefined ? `must be ${minimum} or more.` : `must be ${maximum} or less.`
    }
    case 'minLength':
    case 'maxLength': {
      const { minLength = 0, maxLength } = error.parentSchema as { minLength?: number; maxLength?: number }
      return `must have ${minLength} to ${maxLength} characters.`
    }
    case 'minItems':
    case 'maxItems': {
      const { minItems = 0, maxItems } = error.parentSchema as { minItems?: number; maxItems?: number }
      return `must have ${minItems} to ${maxItems} entries.`
    }
    case 'minProperties':
      return `must have at least ${error.params.limit === 1 ? 'one field' : `${error.params.limit} fields`}: ${Object.keys((error.parentSchema as { properties?: object }).properties ?? {}).join(', ')}.`
    case 'uniqueItems':
      return 'must not contain duplicates.'
    case 'format':
      if (error.params.format === 'date-time') return timestampRule(error.data)
      return error.params.format === 'date'
        ? 'must be a day of the calendar such as 2026-01-31.'
        : 'must be an email address such as jo@example.org.'
    case 'pattern': {
      const { patternError = `must match the pattern ${error.params.pattern}` } = error.parentSchema as {
        patternError?: string
      }
      return `${error.propertyName === undefined ? '' : `holds '${error.propertyName}', which `}${patternError}.`
    }
    default:
      return `${error.message ?? 'is not valid'}.`
  }
}

/** Of an object that was not sent at all, the fields that it has to have. */
function requiredOf({ data, params, parentSchema }: ErrorObject): string {
  const { required = [] } = (parentSchema ?? {}) as { required?: readonly string[] }
  if (data !== null || params.type !== 'object' || required.length === 0) return ''
  return ` with the ${required.length === 1 ? 'field' : 'fields'} '${required.join("', '")}'`
}

function timestampRule(given: unknown): string {
  const problem = typeof given === 'string' ? noSuchTime(given) : undefined
  return problem ? `is not valid: ${problem}.` : 'must be an RFC 3339 timestamp such as 2026-01-15T08:30:00Z.'
}

const typeNames: Record<string, string> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}
