import { throwIfAborted } from './abort.ts'
import type { FileContent } from './call-options.ts'
import { Deadline } from './deadline.ts'
import { ComservError, ConfigurationError } from './errors.ts'
import type { Fetch } from './options.ts'

export interface Attempt {
  url: string
  method: string
  headers: Record<string, string>
  body: FileContent | undefined
  /** Whether cookies are sent. */
  credentials: 'omit' | 'same-origin'
  timeoutMs: number
  signal: AbortSignal | undefined
  /** Whether a successful response is streamed, if it has the format that was asked for: any other is a proxy's page. */
  isStreamed: boolean
}

export interface Received {
  status: number
  headers: Headers
  /** The parsed JSON; undefined if the response is empty or not JSON. */
  body: unknown
  isEmpty: boolean
  /** The bytes of a streamed response, as they come. */
  chunks: AsyncIterable<Uint8Array> | undefined
}

/**
 * Sends a request once.
 * @throws ConnectionError, TimeoutError, or the reason of the caller's signal
 */
export async function exchange(fetch: Fetch, attempt: Attempt): Promise<Received> {
  const { url, method, headers, body, credentials, timeoutMs, signal, isStreamed } = attempt
  const deadline = new Deadline(timeoutMs, signal)
  let read: string | undefined
  try {
    const running = fetch(url, {
      method,
      headers,
      credentials,
      signal: deadline.signal,
      // A redirect to another server would send the key there: browsers and Node drop Authorization on the
      // way, but not X-API-Key.
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    const response = await deadline.holds(running)
    requireOwnResponse(response, url)
    const { status } = response
    const received = { status, headers: withoutCookies(response.headers) }
    if (isStreamed && response.ok) {
      const chunks = isOfType(response, headers.accept) ? chunksOf(response, deadline) : undefined
      if (chunks === undefined) leave(response, deadline)
      return { ...received, body: undefined, isEmpty: false, chunks }
    }
    read = ' while it was read'
    const bytes = await deadline.holds(response.arrayBuffer())
    deadline.end()
    return { ...received, body: jsonOf(response, bytes), isEmpty: bytes.byteLength === 0, chunks: undefined }
  } catch (error) {
    deadline.end()
    throw error instanceof ComservError ? error : deadline.errorFor(error, read)
  }
}

/** Its body may not end. */
function leave({ body }: Response, deadline: Deadline): void {
  deadline.end()
  body?.cancel().catch(() => {})
}

function isOfType({ headers }: Response, accept: string | undefined): boolean {
  const [given, wanted] = [headers.get('content-type'), accept].map((type) => type?.split(';')[0]?.trim())
  return given?.toLowerCase() === wanted
}

/** The timeout applies to each part, so that a long list may take its time. */
async function* chunksOf(
  { body }: Response,
  deadline: Deadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader()
  let bytes = 0
  try {
    while (reader) {
      // A browser keeps returning buffered data to a caller that has aborted.
      throwIfAborted(deadline.signal)
      deadline.restart()
      const { value, done } = await deadline.holds(reader.read())
      if (done) return
      bytes += value.length
      yield value
    }
  } catch (error) {
    throw deadline.errorFor(error, ` after ${bytes} bytes`)
  } finally {
    deadline.end()
    // A caller that stopped early does not want the rest; after the end this does nothing.
    await reader?.cancel().catch(() => {})
  }
}

/** The platform's fetch gives neither; one that the program passed may. */
function requireOwnResponse(response: Response, url: string): void {
  const { status, headers, arrayBuffer } = Object(response) as Partial<Response>
  if (typeof status !== 'number' || typeof headers?.get !== 'function' || typeof arrayBuffer !== 'function')
    throw new ConfigurationError('The fetch option must return a Response.')
  if (!response.redirected && !isElsewhere(response.url, url)) return
  response.body?.cancel().catch(() => {})
  throw new ConfigurationError(
    'The fetch option followed a redirect, which may have sent the key to another server. It must pass init on as it is.',
  )
}

function isElsewhere(received: string | undefined, sent: string): boolean {
  return URL.canParse(received ?? '') && new URL(received ?? '').origin !== new URL(sent).origin
}

/** In UTF-8, with or without a byte order mark. `text()` would replace what is none. */
function jsonOf({ headers }: Response, bytes: ArrayBuffer): unknown {
  if (bytes.byteLength === 0 || !/\bjson\b/.test(headers.get('content-type') ?? '')) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Without a browser to hide it, Set-Cookie contains the session token. */
function withoutCookies(headers: Headers): Headers {
  if (!headers.has('set-cookie')) return headers
  const shown = new Headers(headers)
  shown.delete('set-cookie')
  return shown
}
