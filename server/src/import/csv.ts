import type { TSchema } from 'typebox'
import { CommandError } from '../lib/command-error.ts'
import { columnsOf, setValueAt } from '../lib/csv-columns.ts'
import { escapedColumn } from '../lib/csv-formulas.ts'
import {
  type Column,
  columnsUnder,
  fieldNames,
  type NameMap,
  unknownColumns,
  unknownProblem,
} from './columns.ts'
import { type Cell, RecordReading } from './csv-cells.ts'
import { type CsvRecord, readCsvRecords } from './csv-records.ts'
import { type CellWriting, valueOfCell } from './csv-values.ts'
import { type Line, linesOf } from './lines.ts'
import { counted, notUtf8, type Row, reasonColumn } from './rows.ts'

export interface CsvOptions {
  /** Of a create. */
  schema: TSchema
  /** Of an export: a file with exactly its columns is read literally. */
  exported: TSchema
  names: NameMap
  trustsQuotes: boolean
  timeZone: string | undefined
  /** A header that does not fit refuses each row, and names its unknown columns, instead of ending the import. */
  isTolerant: boolean
}

export interface CsvFile {
  /** The header line as it is in the file. */
  header: Buffer
  separator: string
  writing: CellWriting
  names: readonly string[]
  /** The field of each column; undefined for one that is left out. */
  columns: readonly (Column | undefined)[]
  headerLine: number
  /** Columns that are no field; without `isTolerant` there are none. */
  unknown: readonly string[]
  /** Why no row can be read. */
  problem: string | undefined
}

/** Tried in this order; the one with the most known columns is used. */
const separators = [',', ';', '\t', '|']

/**
 * Reads the header alone.
 * @throws CommandError when the header is not one of this resource; the rest of the file would mean nothing
 */
export async function readCsvHeader(chunks: AsyncIterable<Buffer>, options: CsvOptions): Promise<CsvFile> {
  const { line, said } = await headerOf(linesOf(chunks))
  requireHeader(line, options.isTolerant)
  const best = bestReading(line, said ? [said] : separators, options)
  const names = namesOf(best.cells)
  return {
    header: line.raw,
    separator: best.separator,
    writing: writingUnder(names, options.exported),
    names,
    headerLine: line.number,
    ...(line.flaw === undefined
      ? meaningOf(names, options)
      : { columns: names.map(() => undefined), unknown: [], problem: notUtf8 }),
  }
}

function meaningOf(
  header: readonly string[],
  { schema, names, isTolerant }: CsvOptions,
): Pick<CsvFile, 'columns' | 'unknown' | 'problem'> {
  const unknown = unknownColumns(header, schema, names)
  const problem = unknown.length > 0 ? unknownProblem(unknown, schema) : undefined
  if (problem !== undefined && !isTolerant) throw new CommandError(`${problem} Nothing was imported.`)
  return { columns: columnsUnder(header, schema, names), unknown, problem }
}

function writingUnder(header: readonly string[], exported: TSchema): CellWriting {
  if (header.includes(escapedColumn)) return 'escaped'
  const fields = header.filter((name) => name !== reasonColumn)
  return fields.join() === columnsOf(exported).join() ? 'literal' : 'foreign'
}

/** Whether the first line names a field of the resource as a column. */
export async function looksLikeCsv(
  chunks: AsyncIterable<Buffer>,
  options: Pick<CsvOptions, 'schema' | 'names'>,
): Promise<boolean> {
  for await (const line of linesOf(chunks)) {
    if (line.text.trim() === '' || /^"?sep=."?$/i.test(line.text)) continue
    if (line.flaw === 'too long' || /^\s*[[{]/.test(line.text)) return false
    return bestReading(line, separators, options).known > 0
  }
  return false
}

/** The reading of a header under which most of its columns are known. */
function bestReading(
  line: Line,
  candidates: readonly string[],
  { schema, names }: Pick<CsvOptions, 'schema' | 'names'>,
) {
  const readings = candidates.map((separator) => {
    const cells = cellsOf(line, separator)
    return { separator, cells, known: fieldNames(namesOf(cells), schema, names).filter(Boolean).length }
  })
  return readings.reduce((a, b) =>
    b.known > a.known || (b.known === a.known && b.cells.length > a.cells.length) ? b : a,
  )
}

/** One row per record. An empty cell is an absent field: CSV has no null. */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  file: CsvFile,
  options: CsvOptions,
): AsyncGenerator<Row> {
  const { separator, columns, headerLine } = file
  const telling = columns.flatMap((column, i) => (column?.isTelling ? [{ i, column }] : []))
  const records = readCsvRecords(after(linesOf(chunks), headerLine), {
    separator,
    columns: columns.length,
    isTelling: telling.length > 0,
    trustsQuotes: options.trustsQuotes,
    couldBeRecord: (cells) => {
      const given = telling.filter(({ i }) => cells[i]?.trim())
      return (
        telling.length === 0 ||
        (given.length > 0 &&
          given.every(({ i, column }) => {
            const read = valueOfCell(cells[i] ?? '', column, file.writing, options.timeZone)
            return 'value' in read && column.fits(read.value)
          }))
      )
    },
  })
  for await (const record of records) yield rowOf(record, file, options)
}

function rowOf(
  record: CsvRecord,
  { names, columns, writing, problem }: CsvFile,
  { timeZone }: CsvOptions,
): Row {
  const place = { line: record.line, position: record.line, raw: record.raw }
  if ('problem' in record) return { ...place, problem: record.problem }
  const { cells } = record
  if (cells.every((cell) => !cell?.trim())) return { ...place, isBlank: true }
  if (problem !== undefined) return { ...place, problem }
  const named = names.findLastIndex(Boolean) + 1
  const nameless = cells.findIndex((cell, i) => cell?.trim() && !names[i])
  if (nameless !== -1 && nameless < names.length)
    return {
      ...place,
      problem: `The header has no name for column ${nameless + 1}, which is not empty.`,
    }
  if (nameless !== -1 || cells.length < named)
    return {
      ...place,
      problem: `The record has ${counted(cells.length, 'cell')} where the header names ${counted(named, 'column')}.`,
    }
  const value: Record<string, unknown> = {}
  for (const [i, column] of columns.entries()) {
    const cell = cells[i]
    if (!column || cell === undefined || (cell === '' && !column.mayBeEmpty)) continue
    const read = valueOfCell(cell, column, writing, timeZone)
    if ('problem' in read) return { ...place, problem: read.problem }
    setValueAt(value, column.name, read.value)
  }
  return { ...place, value }
}

/** The first line that is not blank. Excel reads and writes one before it that names the separator: `sep=;`. */
async function headerOf(lines: AsyncIterable<Line>): Promise<{ line: Line; said?: string }> {
  let said: string | undefined
  for await (const line of lines) {
    const named = /^"?sep=(.)"?$/i.exec(line.text)?.[1]
    if (named !== undefined && said === undefined) said = named
    else if (line.text.replace(/[,;|\s"]/g, '') !== '')
      return { line, ...(said === undefined ? {} : { said }) }
  }
  throw new CommandError(
    'The file has no header: its first line must name the columns. Nothing was imported.',
  )
}

/** @throws CommandError */
function requireHeader({ text, flaw }: Line, isTolerant: boolean): void {
  if (flaw === 'too long') throw new CommandError('The header is too long. Nothing was imported.')
  if (flaw && !isTolerant)
    throw new CommandError(
      'The header is not valid UTF-8; for a file saved as Windows-1252 ("CSV" of Excel), give --encoding windows-1252. Nothing was imported.',
    )
  if (/^\s*[[{]/.test(text))
    throw new CommandError('The file looks like JSON; give --format ndjson. Nothing was imported.')
}

function cellsOf({ text }: Line, separator: string): Cell[] {
  const reading = new RecordReading(separator)
  return reading.read(text) === 'whole' ? reading.cells : [text]
}

function namesOf(cells: readonly Cell[]): string[] {
  return cells.map((cell) => (cell ?? '').trim())
}

async function* after(lines: AsyncIterable<Line>, number: number): AsyncGenerator<Line> {
  for await (const line of lines) if (line.number > number) yield line
}
