import type { TSchema } from 'typebox'
import { createCheck } from '../api/validate.ts'
import { CommandError } from '../lib/command-error.ts'
import { columnSchema, columnsOf } from '../lib/csv-columns.ts'
import { escapedColumn } from '../lib/csv-formulas.ts'
import { reasonColumn } from './rows.ts'

/** A field of the resource, filled by a column of the file. */
export interface Column {
  /** Dotted: `profile.first_name`. */
  name: string
  /** Its name in the file. */
  header: string
  isInteger: boolean
  isTimestamp: boolean
  isWord: boolean
  /** Whether an empty text differs from no value. */
  mayBeEmpty: boolean
  /** Whether only some texts are valid: an address, a time, a number, one of a few words. */
  isTelling: boolean
  fits(value: unknown): boolean
}

/** Unknown columns that an error names; a wrong separator can make thousands. */
const namedMax = 10

/** Column names of the file and their fields; an empty one leaves the column out. */
export type NameMap = ReadonlyMap<string, string>

/** @param given each as `Full Name=username` @throws CommandError when one names no field */
export function nameMapOf(given: readonly string[], schema: TSchema): NameMap {
  const known = columnsOf(schema)
  return new Map(
    given.map((pair) => {
      const at = pair.lastIndexOf('=')
      const [from, to] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
      if (at < 1 || from === '')
        throw new CommandError(
          `--map ${pair} must be NAME=FIELD, such as "Full Name=username"; NAME= leaves it out.`,
        )
      if (to !== '' && !known.includes(to))
        throw new CommandError(
          `--map ${pair}: there is no field '${to}'; the fields are: ${known.join(', ')}.`,
        )
      return [from, to]
    }),
  )
}

/**
 * The target of each column of a header: a field, nothing (''), or undefined for an unknown name. Names are compared
 * without case, spaces and signs, and a field within `profile` needs no prefix.
 */
export function fieldNames(
  header: readonly string[],
  schema: TSchema,
  names: NameMap,
): (string | undefined)[] {
  const known = columnsOf(schema)
  const byName = new Map<string, string>()
  for (const name of known) byName.set(plain(name.split('.').at(-1) ?? ''), name)
  for (const name of known) byName.set(plain(name), name)
  const mapped = new Map([...names].map(([from, to]) => [plain(from), to]))
  return header.map((name) => {
    if (name === '' || name.toLowerCase() === reasonColumn || name === escapedColumn) return ''
    return names.get(name) ?? mapped.get(plain(name)) ?? byName.get(plain(name))
  })
}

/** The names in a header that are no field. */
export function unknownColumns(header: readonly string[], schema: TSchema, names: NameMap): string[] {
  const fields = fieldNames(header, schema, names)
  return [...new Set(header.filter((_, i) => fields[i] === undefined))]
}

export function unknownProblem(unknown: readonly string[], schema: TSchema): string {
  const several = unknown.length > 1
  const more = unknown.length > namedMax ? ` and ${unknown.length - namedMax} more` : ''
  return `The column${several ? 's' : ''} ${quoted(unknown.slice(0, namedMax))}${more} ${several ? 'are' : 'is'} not known; say which field it is with --map "${unknown[0]}=FIELD", or leave it out with --map "${unknown[0]}=". The fields are: ${columnsOf(schema).join(', ')}.`
}

/** @param header the names in the file @throws CommandError when two columns have the same field */
export function columnsUnder(
  header: readonly string[],
  schema: TSchema,
  names: NameMap,
): (Column | undefined)[] {
  const fields = fieldNames(header, schema, names)
  const absent = [...names.keys()].find((from) => !header.some((name) => plain(name) === plain(from)))
  if (absent !== undefined)
    throw new CommandError(`--map: the file has no column '${absent}'; its columns are: ${namesIn(header)}.`)
  for (const [i, field] of fields.entries()) {
    const first = fields.indexOf(field)
    if (field && first < i) throw sameField(field, header[first] ?? '', header[i] ?? '')
  }
  return fields.map((field, i) => (field ? column(schema, field, header[i] ?? field) : undefined))
}

function column(schema: TSchema, name: string, header: string): Column {
  const field = columnSchema(schema, name) as TSchema & {
    type?: string | string[]
    format?: string
    enum?: unknown[]
    minLength?: number
    maxLength?: number
    pattern?: string
    /** One of the names that somebody may add to, all in lower case. */
    word?: true
  }
  const isInteger = [field.type].flat().includes('integer')
  const isTimestamp = field.format === 'date-time'
  const isWord = field.enum !== undefined || field.word === true
  const check = createCheck(field)
  return {
    name,
    header,
    isInteger,
    isTimestamp,
    isWord,
    mayBeEmpty: !isInteger && !isWord && !field.format && !field.minLength && !field.pattern,
    isTelling: isInteger || isTimestamp || isWord || field.format === 'email',
    fits: (value) => check(value) === undefined,
  }
}

/** `--map` cannot tell columns apart whose names it reads as the same. */
function sameField(field: string, one: string, other: string): CommandError {
  if (plain(one) === plain(other))
    return new CommandError(
      `Two columns are named '${one}'${one === other ? '' : ` and '${other}', which reads the same`}; rename one of them in the file. Nothing was imported.`,
    )
  return new CommandError(
    `The columns ${quoted([one, other])} are both ${field}; leave one out with --map "${other}=". Nothing was imported.`,
  )
}

function namesIn(header: readonly string[]): string {
  const names = header.filter(Boolean)
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : ''
  return names.slice(0, namedMax).join(', ') + more
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
