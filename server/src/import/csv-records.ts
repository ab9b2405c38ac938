import { type Cell, RecordReading } from './csv-cells.ts'
import type { Line } from './lines.ts'
import { notUtf8, rowBytesMax, tooLong } from './rows.ts'

export type CsvRecord = { line: number; raw: Buffer } & ({ cells: Cell[] } | { problem: string })

/** What is known about the records in advance. */
export interface RecordShape {
  separator: string
  /** Number of cells in the header. */
  columns: number
  /** Whether cells could form a record, judging by columns that accept only some texts, such as addresses. */
  couldBeRecord(cells: readonly Cell[]): boolean
  /** Whether there are such columns. */
  isTelling: boolean
  /** Accepts quotes as written, even where they join several lines, each like a record, into one cell. */
  trustsQuotes: boolean
}

/**
 * The records of a CSV file, each with the number of the line in which it begins. Every line is in one of them.
 *
 * After a wrong quote, nobody can tell where the next record begins. A quote alone in its line costs that line, if the
 * columns can tell records from text. Otherwise every line is refused until the quotes are right again: text inside
 * quotes may come from anybody, and must never become a record of its own.
 */
export async function* readCsvRecords(
  lines: AsyncIterable<Line>,
  shape: RecordShape,
): AsyncGenerator<CsvRecord> {
  const file = new LineStack(lines)
  try {
    for (let first = await file.next(); first; first = await file.next()) yield* recordAt(file, first, shape)
  } finally {
    await file.close()
  }
}

async function* recordAt(file: LineStack, first: Line, shape: RecordShape): AsyncGenerator<CsvRecord> {
  const reading = new RecordReading(shape.separator)
  const taken = [first]
  let bytes = first.raw.length
  let state = flawed(first) ? 'whole' : reading.read(first.text)
  while (state === 'open' && bytes <= rowBytesMax) {
    const line = await file.next()
    if (!line) break
    taken.push(line)
    bytes += line.raw.length
    // A line that is too long has no text: it ends an open record.
    state = line.flaw === 'too long' ? 'stray quote' : reading.read(line.text, taken.at(-2)?.end)
  }
  if (state === 'whole') {
    if (taken.length > 1 && !shape.trustsQuotes && isTwoStrayQuotes(taken, shape)) {
      yield* refuseEach(
        taken,
        (last) =>
          `${opens(first)} It closes in line ${last}, but the lines between look like records of their own; remove the quotes, or give --trust-quotes if it is one text.`,
      )
    } else yield wholeRecord(taken, reading.cells)
  } else if (taken.length === 1 && state !== 'open') yield* refuseLine(file, first, state, shape)
  else yield* refuseOpen(file, taken, state, shape)
}

function flawed({ flaw }: Line): boolean {
  return flaw === 'too long'
}

function wholeRecord(taken: readonly Line[], cells: Cell[]): CsvRecord {
  const place = { line: taken[0]?.number ?? 0, raw: rawOf(taken) }
  if (taken.some(flawed)) return { ...place, problem: tooLong }
  if (taken.some(({ flaw }) => flaw === 'not UTF-8')) return { ...place, problem: notUtf8 }
  return { ...place, cells }
}

/** A wrong quote in one line. The following lines may belong to it if its quotes are uneven. */
async function* refuseLine(
  file: LineStack,
  line: Line,
  state: string,
  { isTelling }: RecordShape,
): AsyncGenerator<CsvRecord> {
  const problem =
    state === 'stray quote'
      ? 'A quote is inside a cell that does not begin with one; put the cell in quotes and double the quote.'
      : 'After the quote that closes a cell there is more text; double the quotes inside the cell.'
  yield { line: line.number, raw: line.raw, problem }
  if (isTelling || state === 'stray quote' || quotesIn(line.text) % 2 === 0) return
  const following: Line[] = []
  let bytes = 0
  for (let next = await file.next(); next; next = await file.next()) {
    following.push(next)
    bytes += next.raw.length
    if (quotesIn(next.text) > 0) {
      yield* refuseEach(
        following,
        () => `The quotes in line ${line.number} are wrong, and this line may belong to it.`,
      )
      return
    }
    if (bytes > rowBytesMax) break
  }
  file.back(following)
}

/** A quote that opened in the first line and does not close where it should. */
async function* refuseOpen(
  file: LineStack,
  taken: readonly Line[],
  state: string,
  { isTelling }: RecordShape,
): AsyncGenerator<CsvRecord> {
  const [first, ...following] = taken
  if (!first) return
  const isAlone = quotesIn(first.text) === 1
  if (isTelling && isAlone) {
    yield { line: first.number, raw: first.raw, problem: `${opens(first)} It is not closed.` }
    file.back(following)
    return
  }
  // The line at which reading stopped can be read separately: its quotes may be right.
  const broken = state === 'open' ? [] : taken.slice(-1)
  yield* refuseEach(
    taken.slice(0, taken.length - broken.length),
    () => `${opens(first)} It is not closed as it should be.`,
  )
  file.back(broken)
}

function* refuseEach(lines: readonly Line[], problem: (last: number) => string): Generator<CsvRecord> {
  const [first] = lines
  const last = lines.at(-1)?.number ?? 0
  for (const { number, raw, flaw } of lines) {
    const inside = `The line is inside a quote that opens in line ${first?.number}; fix that line first.`
    yield {
      line: number,
      raw,
      problem: flaw === 'too long' ? tooLong : number === first?.number ? problem(last) : inside,
    }
  }
}

/**
 * Two stray quotes, one at the beginning of a cell, one at the end of another: taken literally, all lines between are
 * one cell. Intended quotes never leave a record in which these two are the only ones and every line, including the
 * first and the last, has as many cells as the header.
 */
function isTwoStrayQuotes(
  taken: readonly Line[],
  { separator, columns, couldBeRecord }: RecordShape,
): boolean {
  if (columns < 2 || taken.reduce((sum, { text }) => sum + quotesIn(text), 0) !== 2) return false
  return taken.every(({ text }, i) => {
    const cells = text.replace('"', '').split(separator)
    return cells.length === columns && (i === 0 || couldBeRecord(cells))
  })
}

function opens({ number }: Line): string {
  return `A quote opens in line ${number}.`
}

function quotesIn(text: string): number {
  let found = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) found++
  return found
}

function rawOf(lines: readonly Line[]): Buffer {
  return lines.length === 1 && lines[0] ? lines[0].raw : Buffer.concat(lines.map(({ raw }) => raw))
}

/** Lines that can be put back, to be read again. */
class LineStack {
  readonly #lines: AsyncIterator<Line>
  #returned: Line[] = []

  constructor(lines: AsyncIterable<Line>) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  async next(): Promise<Line | undefined> {
    const returned = this.#returned.pop()
    if (returned) return returned
    const { value, done } = await this.#lines.next()
    return done ? undefined : value
  }

  back(lines: readonly Line[]): void {
    // One by one: the number of arguments of a call is limited.
    for (const line of lines.toReversed()) this.#returned.push(line)
  }

  async close(): Promise<void> {
    await this.#lines.return?.()
  }
}
