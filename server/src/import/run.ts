import { AppError } from '../api/errors.ts'
import { requireCleanText } from '../api/input.ts'
import type { Context } from '../context.ts'
import type { Change, Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { Importer } from '../resource/importing.ts'
import type { EarlierImports } from './earlier.ts'
import type { RefusedFile } from './refused-file.ts'
import { notUtf8, type Row } from './rows.ts'

/** Rows that share a transaction, and its one wait for the disk. */
const rowsAtOnceMax = 200
const bytesAtOnceMax = 4 * 1024 * 1024
/** Hashing passwords takes turns, and a caller with too many waiting is rejected. */
const preparedAtOnce = 4
/** Refusals that are listed; the rest is only counted, so that a wrong file does not fill the memory. */
const refusalsToldMax = 10_000

/** Rows of the file so far. `read` is the sum of the others. */
export interface ImportReport {
  read: number
  imported: number
  refused: number
  /** Those refused because they are not UTF-8. */
  notUtf8: number
  /** Imported rows that the importer warns about. */
  warned: number
  /** Blank rows, such as spreadsheets leave at the end. */
  blank: number
  /** Before the line at which the import was to begin. */
  passed: number
  /** Imported by an earlier command. */
  earlier: number
  refusals: { line: number; position: number; reason: string }[]
  /** The last line that was processed. */
  lastLine: number
  /** Whether it ended before the file did; perhaps no row is left. */
  isStopped: boolean
  /** The last row that was processed or skipped. */
  lastRow: number
}

export interface ImportOptions {
  isDryRun: boolean
  fromLine: number
  earlier: EarlierImports
  /** Also imports rows that were imported before. */
  isRepeated: boolean
  refusedFile: RefusedFile | undefined
  stopped: AbortSignal
  /** Rows in one transaction, where not as many as usual. */
  rowsAtOnce?: number
  /** Rows before this one are skipped. */
  fromRow?: number
  /** Awaited between two transactions: others get their turn. */
  turn(): Promise<void>
  /** Called after each transaction. */
  progress?(report: ImportReport): void
}

/** Shows the importer the file, if it wants to see it. */
export async function surveyRows<Resource extends object>(
  { look }: Importer<Resource>,
  rows: () => AsyncIterable<Row>,
  stopped: AbortSignal,
): Promise<void> {
  if (!look) return
  for await (const row of rows()) {
    if (stopped.aborted) return
    if ('value' in row) look(row.value as Partial<Resource>)
  }
}

/**
 * A file, from reading to writing; each row stands or falls by itself.
 * @param report is counted up as rows are committed, so that it is true also when this throws
 */
export async function importRows<Resource extends object>(
  context: Context,
  importer: Importer<Resource>,
  rows: AsyncIterable<Row>,
  options: ImportOptions,
  report: ImportReport = emptyReport(),
): Promise<ImportReport> {
  const { isDryRun, refusedFile, stopped, progress, earlier } = options
  const seen = new Set<string>()
  let isFirst = true
  for await (const group of grouped(wanted(rows, options), options.rowsAtOnce)) {
    if (group.rows.length > 0) {
      if (!isFirst) await options.turn()
      isFirst = false
      const items = await preparedInTurn(importer, group.rows)
      const checked = isDryRun ? items.map((item) => refusingRepeated(importer, item, seen)) : items
      const written = await writeGroup(context, checked, options)
      if (!isDryRun) earlier.added()
      count(report, written)
      await refusedFile?.write(
        written.flatMap(({ row, reason }) => (reason === undefined ? [] : [{ raw: row.raw, reason }])),
      )
    }
    skip(report, group.skipped)
    progress?.(report)
    // Not before the first transaction: an import that is repeated until it is complete has to move on.
    if (stopped.aborted && group.rows.length > 0) {
      report.isStopped = true
      break
    }
  }
  progress?.(report)
  return report
}

export function emptyReport(): ImportReport {
  return {
    read: 0,
    imported: 0,
    refused: 0,
    notUtf8: 0,
    warned: 0,
    blank: 0,
    passed: 0,
    earlier: 0,
    refusals: [],
    lastLine: 0,
    lastRow: 0,
    isStopped: false,
  }
}

type Skipped = 'blank' | 'passed' | 'earlier'

/** The rows, and which of them are not to be imported. */
async function* wanted(
  rows: AsyncIterable<Row>,
  { fromLine, fromRow = 1, earlier, isRepeated }: ImportOptions,
): AsyncGenerator<{ row: Row; skipped?: Skipped }> {
  for await (const row of rows) {
    if ('isBlank' in row) {
      yield { row, skipped: 'blank' }
      continue
    }
    const known =
      'value' in row ? { ...row, fingerprint: earlier.fingerprintOf(row.identity ?? row.value) } : row
    const isEarlier = earlier.meets(known)
    if (row.line < fromLine || row.position < fromRow) yield { row, skipped: 'passed' }
    else if (isEarlier && !isRepeated) yield { row, skipped: 'earlier' }
    else yield { row: known }
  }
}

/** Rows that were skipped, by the reason. */
interface SkippedRows extends Record<Skipped, number> {
  lastRow: number
}

const noneSkipped = (): SkippedRows => ({ blank: 0, passed: 0, earlier: 0, lastRow: 0 })

function skip(report: ImportReport, { blank, passed, earlier, lastRow }: SkippedRows): void {
  report.read += blank + passed + earlier
  report.blank += blank
  report.passed += passed
  report.earlier += earlier
  report.lastRow = Math.max(report.lastRow, lastRow)
}

function count(report: ImportReport, written: readonly Outcome[]): void {
  for (const { row, reason, isWarned } of written) {
    report.read++
    if (reason === undefined) report.imported++
    if (isWarned) report.warned++
    if ('problem' in row && row.problem === notUtf8) report.notUtf8++
    if (reason === undefined) continue
    if (report.refused++ < refusalsToldMax)
      report.refusals.push({ line: row.line, position: row.position, reason })
  }
  const last = written.at(-1)
  if (last) {
    report.lastLine = last.row.line
    report.lastRow = last.row.position
  }
}

type Item<Resource> =
  | { row: Row; resource: Resource; change: Change<unknown>; isWarned: boolean }
  | { row: Row; reason: string }

interface Outcome {
  row: Row
  /** Why it was refused. */
  reason?: string
  isWarned?: boolean
}

async function preparedInTurn<Resource extends object>(
  importer: Importer<Resource>,
  rows: readonly Row[],
): Promise<Item<Resource>[]> {
  const items: Item<Resource>[] = []
  for (let i = 0; i < rows.length; i += preparedAtOnce)
    items.push(
      ...(await Promise.all(rows.slice(i, i + preparedAtOnce).map((row) => prepared(importer, row)))),
    )
  return items
}

async function prepared<Resource extends object>(
  { check, prepare, warning }: Importer<Resource>,
  row: Row,
): Promise<Item<Resource>> {
  if (!('value' in row)) return { row, reason: 'problem' in row ? row.problem : 'The row is blank.' }
  try {
    requireCleanText(row.value)
    const problem = check(row.value)
    if (problem) return { row, reason: problem.details }
    const resource = row.value as Resource
    return { row, resource, change: await prepare(resource), isWarned: warning?.about(resource) === true }
  } catch (error) {
    if (isRefusal(error)) return { row, reason: error.details }
    throw error
  }
}

/** @returns outcomes in the order of the rows */
async function writeGroup<Resource extends object>(
  { database, clock }: Context,
  items: readonly Item<Resource>[],
  { isDryRun, earlier }: ImportOptions,
): Promise<Outcome[]> {
  let outcomes: Outcome[] = []
  try {
    await database.write(async (trx) => {
      outcomes = []
      for (const item of items) {
        if ('reason' in item) outcomes.push(item)
        else outcomes.push(await attempt(trx, item))
      }
      if (isDryRun) throw onlyTried
      await earlier.add(trx, toTimestamp(clock.now()), partOf(outcomes))
    })
  } catch (error) {
    if (error !== onlyTried) throw error
  }
  return outcomes
}

function partOf(outcomes: readonly Outcome[]) {
  return {
    first_line: outcomes[0]?.row.position ?? 0,
    last_line: outcomes.at(-1)?.row.position ?? 0,
    refused: JSON.stringify(
      outcomes.flatMap(({ row, reason }) => (reason === undefined ? [] : [row.position])),
    ),
    imported: outcomes
      .flatMap(({ row, reason }) => (reason === undefined ? [`${row.position}:${row.fingerprint}`] : []))
      .join(' '),
  }
}

/** Thrown to roll back a trial run. */
const onlyTried = new Error('This was a trial run.')

async function attempt(
  trx: Transaction,
  { row, change, isWarned }: { row: Row; change: Change<unknown>; isWarned: boolean },
): Promise<Outcome> {
  try {
    await trx.savepoint(() => change(trx))
    return { row, isWarned }
  } catch (error) {
    if (isRefusal(error)) return { row, reason: error.details }
    throw error
  }
}

/** Of this row alone. A busy or unreachable database affects all rows, and ends the import. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.code !== 'service_unavailable'
}

function refusingRepeated<Resource extends object>(
  { uniqueNames }: Importer<Resource>,
  item: Item<Resource>,
  seen: Set<string>,
): Item<Resource> {
  if ('reason' in item) return item
  const names = uniqueNames(item.resource)
  const repeated = names.find(({ field, name }) => seen.has(`${field} ${name}`))
  if (repeated) return { row: item.row, reason: `The '${repeated.field}' is in an earlier line already.` }
  for (const { field, name } of names) seen.add(`${field} ${name}`)
  return item
}

/** Rows of one transaction, and those beside them that are only counted, once it is done. */
interface Group {
  rows: Row[]
  skipped: SkippedRows
}

async function* grouped(
  rows: AsyncIterable<{ row: Row; skipped?: Skipped }>,
  rowsAtOnce = rowsAtOnceMax,
): AsyncGenerator<Group> {
  let group: Group = { rows: [], skipped: noneSkipped() }
  let bytes = 0
  for await (const { row, skipped } of rows) {
    if (skipped) {
      group.skipped[skipped]++
      group.skipped.lastRow = row.position
      continue
    }
    const { length } = group.rows
    const isFull = length === rowsAtOnce || (length > 0 && bytes + row.raw.length > bytesAtOnceMax)
    // Rows that were skipped before it do not depend on its transaction.
    if (isFull || (length === 0 && group.skipped.lastRow > 0)) {
      yield group
      group = { rows: [], skipped: noneSkipped() }
      bytes = 0
    }
    group.rows.push(row)
    bytes += row.raw.length
  }
  yield group
}
