import type { CallOptions, ChangeOptions, PostOptions } from './call-options.ts'
import { ConfigurationError } from './errors.ts'

/** What a program in plain JavaScript passes may be anything. It is refused rather than sent with another meaning. */

const callOptions = ['signal', 'timeoutMs', 'maxRetries', 'idempotencyKey', 'ifMatch']

/** @throws ConfigurationError */
export function checkedCallOptions(given: unknown): PostOptions & ChangeOptions {
  if (given === undefined) return {}
  requireKnown(given, callOptions, 'The options of a call')
  const { signal } = given as CallOptions
  if (signal === undefined || isSignal(signal)) return given
  throw new ConfigurationError('signal must be an AbortSignal, such as that of an AbortController.')
}

/** The last argument of a method that has settings of its own, or fields that may be left out. @throws ConfigurationError */
export function optional<T extends object>(given: T | undefined): T {
  if (given === undefined) return {} as T
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  throw new ConfigurationError('The options of a call must be an object, or left out.')
}

/** A misspelled option would be ignored. @throws ConfigurationError */
export function requireKnown(
  given: unknown,
  names: readonly string[],
  what: string,
): asserts given is object {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ConfigurationError(`${what} must be an object with ${names.join(', ')}.`)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new ConfigurationError(`${what} do not include '${unknown}'; they are ${names.join(', ')}.`)
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = Object(value)
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}

/** The query or form as text. @throws ConfigurationError */
export function parametersOf(given: object): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ConfigurationError('The filters must be an object, such as { page: 2 }.')
  const texts = Object.entries(given).filter(([, value]) => value !== undefined)
  return new URLSearchParams(texts.map(([name, value]) => [name, textOf(name, value)])).toString()
}

/** Lists become text, for the parameters that take several values. @throws ConfigurationError */
export function withoutLists(given: object): object {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const joined = Object.entries(given).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map((one) => textOf(name, one)).join(',') : value,
  ])
  return Object.fromEntries(joined)
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (isDate(value) && !isInvalid(value)) return value.toISOString()
  throw new ConfigurationError(
    `The parameter '${name}' must be a string, a number, true, false or a valid Date.`,
  )
}

/** @throws ConfigurationError for anything that JSON lacks, or would turn into null or {} */
export function jsonTextOf(body: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(body, refuseWhatJsonLacks)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    // The first line: further ones draw a circle.
    const [reason = ''] = (error instanceof Error ? error.message : 'a toJSON method failed').split('\n')
    throw new ConfigurationError(`This cannot be sent as JSON: ${reason}.`, { cause: error })
  }
  if (text === undefined)
    throw new ConfigurationError('This cannot be sent as JSON: it is a function or symbol.')
  return text
}

/** `this` has the value before its toJSON, which makes null of an invalid date. */
function refuseWhatJsonLacks(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const original = this[name]
  const wrong =
    isDate(original) && isInvalid(original)
      ? 'an invalid Date'
      : typeof value === 'number' && !Number.isFinite(value)
        ? String(value)
        : typeof value === 'function' || typeof value === 'symbol'
          ? `a ${typeof value}`
          : value instanceof Map || value instanceof Set || value instanceof Promise
            ? `a ${value.constructor.name}`
            : undefined
  if (wrong === undefined) return value
  throw new ConfigurationError(`The field '${name}' is ${wrong}, which cannot be sent as JSON.`)
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]'
}

function isInvalid(date: Date): boolean {
  return Number.isNaN(date.getTime())
}

/** A segment of a path. */
export class Segment {
  readonly text: string

  /** @throws ConfigurationError */
  constructor(text: unknown) {
    if (typeof text !== 'string' || /^\.{0,2}$|\p{Surrogate}/u.test(text))
      throw new ConfigurationError('A path segment must be a non-empty string.')
    this.text = encodeURIComponent(text)
  }
}

/** @throws ConfigurationError */
export function checkedId(id: unknown): string {
  if ((typeof id === 'number' || typeof id === 'string') && /^\d{1,16}$/.test(String(id))) return String(id)
  const shown = id === '' ? 'empty' : typeof id === 'number' || typeof id === 'string' ? id : typeof id
  throw new ConfigurationError(`An id must be a positive integer, not ${id === null ? 'null' : shown}.`)
}
