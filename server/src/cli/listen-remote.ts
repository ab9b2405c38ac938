import { secondMs } from '../lib/timestamps.ts'
import { CommandError } from './command.ts'
import { visible } from './event-line.ts'
import { type Connect, Interrupted, PositionLost } from './stream-connection.ts'

const responseTimeoutMs = 30 * secondMs
/** Four comments of the server that did not arrive: the connection is dead, and nobody has said so. */
const silenceMsMax = 60 * secondMs
const detailsBytesMax = 64 * 1024

export interface Remote {
  connect(types: readonly string[] | undefined): Connect
  /** The names of all event types. @throws CommandError */
  eventTypes(stop: AbortSignal): Promise<string[]>
}

/** @param address as `serverAddress` has checked it */
export function remoteServer(address: URL, key: string): Remote {
  const base = address.href.replace(/\/$/, '')

  /** @throws CommandError unless the response is a 200 */
  async function get(path: string, headers: Record<string, string>, stop: AbortSignal) {
    const leaving = new AbortController()
    const signal = AbortSignal.any([stop, leaving.signal])
    const overdue = setTimeout(
      () => leaving.abort(new Error('it did not respond in time')),
      responseTimeoutMs,
    )
    try {
      const sent = { 'x-api-key': key, 'user-agent': 'comserv-listen', ...headers }
      const response = await fetch(base + path, { headers: sent, redirect: 'manual', signal }).catch(
        (error) => {
          stop.throwIfAborted()
          throw new Interrupted(`${address.origin} cannot be reached: ${reasonOf(error)}.`)
        },
      )
      if (response.status !== 200) throw await refusalOf(response, address)
      return { response, leaving }
    } finally {
      clearTimeout(overdue)
    }
  }

  return {
    connect: (types) => async (after, stop) => {
      const position = after === undefined ? {} : { 'last-event-id': String(after) }
      const query = types ? `?types=${types.map(encodeURIComponent).join(',')}` : ''
      const sent = { accept: 'text/event-stream', ...position }
      const { response, leaving } = await get(`/api/v1/events/stream${query}`, sent, stop)
      const type = response.headers.get('content-type') ?? ''
      if (type.startsWith('text/event-stream') && response.body) return partsOf(response.body, leaving, stop)
      leaving.abort()
      throw notComserv(address)
    },
    async eventTypes(stop) {
      const { response } = await get('/api/v1/event-types', { accept: 'application/json' }, stop)
      const body: { data?: unknown } = await response.json().then(Object, Object)
      stop.throwIfAborted()
      const names = Array.isArray(body.data) ? body.data.map((type) => String(Object(type).name)) : []
      if (names.length > 0) return names
      throw notComserv(address)
    },
  }
}

async function* partsOf(
  body: ReadableStream<Uint8Array>,
  leaving: AbortController,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader()
  try {
    for (;;) {
      const silent = setTimeout(
        () => leaving.abort(new Error('nothing has arrived for a minute')),
        silenceMsMax,
      )
      const { value, done } = await reader.read().finally(() => clearTimeout(silent))
      if (done) return
      yield value
    }
  } catch (error) {
    stop.throwIfAborted()
    throw new Interrupted(`The connection to the server was lost: ${reasonOf(error)}.`)
  } finally {
    leaving.abort()
  }
}

async function refusalOf(response: Response, address: URL): Promise<CommandError> {
  const { status, headers } = response
  const details = await detailsOf(response)
  if (status >= 300 && status <= 399) {
    const to = URL.parse(headers.get('location') ?? '', response.url)
    const where = to ? `, to ${to.origin}` : ''
    return new CommandError(
      `${address.origin} redirects${where}; give --server the address itself, because the key is not sent on.`,
    )
  }
  const said = details ?? `${address.origin} responded with the status ${status}.`
  if (status === 410) return new PositionLost(said)
  if (status === 429 || status >= 500) return new Interrupted(said, retryAfterMsOf(headers))
  if (status === 404)
    return new CommandError(
      `There is no event stream at ${address.href}: give --server the address of a Comserv server, without a path of the API.`,
    )
  return new CommandError(status === 401 ? `The key was refused: ${said}` : said)
}

/** The sentence of an error of the API; undefined when it is none. */
async function detailsOf(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > detailsBytesMax) return undefined
    }
    const { details } = JSON.parse(Buffer.concat(chunks).toString()).error
    return typeof details === 'string' && details !== '' ? visible(details) : undefined
  } catch {
    return undefined
  }
}

function retryAfterMsOf(headers: Headers): number {
  const seconds = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * secondMs : 0
}

function notComserv({ href }: URL): CommandError {
  return new CommandError(`${href} is not a Comserv server: it does not respond as its API does.`)
}

/** The innermost message: `fetch` hides it behind one of its own. Several addresses of a name fail as one error. */
function reasonOf(error: unknown): string {
  const { cause, errors, message } = Object(error)
  const inner = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  if (inner !== undefined) return reasonOf(inner)
  const text = visible(String(message ?? error)).trim() || 'the reason is unknown'
  return /self[- ]signed|unable to (get|verify)/i.test(text)
    ? `${text}; for a certificate authority of your own, set NODE_EXTRA_CA_CERTS to its file`
    : text.replace(/\.$/, '')
}

/** @throws CommandError */
export function serverAddress(text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new CommandError('--server must be the address of a server, such as https://comserv.example.org.')
  if (url.username !== '' || url.password !== '')
    throw new CommandError(
      '--server must not hold a user name or password: others see the arguments of a program.',
    )
  if (/[?#]/.test(text)) throw new CommandError('--server must not hold a query (?) or a fragment (#).')
  return url
}
