import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { AppError } from '../api/errors.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { currentCaller } from '../lib/caller.ts'
import { columnsOf, valueAt } from '../lib/csv-columns.ts'
import { escapedColumn, escapeFormulas } from '../lib/csv-formulas.ts'
import { csvRecord } from '../lib/csv-writing.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { actorNameOf, callerKey, whenClosed } from './caller.ts'

/** The formats of an export; the first is the default. */
export const exportTypes = ['application/x-ndjson', 'text/csv'] as const
type ExportType = (typeof exportTypes)[number]

export const ExportResponse = Type.Unsafe<string>({
  type: 'string',
  description: 'A resource per line as JSON, or CSV (RFC 4180) with a header of field names',
})

const typeOf = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const satisfies Record<
  string,
  ExportType
>

interface ExportOf {
  /** Of the file: `documents`. */
  name: string
  /** What the audit log calls it: `document.export`. */
  action: string
  /** The one record that it is of. */
  targetId?: number
  /** Of one resource; its fields are the columns of the CSV. */
  schema: TSchema
  format?: 'ndjson' | 'csv' | undefined
  formulas?: 'escaped' | undefined
  nowMs: number
}

/** Written at once, and to be read within the timeout: small, so that a slow reader can be told from a stopped one. */
const partBytesMax = 32 * 1024

/**
 * Streams a whole list. The next page is read only when the caller has read the one before, so memory does not grow
 * with the list; the export ends when the caller disconnects or stops reading. Reading a page and serialising it each
 * take a turn of the event loop. A failure on the way breaks the connection: a truncated list must not look complete.
 */
export function sendExport<T extends object>(
  context: Pick<Context, 'pace' | 'openExports' | 'audit'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, action, targetId, schema, format, formulas, nowMs }: ExportOf,
  pages: AsyncIterable<readonly T[]>,
): never {
  const { pace, openExports } = context
  const type = format ? typeOf[format] : wantedType(request.headers.accept)
  const caller = callerKey(request)
  let countRows = (_: number) => {}
  if (request.method !== 'HEAD') {
    whenClosed(reply, openExports.begin(caller))
    countRows = recordExport(context, request, reply, {
      action,
      ...(targetId === undefined ? {} : { targetId }),
    })
  }
  const end = wantsEnd(request.headers.accept) ? randomBytes(16).toString('hex') : undefined
  if (end !== undefined && request.method !== 'HEAD') reply.header('x-export-end', end)
  const extension = type === 'text/csv' ? 'csv' : 'ndjson'
  const day = toTimestamp(nowMs).slice(0, 10)
  reply.header('content-type', type === 'text/csv' ? `${type}; charset=utf-8; header=present` : type)
  reply.header('content-disposition', `attachment; filename="${name}-${day}.${extension}"`)
  reply.header('vary', `${reply.getHeader('vary')}, Accept`)
  // Taken here: it is lost by the time the stream reads the first page.
  const current = currentCaller()
  const turn = () => pace.turn(current)
  const paced = pacedPages(pages, turn, countRows)
  const csv = formulas === 'escaped' ? escapedCsvOf : csvOf
  const text = type === 'text/csv' ? csv(columnsOf(schema), paced) : ndjsonOf(paced)
  const whole = end === undefined ? text : endedBy(end, text)
  const parts = inParts(whole, openExports.timeoutMs, () => reply.raw.destroy())
  // The reply itself, which is not a body of the route's schema.
  return reply.send(Readable.from(request.method === 'HEAD' ? [] : parts)) as never
}

/**
 * Records that an export begins, and how it ends.
 * @returns a function that counts the rows sent
 */
function recordExport(
  { audit }: Pick<Context, 'audit'>,
  request: FastifyRequest,
  reply: FastifyReply,
  what: { action: string; targetId?: number },
): (rows: number) => void {
  const actor = actorNameOf(request)
  // Names only: a value may be a person's name, and nobody would find it here to erase it.
  const filters = Object.entries(request.query as object)
    .filter(([name, value]) => name !== 'format' && value !== undefined)
    .map(([name]) => name)
  let rows = 0
  audit.recordOutside(actor, { ...what, details: { state: 'begun', filters } })
  whenClosed(reply, () => {
    const state = reply.raw.writableFinished ? 'finished' : 'broken'
    audit.recordOutside(actor, { ...what, details: { state, filters, rows } })
  })
  return (more) => {
    rows += more
  }
}

async function* pacedPages<T>(
  pages: AsyncIterable<readonly T[]>,
  turn: () => Promise<void>,
  countRows: (rows: number) => void,
): AsyncGenerator<readonly T[]> {
  await turn()
  for await (const page of pages) {
    await turn()
    countRows(page.length)
    yield page
    await turn()
  }
}

/** @param stalled called when a part is not read in time */
async function* inParts(
  text: AsyncIterable<string>,
  timeoutMs: number,
  stalled: () => void,
): AsyncGenerator<Buffer> {
  for await (const page of text) {
    const bytes = Buffer.from(page)
    for (let start = 0; start < bytes.length; start += partBytesMax) {
      const timer = setTimeout(stalled, timeoutMs)
      try {
        yield bytes.subarray(start, start + partBytesMax)
      } finally {
        clearTimeout(timer)
      }
    }
  }
}

async function* ndjsonOf<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((resource) => `${JSON.stringify(resource)}\n`).join('')
}

/**
 * The last line proves that nothing is missing. Behind a proxy that speaks HTTP/1.0, the end of the connection is the
 * end of the response, however it came about. It is random, so that no record can end like that.
 */
async function* endedBy(end: string, text: AsyncIterable<string>): AsyncGenerator<string> {
  yield* text
  yield `${end}\n`
}

/** For spreadsheets: no cell begins a formula, and the header says so. */
function escapedCsvOf<T extends object>(columns: readonly string[], pages: AsyncIterable<readonly T[]>) {
  const escaped = (value: unknown) => (typeof value === 'string' ? escapeFormulas(value) : value)
  return csvOf([...columns, escapedColumn], pages, escaped)
}

async function* csvOf<T extends object>(
  columns: readonly string[],
  pages: AsyncIterable<readonly T[]>,
  written = (value: unknown) => value,
): AsyncGenerator<string> {
  // With the first page, so that a page that cannot be read is an error like any other.
  let header = csvRecord(columns)
  for await (const page of pages) {
    yield header +
      page.map((resource) => csvRecord(columns.map((column) => written(valueAt(resource, column))))).join('')
    header = ''
  }
  if (header !== '') yield header
}

/** The type with the highest weight (RFC 9110 §12.5.1). @throws AppError when none is allowed */
function wantedType(accept: string | undefined): ExportType {
  const ranges = (accept ?? '*/*').split(',').map(readRange)
  const weighed = exportTypes.map((type) => ({ type, weight: weightOf(type, ranges) }))
  const best = weighed.reduce((a, b) => (b.weight > a.weight ? b : a))
  if (best.weight > 0) return best.type
  throw new AppError(
    'invalid_request',
    `The Accept header allows neither ${exportTypes.join(' nor ')}; send one of them.`,
    { status: 406 },
  )
}

/** A parameter of the media type: servers and proxies that do not know it ignore it. */
function wantsEnd(accept = ''): boolean {
  return /;\s*end=marked\s*(?:[;,]|$)/i.test(accept)
}

interface MediaRange {
  range: string
  weight: number
}

function readRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.toLowerCase().split(';')
  const q = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
  return { range: range.trim(), weight: q === undefined ? 1 : Number(q) }
}

/** The most specific range decides. */
function weightOf(type: ExportType, ranges: readonly MediaRange[]): number {
  const fitting = [type, `${type.split('/')[0]}/*`, '*/*']
  for (const wanted of fitting) {
    const found = ranges.find(({ range }) => range === wanted)
    if (found) return found.weight
  }
  return 0
}
