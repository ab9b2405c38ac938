import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { requireCleanText } from '../http/clean-text.ts'
import { AppError } from '../http/errors.ts'
import type { Check } from '../http/validate.ts'
import type { Row } from './rows.ts'

/** Rows that share a transaction, and with it one wait for the disk. */
const rowsAtOnceMax = 200
const bytesAtOnceMax = 4 * 1024 * 1024
/** SQLite has one writer at a time: a server beside this gets its turn between two transactions. */
const pauseMs = 5
/** Refusals that are told one by one; the rest is only counted, so that a wrong file does not fill the memory. */
const refusalsToldMax = 10_000

/** How one kind of resource is imported. */
export interface Importer<Resource, Prepared> {
  check: Check
  /** What a transaction must not wait for. */
  prepare(resource: Resource): Promise<Prepared>
  /** @throws AppError when the row is refused */
  write(trx: Transaction, resource: Resource, prepared: Prepared): Promise<void>
  /** What may be there once, to find within a file what a trial run does not write down. */
  uniqueNames(resource: Resource): { field: string; name: string }[]
}

export interface ImportReport {
  imported: number
  refused: number
  refusals: { line: number; reason: string }[]
  /** The last line that was worked on. */
  lastLine: number
}

export interface ImportOptions {
  isDryRun: boolean
  stopped: AbortSignal
  /** Called after each transaction. */
  progress(report: ImportReport): void
}

/** A part of a file, from reading to writing; each row stands or falls by itself. */
export async function importRows<Resource extends object, Prepared>(
  context: Context,
  importer: Importer<Resource, Prepared>,
  rows: AsyncIterable<Row>,
  { isDryRun, stopped, progress }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, refused: 0, refusals: [], lastLine: 0 }
  const seen = new Set<string>()
  for await (const group of grouped(rows)) {
    const items = await Promise.all(group.map((row) => prepared(importer, row)))
    const checked = isDryRun ? items.map((item) => refusingRepeated(importer, item, seen)) : items
    const written = await writeGroup(context, importer, checked, isDryRun)
    for (const { line, reason } of written) {
      if (reason === undefined) report.imported++
      else if (report.refused++ < refusalsToldMax) report.refusals.push({ line, reason })
      report.lastLine = line
    }
    progress(report)
    if (stopped.aborted) break
    await pause(pauseMs)
  }
  return report
}

type Item<Resource, Prepared> =
  | { line: number; resource: Resource; prepared: Prepared }
  | { line: number; reason: string }

async function prepared<Resource extends object, Prepared>(
  { check, prepare }: Importer<Resource, Prepared>,
  row: Row,
): Promise<Item<Resource, Prepared>> {
  const { line } = row
  if ('problem' in row) return { line, reason: row.problem }
  try {
    requireCleanText(row.value)
    const problem = check(row.value)
    if (problem) return { line, reason: problem.details }
    const resource = row.value as Resource
    return { line, resource, prepared: await prepare(resource) }
  } catch (error) {
    if (error instanceof AppError) return { line, reason: error.details }
    throw error
  }
}

/** @returns in the order of the rows; a reason for each that was refused */
async function writeGroup<Resource extends object, Prepared>(
  { database }: Context,
  { write }: Importer<Resource, Prepared>,
  items: readonly Item<Resource, Prepared>[],
  isDryRun: boolean,
): Promise<{ line: number; reason?: string }[]> {
  let results: { line: number; reason?: string }[] = []
  try {
    await database.write(async (trx) => {
      results = []
      for (const item of items) {
        if ('reason' in item) results.push(item)
        else results.push(await attempt(trx, item.line, () => write(trx, item.resource, item.prepared)))
      }
      if (isDryRun) throw onlyTried
    })
  } catch (error) {
    if (error !== onlyTried) throw error
  }
  return results
}

/** Thrown to take back what a trial run did. */
const onlyTried = new Error('This was a trial run.')

async function attempt(trx: Transaction, line: number, write: () => Promise<void>) {
  try {
    await trx.attempt(write)
    return { line }
  } catch (error) {
    if (error instanceof AppError) return { line, reason: error.details }
    throw error
  }
}

function refusingRepeated<Resource extends object, Prepared>(
  { uniqueNames }: Importer<Resource, Prepared>,
  item: Item<Resource, Prepared>,
  seen: Set<string>,
): Item<Resource, Prepared> {
  if ('reason' in item) return item
  const names = uniqueNames(item.resource)
  const repeated = names.find(({ field, name }) => seen.has(`${field} ${name}`))
  if (repeated) return { line: item.line, reason: `The '${repeated.field}' stands in a line before.` }
  for (const { field, name } of names) seen.add(`${field} ${name}`)
  return item
}

async function* grouped(rows: AsyncIterable<Row>): AsyncGenerator<Row[]> {
  let group: Row[] = []
  let bytes = 0
  try {
    for await (const row of rows) {
      if (group.length === rowsAtOnceMax || (group.length > 0 && bytes + row.bytes > bytesAtOnceMax)) {
        yield group
        group = []
        bytes = 0
      }
      group.push(row)
      bytes += row.bytes
    }
  } catch (error) {
    // The rest of the file cannot be read; what was read before counts.
    if (group.length > 0) yield group
    throw error
  }
  if (group.length > 0) yield group
}
