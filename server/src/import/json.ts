import type { TSchema } from 'typebox'
import { AppError } from '../api/errors.ts'
import { parseJsonBody } from '../api/json-body.ts'
import { createCheck } from '../api/validate.ts'
import { CommandError } from '../lib/command-error.ts'
import { columnSchema, columnsOf, setValueAt, valueAt } from '../lib/csv-columns.ts'
import type { NameMap } from './columns.ts'
import { JsonBroken, jsonValues } from './json-values.ts'
import { linesOf } from './lines.ts'
import { notUtf8, type Row, reasonColumn, tooLong } from './rows.ts'
import { timeProblem, toInstantIn } from './times.ts'

export interface JsonOptions {
  schema: TSchema
  names: NameMap
  timeZone: string | undefined
}

export type JsonForm = 'an object a line' | 'values'

/**
 * Whether the file is NDJSON, a JSON array, or objects over several lines. Where brackets mark the boundaries, one
 * wrong character can hide the rest of the file, so all of it is read before anything is written.
 * @throws CommandError when it is none of these
 */
export async function readJsonForm(
  utf8: () => AsyncIterable<Buffer>,
  options: JsonOptions,
): Promise<JsonForm> {
  const first = await firstLine(utf8())
  if (first === undefined) return 'an object a line'
  requireResource(first.value, options)
  const isLine = first.value !== undefined
  if (isLine && !first.text.startsWith('[')) return 'an object a line'
  if (!/^[[{]/.test(first.text)) {
    if (looksLikeCsv(first.text, options))
      throw new CommandError('The file looks like CSV; give --format csv. Nothing was imported.')
    return 'an object a line'
  }
  try {
    for await (const { line, raw } of jsonValues(utf8())) {
      const read = parsed(raw, 'value')
      if ('problem' in read && !isObject(read)) throw new JsonBroken(line, read.problem.replace(/\.$/, ''))
      if ('value' in read) requireResource(read.value, options)
    }
    return 'values'
  } catch (error) {
    if (!(error instanceof JsonBroken)) throw error
    if (isLine || first.text.startsWith('{')) return 'an object a line'
    throw new CommandError(
      `The file is a JSON array that is broken in line ${error.line}: ${error.message}. Nothing was imported.`,
    )
  }
}

/** One JSON object per line, or over as many lines as it needs. */
export async function* readJson(
  chunks: AsyncIterable<Buffer>,
  form: JsonForm,
  options: JsonOptions,
): AsyncGenerator<Row> {
  const take = taker(options)
  if (form === 'values') {
    let position = 0
    for await (const { line, raw } of jsonValues(chunks))
      yield { line, position: ++position, raw, ...take(parsed(raw, 'value')) }
    return
  }
  for await (const { number: line, raw, text, flaw } of linesOf(chunks)) {
    const place = { line, position: line, raw }
    if (flaw) yield { ...place, problem: flaw === 'too long' ? tooLong : notUtf8 }
    else if (text.trim() === '') yield { ...place, isBlank: true }
    else yield { ...place, ...take(parsed(Buffer.from(text), 'line')) }
  }
}

type Parsed = { value: Record<string, unknown> } | { problem: string; isOther?: true }

function parsed(bytes: Buffer, noun: string): Parsed {
  try {
    const value = parseJsonBody(bytes, noun)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown> }
    return { problem: `The ${noun} is not a JSON object.`, isOther: true }
  } catch (error) {
    if (error instanceof AppError) return { problem: error.details }
    throw error
  }
}

/** A value that is not an object is a refused row, and breaks nothing else. */
function isObject(read: Parsed): boolean {
  return 'isOther' in read
}

/** What makes rows of values. */
function taker(options: JsonOptions) {
  const times = columnsOf(options.schema).flatMap((name) => {
    const schema = columnSchema(options.schema, name) as TSchema & { format?: string }
    return schema.format === 'date-time' ? [{ name, check: createCheck(schema) }] : []
  })
  return (read: Parsed) => taken(read, times, options)
}

function taken(
  read: Parsed,
  times: readonly { name: string; check: (value: unknown) => unknown }[],
  { names, timeZone }: JsonOptions,
) {
  if ('problem' in read) return { problem: read.problem }
  const { [reasonColumn]: reason, ...value } = read.value
  if (reason !== undefined && Object.keys(value).length === 0) return { isBlank: true as const }
  for (const [from, to] of names) {
    const found = Object.hasOwn(value, from) ? value[from] : valueAt(value, from)
    if (found === undefined) continue
    removeAt(value, from)
    if (to !== '') setValueAt(value, to, found)
  }
  for (const { name, check } of times) {
    const given = valueAt(value, name)
    if (typeof given !== 'string' || check(given) === undefined) continue
    const instant = timeZone === undefined ? undefined : toInstantIn(timeZone, given)
    if (instant === undefined) return { problem: timeProblem(`The field '${name}'`, given) }
    setValueAt(value, name, instant)
  }
  return { value }
}

function removeAt(value: Record<string, unknown>, name: string): void {
  if (Object.hasOwn(value, name)) {
    delete value[name]
    return
  }
  const parent = name.split('.').slice(0, -1).join('.')
  const inside = parent === '' ? value : valueAt(value, parent)
  if (typeof inside !== 'object' || inside === null) return
  delete (inside as Record<string, unknown>)[name.split('.').at(-1) ?? '']
  if (parent !== '' && Object.keys(inside).length === 0) removeAt(value, parent)
}

/** A list inside an object is a common response format: `{"data": […]}`. @throws CommandError */
function requireResource(value: Record<string, unknown> | undefined, { schema, names }: JsonOptions): void {
  if (value === undefined) return
  const known = new Set([...columnsOf(schema).map((name) => name.split('.')[0]), ...names.keys()])
  const keys = Object.keys(value)
  const list = keys.find(
    (key) => Array.isArray(value[key]) && value[key].some((item) => typeof item === 'object'),
  )
  if (list === undefined || keys.some((key) => known.has(key))) return
  throw new CommandError(
    `The file is an object that holds a list under '${list}'; take the list out, such as with jq -c '.${list}[]'. Nothing was imported.`,
  )
}

function looksLikeCsv(text: string, { schema }: JsonOptions): boolean {
  const known = columnsOf(schema)
  return text.split(/[,;\t|]/).some((name) => known.includes(name.trim().toLowerCase()))
}

/** Whether the first line begins an object or a list. */
export async function looksLikeJson(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const { text } of linesOf(chunks)) if (text.trim() !== '') return /^\s*[[{]/.test(text)
  return false
}

/** The first line that is not blank, and the object in it. */
async function firstLine(
  chunks: AsyncIterable<Buffer>,
): Promise<{ text: string; value: Record<string, unknown> | undefined } | undefined> {
  for await (const { raw, text, flaw } of linesOf(chunks)) {
    if (flaw === 'too long') return { text: '[', value: undefined }
    const trimmed = text.trim()
    if (trimmed === '') continue
    const read = parsed(raw, 'line')
    return { text: trimmed, value: 'value' in read ? read.value : undefined }
  }
  return undefined
}
