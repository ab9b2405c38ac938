import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'

export interface ReceivedResponse {
  status: number
  headers: Record<string, string>
  body: string
  bodyTruncated: boolean
}

const keptBytesMax = 16_384

/** Reads a response up to its bound, and drops the connection when there is more. Exactly one callback is called, once. */
export function readResponse(
  response: IncomingMessage,
  succeeded: (response: ReceivedResponse) => void,
  failed: (error: Error) => void,
): void {
  const chunks: Buffer[] = []
  let bodyBytes = 0
  const finish = (bodyTruncated: boolean) =>
    succeeded({
      status: response.statusCode ?? 0,
      headers: headersOf(response.rawHeaders),
      body: textOf(Buffer.concat(chunks), bodyTruncated),
      bodyTruncated,
    })
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bodyBytes += chunk.length
    if (bodyBytes <= keptBytesMax) return
    finish(true)
    response.destroy()
  })
  response.on('end', () => finish(false))
  response.on('error', failed)
}

/** In lower case, with repeated fields joined. Node reads them as Latin-1, so any byte is a character, and never a NUL. */
function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    const value = rawHeaders[i + 1] ?? ''
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return Object.fromEntries(headers)
}

/** Converts anything to text that both databases store: PostgreSQL accepts no NUL. */
function textOf(bytes: Buffer, isCut: boolean): string {
  // The cut may split a character; the decoder holds back incomplete bytes.
  const text = isCut
    ? new StringDecoder('utf8').write(bytes.subarray(0, keptBytesMax))
    : bytes.toString('utf8')
  return text.replaceAll('\0', '\ufffd')
}
