import { invalidRequest } from './errors.ts'
import { jsonDepthMax } from './limits.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a JSON body strictly (RFC 8259): valid UTF-8, an object or array nested at most 32 deep.
 * The depth is read off the text first, so that a hostile body never reaches the recursive parser.
 * @param noun what the bytes are, for the sentence that refuses them
 * @throws AppError invalid_request
 */
export function parseJsonBody(bytes: Buffer, noun = 'body'): unknown {
  if (bytes.length === 0) throw invalidRequest('The request body is empty; send a JSON object.')
  const text = decode(bytes, noun)
  if (isTooDeep(text)) throw invalidRequest(`JSON may be nested at most ${jsonDepthMax} levels deep.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidRequest(`The ${noun} is not valid JSON: ${shortReason(error)}.`)
  }
}

function decode(bytes: Buffer, noun: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalidRequest(`The ${noun} is not valid UTF-8.`)
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === quote) i = endOfString(text, i)
    else if (char === openBrace || char === openBracket) {
      if (++depth > jsonDepthMax) return true
    } else if (char === closeBrace || char === closeBracket) depth--
  }
  return false
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === backslash) backslashes++
  return backslashes % 2 === 1
}

/** The engine quotes the body in its message; only the place is of use, and the body may hold a password. */
function shortReason(error: unknown): string {
  const place = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return place === undefined ? 'it ends too early or has a misplaced character' : `look at character ${place}`
}

const quote = 34
const backslash = 92
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125
