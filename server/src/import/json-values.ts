import { rowBytesMax } from './rows.ts'

export interface JsonText {
  /** The line in which it begins. */
  line: number
  raw: Buffer
}

/** The file cannot be split into values from here on. */
export class JsonBroken extends Error {
  readonly line: number
  constructor(line: number, problem: string) {
    super(problem)
    this.line = line
  }
}

/**
 * The elements of a JSON array, or consecutive values, over any number of lines. They are only split here, by brackets
 * and quotes, as bytes: the syntax of JSON is ASCII, and never part of another UTF-8 character.
 * @throws JsonBroken
 */
export async function* jsonValues(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonText> {
  const cut = new ValueCut()
  for await (const chunk of chunks) yield* cut.values(chunk)
  yield* cut.end()
}

class ValueCut {
  #line = 1
  #isAfterCr = false
  #array: 'none' | 'open' | 'closed' = 'none'
  /** Of the current value. */
  #begunAt = 0
  #parts: Buffer[] = []
  #bytes = 0
  #depth = 0
  #isBegun = false
  #isString = false
  #isEscaped = false
  #isFirst = true

  values(chunk: Buffer): JsonText[] {
    const found: JsonText[] = []
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0
      this.#countLine(byte)
      if (this.#isString) {
        this.#readString(byte)
        if (this.#isString || this.#depth > 0) continue
        found.push(this.#finish(chunk.subarray(start, i + 1)))
      } else if (!this.#isBegun) {
        if (!this.#begins(byte)) continue
        start = i
        if (!isBracket(byte) && byte !== quote) continue
        if (byte === quote) this.#isString = true
        else this.#depth = 1
      } else if (this.#depth === 0) {
        // A number or a word, which ends where something else begins.
        if (!isBetween(byte) && byte !== closeBracket) continue
        found.push(this.#finish(chunk.subarray(start, i)))
        if (byte === closeBracket) this.#close()
      } else if (byte === quote) this.#isString = true
      else if (byte === openBrace || byte === openBracket) this.#depth++
      else if (byte === closeBrace || byte === closeBracket) {
        if (--this.#depth === 0) found.push(this.#finish(chunk.subarray(start, i + 1)))
      }
    }
    if (!this.#isBegun) return found
    this.#parts.push(chunk.subarray(start))
    this.#bytes += chunk.length - start
    if (this.#bytes > rowBytesMax)
      throw new JsonBroken(this.#begunAt, `what begins here is longer than ${rowBytesMax / 1024 ** 2} MiB`)
    return found
  }

  end(): JsonText[] {
    if (this.#isBegun && (this.#isString || this.#depth > 0))
      throw new JsonBroken(this.#begunAt, 'what begins here does not end')
    if (this.#array === 'open') throw new JsonBroken(this.#line, 'the array is not closed')
    return this.#isBegun ? [this.#finish(Buffer.alloc(0))] : []
  }

  /** @returns whether a value begins with this byte */
  #begins(byte: number): boolean {
    if (isBetween(byte)) return false
    if (this.#array === 'closed') throw new JsonBroken(this.#line, 'more text follows the array')
    if (byte === openBracket && this.#isFirst) {
      this.#isFirst = false
      this.#array = 'open'
      return false
    }
    this.#isFirst = false
    if (byte === closeBracket) {
      this.#close()
      return false
    }
    this.#isBegun = true
    this.#begunAt = this.#line
    return true
  }

  #close(): void {
    if (this.#array !== 'open') throw new JsonBroken(this.#line, 'a closing bracket has no opening one')
    this.#array = 'closed'
  }

  #readString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) this.#isEscaped = true
    else if (byte === quote) this.#isString = false
  }

  #finish(last: Buffer): JsonText {
    const raw = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])
    this.#parts = []
    this.#bytes = 0
    this.#isBegun = false
    return { line: this.#begunAt, raw }
  }

  #countLine(byte: number): void {
    if (byte === carriageReturn || (byte === lineFeed && !this.#isAfterCr)) this.#line++
    this.#isAfterCr = byte === carriageReturn
  }
}

function isBracket(byte: number): boolean {
  return byte === openBrace || byte === openBracket
}

/** White space and commas between values. */
function isBetween(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === lineFeed || byte === carriageReturn || byte === comma
}

const lineFeed = 10
const carriageReturn = 13
const quote = 34
const comma = 44
const backslash = 92
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125
