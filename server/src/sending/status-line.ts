import type { Socket } from 'node:net'
import { bodyText, joinedHeaders, keptBytesMax, type ReceivedResponse } from './response.ts'

/** Room for the largest head that the parser accepts, and for the body that is kept. */
const tappedBytesMax = 2 * keptBytesMax
const statusLine = /^HTTP\/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?=[ \t\r\n]|$)[^\n]*\n?/i
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const endOfHead = /\r?\n\r?\n/

/** What a receiver sends, as it arrives. */
export interface Tap {
  /**
   * The response whose status line has arrived, whatever follows it; undefined without one. For what the HTTP parser
   * refuses: its leniency options accept most of it, but also let a connection be used again whose bytes are out of step.
   */
  response(): ReceivedResponse | undefined
  close(): void
}

/** Keeps the first bytes that arrive on a socket, from now on. */
export function tapped(socket: Socket): Tap {
  const chunks: Buffer[] = []
  let bytes = 0
  function onData(chunk: Buffer): void {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= tappedBytesMax) close()
  }
  function close(): void {
    socket.removeListener('data', onData)
  }
  // Before the parser, which fails while it handles the same bytes.
  socket.prependListener('data', onData)
  return { response: () => readLeniently(Buffer.concat(chunks).toString('latin1')), close }
}

/** @param text one character for each byte, as the parser reads headers */
export function readLeniently(text: string): ReceivedResponse | undefined {
  // RFC 9112, section 2.2: empty lines before the status line are ignored.
  let rest = text.replace(/^[\r\n]+/, '')
  for (;;) {
    const [line = '', digits] = statusLine.exec(rest) ?? []
    if (digits === undefined) return undefined
    const status = Number(digits)
    const { head, after } = splitHead(rest.slice(line.length))
    if (status >= 200) return responseOf(status, head, after)
    // Another protocol follows a 101; an interim response is followed by the final one.
    if (status === 101 || after === undefined) return undefined
    rest = after
  }
}

/** `after` is undefined while the head has not ended. */
function splitHead(text: string): { head: string; after: string | undefined } {
  const empty = /^\r?\n/.exec(text)
  if (empty) return { head: '', after: text.slice(empty[0].length) }
  const end = endOfHead.exec(text)
  if (!end) return { head: text, after: undefined }
  return { head: text.slice(0, end.index), after: text.slice(end.index + end[0].length) }
}

/** Lines that are no field are left out. */
function responseOf(status: number, head: string, after: string | undefined): ReceivedResponse {
  const fields = head.split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim()
    return fieldName.test(name)
      ? [
          name,
          line
            .slice(colon + 1)
            .trim()
            .replaceAll('\0', '\ufffd'),
        ]
      : []
  })
  return {
    status,
    headers: joinedHeaders(fields),
    body: bodyText(Buffer.from(after ?? '', 'latin1'), true),
    bodyTruncated: true,
  }
}
