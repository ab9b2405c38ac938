import type { CallOptions, ChangeOptions, PostOptions } from './call-options.ts'
import { ConfigurationError } from './errors.ts'
import { shown } from './shown.ts'

/** What a program in plain JavaScript passes may be anything. It is refused rather than sent with another meaning. */

const callOptions = ['signal', 'timeoutMs', 'maxRetries', 'idempotencyKey', 'ifMatch']

/** @throws ConfigurationError */
export function checkedCallOptions(given: unknown): PostOptions & ChangeOptions {
  if (given === undefined) return {}
  requireKnown(given, callOptions, 'options')
  const { signal } = given as CallOptions
  if (signal === undefined || isSignal(signal)) return given
  throw new ConfigurationError(
    `signal must be an AbortSignal, such as that of an AbortController, not ${shown(signal)}.`,
  )
}

/** The options of a call that has defaults of its own. @throws ConfigurationError */
export function withDefaults(defaults: CallOptions, given: unknown): CallOptions {
  const options = Object.entries(checkedCallOptions(given)).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(options) }
}

/** An argument with settings of the method, or fields that may be left out. @throws ConfigurationError */
export function optional<T extends object>(name: string, given: T | undefined): T {
  if (given === undefined) return {} as T
  if (isPlain(given)) return given
  throw new ConfigurationError(`${name} must be an object, or left out, not ${shown(given)}.`)
}

/** The fields of a request. @throws ConfigurationError */
export function fieldsIn(name: string, given: object): object {
  if (isPlain(given)) return given
  throw new ConfigurationError(`${name} must be an object with its fields, not ${shown(given)}.`)
}

/** An optional body is omitted if none of its fields is given. */
export function given(fields: object): object | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined
}

/** The items of a batch. @throws ConfigurationError */
export function itemsIn(name: string, given: readonly unknown[]): readonly unknown[] {
  if (Array.isArray(given)) return given
  throw new ConfigurationError(`${name} must be an array of objects, not ${shown(given)}.`)
}

/** An instance of a class of the program may be one, too. */
function isPlain(given: unknown): given is object {
  return Object.prototype.toString.call(given) === '[object Object]'
}

/** A misspelled option would be ignored. @throws ConfigurationError */
export function requireKnown(
  given: unknown,
  names: readonly string[],
  what: string,
): asserts given is object {
  if (!isPlain(given))
    throw new ConfigurationError(`${what} must be an object with ${names.join(', ')}, not ${shown(given)}.`)
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
  requirePlain(given)
  const texts = Object.entries(given).filter(([, value]) => value !== undefined)
  return new URLSearchParams(texts.map(([name, value]) => [name, textOf(name, value)])).toString()
}

/** The lists of those parameters that take one become text. @throws ConfigurationError */
export function withTexts(given: object, lists: readonly string[]): object {
  requirePlain(given)
  const joined = Object.entries(given).map(([name, value]) => [
    name,
    lists.includes(name) && Array.isArray(value) ? value.map((one) => textOf(name, one)).join(',') : value,
  ])
  return Object.fromEntries(joined)
}

/** Where a stream continues. @throws ConfigurationError */
export function checkedPosition(after: unknown): number | undefined {
  if (after === undefined) return undefined
  if (/^\d{1,16}$/.test(typeof after === 'string' || Number.isInteger(after) ? `${after}` : ''))
    return Number(after)
  throw new ConfigurationError(
    `The parameter 'after' must be the id of an event, or 0 for the first one, not ${shown(after)}.`,
  )
}

function requirePlain(query: unknown): void {
  if (isPlain(query)) return
  throw new ConfigurationError(`query must be an object, such as { page: 2 }, not ${shown(query)}.`)
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (isDate(value) && !isInvalid(value)) return value.toISOString()
  const why = Array.isArray(value)
    ? 'one value, not an array; make a call for each value.'
    : value === null
      ? 'a value, not null; leave it out instead.'
      : `a string, a number, true, false or a valid Date, not ${shown(value)}.`
  throw new ConfigurationError(`The parameter '${name}' must be ${why}`)
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
