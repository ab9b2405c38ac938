import { AppError } from '../http/errors.ts'
import { parseJsonBody } from '../http/json-body.ts'
import { type Row, rowBytesMax, tooLong } from './rows.ts'

const lineFeed = 10
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** A JSON object a line; empty lines are passed over. */
export async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  for await (const { line, bytes } of linesOf(chunks)) {
    if (bytes.toString('latin1').trim() !== '') yield { line, bytes: bytes.length, ...parsed(bytes) }
  }
}

function parsed(bytes: Buffer): { value: object } | { problem: string } {
  try {
    const value = parseJsonBody(bytes, 'line')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value }
    return { problem: 'The line is not a JSON object.' }
  } catch (error) {
    if (error instanceof AppError) return { problem: error.details }
    throw error
  }
}

/** Split as bytes: a character of UTF-8 never holds the byte of a line feed, and what is no UTF-8 is refused by its line. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ line: number; bytes: Buffer }> {
  let line = 1
  let begun: Buffer[] = []
  let begunBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      yield { line, bytes: whole(line, [...begun, chunk.subarray(start, end)]) }
      line++
      begun = []
      begunBytes = 0
      start = end + 1
    }
    begun.push(chunk.subarray(start))
    begunBytes += chunk.length - start
    if (begunBytes > rowBytesMax) throw tooLong(line, 'NDJSON has one object a line')
  }
  yield { line, bytes: whole(line, begun) }
}

function whole(line: number, parts: readonly Buffer[]): Buffer {
  const bytes = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)
  return line === 1 && bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes
}
