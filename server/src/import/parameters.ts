import type { Static, TSchema } from 'typebox'
import { AppError, invalidRequest } from '../api/errors.ts'
import { closed, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { CommandError } from '../lib/command-error.ts'
import type { Importing } from '../resource/importing.ts'
import { requireEncoding } from './encoding.ts'
import type { Said } from './file.ts'
import { importFormats } from './rows.ts'

/** The options of the command as query parameters: `--time-zone UTC` is `time_zone=UTC`. */
const shared = {
  dry_run: Type.Boolean({ default: false, description: 'Check every row, and import nothing' }),
  format: OneOf(importFormats, { description: 'Format of the file; detected from its content if omitted' }),
  map: Type.String({
    maxLength: 10_000,
    description:
      'A JSON object of columns (or JSON keys) and the fields they fill, such as `{"Full Name":"username"}`; an empty string ignores a column',
  }),
  encoding: Type.String({
    maxLength: 40,
    description:
      'Character encoding of the file, such as windows-1252; default: the charset of the Content-Type; UTF-8, and UTF-16 with a byte order mark, are recognised',
  }),
  time_zone: Type.String({
    maxLength: 60,
    description: 'Time zone of times without an offset, such as UTC or Europe/Berlin',
  }),
  trust_quotes: Type.Boolean({
    default: false,
    description: 'CSV: treat several lines in quotes as one text even if each looks like a record',
  }),
  from_row: Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Skip the rows before this one' }),
  again: Type.Boolean({
    default: false,
    description: 'Also import rows that you imported before, from this file or another',
  }),
}
type Shared = { [Name in keyof typeof shared]?: Static<(typeof shared)[Name]> }

export function parametersOf({ options = {} }: Pick<Importing, 'options'>) {
  const own = Object.entries(options).map(([name, { type, describes }]): [string, TSchema] => [
    parameterOf(name),
    type === 'boolean'
      ? Type.Boolean({ default: false, description: describes })
      : Type.String({ maxLength: 254, description: describes }),
  ])
  const all = Object.entries({ ...shared, ...Object.fromEntries(own) })
  return closed(Object.fromEntries(all.map(([name, schema]) => [name, Type.Optional(schema)])))
}

export interface Asked {
  isDryRun: boolean
  fromRow: number
  isRepeated: boolean
  encoding: string | undefined
  said: Said
  /** By the names that the command has for them. */
  own: Readonly<Record<string, unknown>>
}

/**
 * @param type the media type of the body
 * @param charset its charset, which the parameter overrides
 * @throws AppError, CommandError
 */
export function askedIn(
  query: object,
  { options = {} }: Pick<Importing, 'options'>,
  { type = '', charset }: { type: string | undefined; charset: string | undefined },
): Asked {
  const { dry_run, from_row, again, encoding, format, map, time_zone, trust_quotes } = query as Shared
  const given = query as Readonly<Record<string, unknown>>
  return {
    isDryRun: dry_run === true,
    fromRow: from_row ?? 1,
    isRepeated: again === true,
    encoding: encoding === undefined ? encodingIn(charset) : requireEncoding(encoding),
    said: {
      format: format ?? formatOfType(type),
      name: '',
      map: map === undefined ? [] : pairsOf(map),
      timeZone: time_zone,
      trustsQuotes: trust_quotes === true,
      isTolerant: dry_run === true,
    },
    own: Object.fromEntries(Object.keys(options).map((name) => [name, given[parameterOf(name)]])),
  }
}

/** Many programs say UTF-8 of any file, so that only another charset says something. @throws AppError */
function encodingIn(charset: string | undefined): string | undefined {
  if (charset === undefined || /^(utf-?8|us-ascii|binary)?$/i.test(charset)) return undefined
  try {
    // Without a byte order mark, the position of zero bytes tells which of the two it is.
    return /^utf-?16$/i.test(charset) ? undefined : requireEncoding(charset)
  } catch {
    throw new AppError(
      'unsupported_media_type',
      `The charset '${charset}' of the Content-Type is not known; send the file with encoding=utf-8, or the name of its encoding, such as windows-1252.`,
    )
  }
}

/** A media type that says nothing, such as that of curl for any file, leaves it to the content. */
function formatOfType(type: string): string | undefined {
  const known: Readonly<Record<string, string>> = {
    'text/csv': 'csv',
    'text/tab-separated-values': 'csv',
    'application/x-ndjson': 'ndjson',
    'application/json': 'json',
  }
  return known[type.split(';', 1)[0]?.trim().toLowerCase() ?? '']
}

function pairsOf(map: string): string[] {
  let read: unknown
  try {
    read = JSON.parse(map)
  } catch {
    read = undefined
  }
  const pairs = typeof read === 'object' && read !== null && !Array.isArray(read) ? Object.entries(read) : []
  if (pairs.length > 0 && pairs.every(([, field]) => typeof field === 'string'))
    return pairs.map(([from, field]) => `${from}=${field}`)
  throw invalidRequest(
    `The 'map' query parameter must be a JSON object of texts, such as {"Full Name":"username"}.`,
  )
}

const parameterOf = (option: string) => option.replaceAll('-', '_')

/** A sentence that names options of the command, for a caller who has parameters. */
export function namingParameters(text: string): string {
  return text
    .replaceAll(
      /--map (?:"([^"]*)=([^"=]*)"|([^"=]+)=([\w.]*))/g,
      (_, a, b, c = a, d = b) => `map={"${c}":"${d}"}`,
    )
    .replaceAll(/--(again|author-ids|trust-quotes)\b/g, (_, name: string) => `${parameterOf(name)}=true`)
    .replaceAll(/--(format|encoding|time-zone) (?!here|must)/g, (_, name: string) => `${parameterOf(name)}=`)
    .replaceAll(/--([a-z]+(?:-[a-z]+)*)/g, (_, name: string) => parameterOf(name))
}

/** A file or an option that cannot be used is a bad request. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error
  return new AppError('invalid_request', namingParameters(error.message), { cause: error })
}
