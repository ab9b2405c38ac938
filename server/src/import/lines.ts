import { isUtf8 } from 'node:buffer'
import { rowBytesMax } from './rows.ts'

export interface Line {
  number: number
  /** Including its end. Empty when the line is too long. */
  raw: Buffer
  /** Without its end; read as Latin-1 if it is not UTF-8, so that its ASCII can still be recognised. */
  text: string
  /** CRLF, LF or CR; empty at the end of the file. */
  end: string
  flaw?: 'not UTF-8' | 'too long'
}

/** The lines of a file with any of the three line ends, even mixed; each end counts as one line. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let begun: Buffer[] = []
  let begunBytes = 0
  let number = 1
  const finished = (last: Buffer, end: string): Line => {
    const isTooLong = begunBytes + last.length > rowBytesMax
    const raw = begun.length === 0 ? last : Buffer.concat([...begun, last])
    begun = []
    begunBytes = 0
    return isTooLong
      ? { number: number++, raw: Buffer.alloc(0), text: '', end, flaw: 'too long' }
      : { number: number++, raw, end, ...textOf(raw.subarray(0, raw.length - end.length)) }
  }

  let isAfterCr = false
  for await (const chunk of chunks) {
    let start = 0
    if (isAfterCr) {
      // Only now is it known whether the CR at the end of the last chunk was half of an end.
      isAfterCr = false
      if (chunk[0] === lineFeed) start = 1
      yield start === 1 ? finished(chunk.subarray(0, 1), '\r\n') : finished(Buffer.alloc(0), '\r')
    }
    for (const { at, end } of endsIn(chunk, start)) {
      if (end === '\r' && at === chunk.length - 1) break
      yield finished(chunk.subarray(start, at + end.length), end)
      start = at + end.length
    }
    if (start === chunk.length) continue
    isAfterCr = chunk[chunk.length - 1] === carriageReturn
    const rest = chunk.subarray(start)
    begunBytes += rest.length
    if (begunBytes <= rowBytesMax) begun.push(rest)
    else begun = []
  }
  if (isAfterCr) yield finished(Buffer.alloc(0), '\r')
  else if (begunBytes > 0) yield finished(Buffer.alloc(0), '')
}

/** Splitting bytes is safe: no UTF-8 character contains the byte of a line end. */
function* endsIn(chunk: Buffer, from: number): Generator<{ at: number; end: string }> {
  let lf = chunk.indexOf(lineFeed, from)
  let cr = chunk.indexOf(carriageReturn, from)
  while (lf !== -1 || cr !== -1) {
    const isCrFirst = cr !== -1 && (lf === -1 || cr < lf)
    const at = isCrFirst ? cr : lf
    const end = isCrFirst ? (lf === cr + 1 ? '\r\n' : '\r') : '\n'
    yield { at, end }
    const next = at + end.length
    if (lf !== -1 && lf < next) lf = chunk.indexOf(lineFeed, next)
    if (cr !== -1 && cr < next) cr = chunk.indexOf(carriageReturn, next)
  }
}

function textOf(bytes: Buffer): { text: string; flaw?: 'not UTF-8' } {
  return isUtf8(bytes)
    ? { text: bytes.toString('utf8') }
    : { text: bytes.toString('latin1'), flaw: 'not UTF-8' }
}

const lineFeed = 10
const carriageReturn = 13
