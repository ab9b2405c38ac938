import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'

export interface ReceivedResponse {
  status: number
  headers: Record<string, string>
  body: string
  /** Longer than what is kept, or it broke off. */
  bodyTruncated: boolean
}

export const keptBytesMax = 16_384

/** A response that is being read. */
export interface Reading {
  /** What has arrived by now: all that there will be, when the exchange has failed. */
  received(): ReceivedResponse
}

/**
 * Reads a response up to its bound, and drops the connection when there is more, or more than its status allows.
 * @param finished called once, unless the response breaks off; `response` emits an error then, or its request does
 */
export function readResponse(
  response: IncomingMessage,
  finished: (response: ReceivedResponse) => void,
  bytesMax = keptBytesMax,
): Reading {
  const { socket } = response
  const chunks: Buffer[] = []
  let bodyBytes = 0
  const read = (bodyTruncated: boolean): ReceivedResponse => ({
    status: response.statusCode ?? 0,
    headers: joinedHeaders(response.rawHeaders),
    body: bodyText(Buffer.concat(chunks), bodyTruncated, bytesMax),
    bodyTruncated,
  })
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bodyBytes += chunk.length
    if (bodyBytes <= bytesMax) return
    finished(read(true))
    response.destroy()
  })
  response.on('end', () => {
    finished(read(false))
    // Its body arrives all the same, and would be taken for the next response.
    if (hasForbiddenBody(response)) socket.destroy()
  })
  return {
    received() {
      // What came in the same packet as the fault has been parsed, and is not yet emitted.
      while (response.read() !== null);
      return read(!response.complete)
    },
  }
}

/** RFC 9110, section 6.4.1: these have no content, and the parser reads none. Some servers send it. */
function hasForbiddenBody({ statusCode, headers }: IncomingMessage): boolean {
  if (statusCode !== 204 && statusCode !== 304) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
}

/**
 * In lower case, with repeated fields joined. Node reads them as Latin-1, so any byte is a character, and never a NUL.
 * @param fields names and values in turn
 */
export function joinedHeaders(fields: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase()
    const value = fields[i + 1] ?? ''
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return Object.fromEntries(headers)
}

/** Converts anything to text that both databases store: PostgreSQL accepts no NUL. */
export function bodyText(bytes: Buffer, isCut: boolean, bytesMax = keptBytesMax): string {
  // The cut may split a character; the decoder holds back incomplete bytes.
  const text = isCut ? new StringDecoder('utf8').write(bytes.subarray(0, bytesMax)) : bytes.toString('utf8')
  return text.replaceAll('\0', '\ufffd')
}
