import { isUtf8 } from 'node:buffer'
import { rowBytesMax, tooLong } from './rows.ts'

export type CsvRecord = { line: number; bytes: number } & ({ fields: string[] } | { problem: string })

/**
 * The records of a CSV file (RFC 4180), each with the number of the line in which it begins, however many lines its quoted
 * fields span. Read byte for byte as Latin-1, where every byte is one character and no sign that matters can be part of
 * another; the fields become UTF-8 afterwards, so that a wrong byte costs its record and not the file.
 */
export async function* readCsvRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  let line = 1
  for await (const { text, lines } of splitRecords(chunks)) {
    const record = text.endsWith('\r') ? text.slice(0, -1) : text
    if (record !== '') yield { line, bytes: record.length, ...parseRecord(record) }
    line += lines
  }
}

/** A line feed ends a record when the number of quotes before it is even. */
async function* splitRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ text: string; lines: number }> {
  let begun = ''
  let isQuoted = false
  let line = 1
  let lines = 1
  for await (const chunk of chunks) {
    const text = chunk.toString('latin1')
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i)
      if (char === quote) isQuoted = !isQuoted
      else if (char === lineFeed && isQuoted) lines++
      else if (char === lineFeed) {
        yield { text: begun + text.slice(start, i), lines }
        line += lines
        begun = ''
        lines = 1
        start = i + 1
      }
    }
    begun += text.slice(start)
    if (begun.length > rowBytesMax) throw tooLong(line, 'a quote is probably not closed')
  }
  if (begun !== '') yield { text: begun, lines }
}

function parseRecord(record: string): { fields: string[] } | { problem: string } {
  const fields: string[] = []
  for (let at = 0; ; at++) {
    const field = record[at] === '"' ? quotedField(record, at) : plainField(record, at)
    if (!field) return { problem: 'A quote stands where RFC 4180 allows none, or is never closed.' }
    const text = utf8Of(field.text)
    if (text === undefined) return { problem: 'The line is not valid UTF-8.' }
    fields.push(text)
    at = field.end
    if (at === record.length) return { fields }
    if (record[at] !== ',') return { problem: 'Between two fields there must be a comma and nothing else.' }
  }
}

function plainField(record: string, start: number): { text: string; end: number } | undefined {
  const comma = record.indexOf(',', start)
  const end = comma === -1 ? record.length : comma
  const text = record.slice(start, end)
  return text.includes('"') ? undefined : { text, end }
}

function quotedField(record: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  for (let at = start + 1; ; ) {
    const end = record.indexOf('"', at)
    if (end === -1) return undefined
    text += record.slice(at, end)
    if (record[end + 1] !== '"') return { text, end: end + 1 }
    text += '"'
    at = end + 2
  }
}

function utf8Of(latin1: string): string | undefined {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

const quote = 34
const lineFeed = 10
