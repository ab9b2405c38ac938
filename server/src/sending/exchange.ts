import type { ClientRequest, Agent as HttpAgent } from 'node:http'
import type { RequestOptions } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, TLSSocket } from 'node:tls'
import type { Proxies } from '../config/proxy.ts'
import type { ClientIdentity } from './client-certificate.ts'
import { type FailureReason, isNotHttp, isReset, type Phase, reasonOf } from './failure.ts'
import type { Guard } from './guard.ts'
import { deletedReceiverHeader } from './own-receiver.ts'
import { type Resolve, systemResolve } from './resolve.ts'
import { type Reading, type ReceivedResponse, readResponse } from './response.ts'
import { secureContexts } from './secure-contexts.ts'
import { type Tap, tapped } from './status-line.ts'
import { createTransports, type Transport } from './transports.ts'

/** `durationMs` is a whole number. `headers` have lower-case names; `body` is text that any database stores. */
export type Outcome =
  | ({ kind: 'responded'; durationMs: number } & ReceivedResponse)
  | { kind: 'failed'; reason: FailureReason; durationMs: number }

export interface Exchange {
  /**
   * Sends a body and reads the response. Never throws; `interrupted` means that the signal was aborted. Once the
   * status line has arrived, nothing that follows it makes the exchange fail: the receiver has decided by then, and would
   * get a second attempt as a duplicate.
   */
  post(url: string, headers: Record<string, string>, body: string, how?: How): Promise<Outcome>
  /** Drops all connections; exchanges under way or begun later end as `interrupted`. */
  close(): void
}

interface How {
  /** POST unless given. */
  method?: string
  /** JSON unless given. */
  contentType?: string
  signal?: AbortSignal | undefined
  /** For receivers that want a client certificate. */
  identity?: ClientIdentity | undefined
  /** Less than the usual time for the whole exchange. */
  timeoutMs?: number
  /** More than the 16 KiB that are usually read of a response. */
  responseBytesMax?: number
}

/** Of a request, and of the connection that it may need. */
type Options = RequestOptions & Pick<ConnectionOptions, 'secureContext'>

const connectTimeoutMsDefault = 5_000
const headersMax = 100
const interimResponsesMax = 10
const proxyAuthenticationRequired = 407

/** Time limits of an exchange. `connectTimeoutMs` covers DNS, TCP and TLS together. */
interface Limits {
  timeoutMs: number
  connectTimeoutMs: number
  responseBytesMax?: number | undefined
}

interface ExchangeParts {
  timeoutMs: number
  connectTimeoutMs?: number
  guard: Guard
  proxies?: Proxies | undefined
  /** Trusted beside those that Node trusts, as PEM. */
  authorities?: readonly string[]
  /** Finds the addresses of proxies. */
  resolve?: Resolve
}

/**
 * HTTP exchanges with a receiver that may be slow, broken or hostile. Each has `timeoutMs` in all and 16 KiB for its
 * response. The guard checks its URL at every exchange and its addresses on every connection. A redirect is a response
 * like any other. A connection whose response was not read to its proper end is never used again.
 * @param timeoutMs for the whole exchange, including the body of the response
 */
export function createExchange({
  guard,
  timeoutMs,
  connectTimeoutMs = connectTimeoutMsDefault,
  proxies,
  authorities = [],
  resolve = systemResolve(),
}: ExchangeParts): Exchange {
  const contextOf = secureContexts(authorities)
  const secureContext = contextOf(undefined)
  const transports = createTransports({
    guard,
    proxies,
    resolve,
    secureContext,
    connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
  })
  const closing = new AbortController()

  return {
    post(address, headers, body, how = {}) {
      const { method = 'POST', signal, identity, contentType = 'application/json', responseBytesMax } = how
      if (closing.signal.aborted || signal?.aborted) return Promise.resolve(atOnce('interrupted'))
      // An IP address in the URL is connected to without a lookup, so it is refused here.
      const vetted = guard.vet(address)
      if (vetted.kind === 'refused') return Promise.resolve(atOnce('blocked'))
      const { url, own } = vetted
      const transport = own ? transports.here : transports.of(url)
      const options = { ...optionsOf(transport, url, { method, headers, body, contentType }), ...own }
      // A connection, or a session of TLS, is only used again with the same certificate: it is part of their key.
      if (identity) Object.assign(options, { cert: identity.certificate, secureContext: contextOf(identity) })
      else if (secureContext) options.secureContext = secureContext
      const limits = { timeoutMs: how.timeoutMs ?? timeoutMs, connectTimeoutMs, responseBytesMax }
      const { outcome } = new Post({ transport, options, body, limits, signal, closing: closing.signal })
      return own ? outcome.then(fromOwnReceiver) : outcome
    },
    close() {
      closing.abort()
      transports.close()
    },
  }
}

/** As the documentation spells them: some receivers see names as they were sent. Standard Webhooks uses lower case. */
const spelledNames = new Map(
  [
    'X-Webhook-Signature',
    'X-Webhook-Event',
    'X-Webhook-Attempt',
    'X-Webhook-Test',
    'User-Agent',
    'Content-Type',
    'Content-Length',
    'Accept-Encoding',
    'Host',
  ].map((name) => [name.toLowerCase(), name]),
)

interface Sent {
  method: string
  headers: Record<string, string>
  body: string
  contentType: string
}

function optionsOf(
  { isSecure, proxy }: Transport,
  url: URL,
  { method, headers, body, contentType }: Sent,
): Options {
  const spelled = Object.entries(headers).map(([name, value]) => [
    spelledNames.get(name.toLowerCase()) ?? name,
    value,
  ])
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  // A dot at the end makes a name absolute for DNS alone: RFC 6066, section 3, and servers that compare names have none.
  const name = url.hostname.replace(/\.$/, '')
  const authority = url.port === '' ? name : `${name}:${url.port}`
  return {
    method,
    host,
    servername: isIP(host) === 0 ? name : '',
    port: url.port,
    // A proxy is told the whole URL (RFC 9112, section 3.2.2), unless it only opens a tunnel.
    path: (proxy && !isSecure ? `http://${authority}` : '') + url.pathname + url.search,
    // Of names that differ in case the last one counts; the caller must not set these.
    headers: {
      ...Object.fromEntries(spelled),
      Host: authority,
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      'Accept-Encoding': 'identity',
      ...(proxy?.authorization && !isSecure ? { 'Proxy-Authorization': proxy.authorization } : {}),
    },
  }
}

interface Posted {
  transport: Transport
  options: Options
  body: string
  limits: Limits
  signal: AbortSignal | undefined
  closing: AbortSignal
}

/** One exchange, from its first connection to its outcome. */
class Post {
  readonly outcome: Promise<Outcome>
  readonly #posted: Posted
  readonly #resolve: (outcome: Outcome) => void
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #connectTimer: NodeJS.Timeout | undefined
  #request: ClientRequest | undefined
  #tap: Tap | undefined
  #reading: Reading | undefined
  #phase: Phase = 'connecting'
  #isCertificateWanted = false
  #isSettled = false

  constructor(posted: Posted) {
    this.#posted = posted
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.outcome = promise
    this.#resolve = resolve
    const { timeoutMs } = posted.limits
    this.#timer = setTimeout(
      () => this.#fail(this.#phase === 'sent' ? 'timeout' : 'connect_timeout'),
      timeoutMs,
    )
    posted.signal?.addEventListener('abort', this.#interrupt, { once: true })
    this.#send(posted.transport.kept)
  }

  #send(agent: HttpAgent): void {
    const { transport, options, body, closing } = this.#posted
    let request: ClientRequest
    try {
      request = transport.request({ ...options, agent })
    } catch {
      // A header that HTTP cannot carry.
      this.#fail('protocol')
      return
    }
    this.#request = request
    this.#phase = 'connecting'
    this.#isCertificateWanted = false
    const { timeoutMs, connectTimeoutMs } = this.#posted.limits
    if (connectTimeoutMs < timeoutMs)
      this.#connectTimer = setTimeout(() => this.#fail('connect_timeout'), connectTimeoutMs)
    let bytesBefore = 0
    request.once('socket', (socket) => {
      bytesBefore = socket.bytesRead
      this.#tap = tapped(socket)
      if (!request.reusedSocket) return this.#followConnection(socket)
      this.#phase = 'sent'
      clearTimeout(this.#connectTimer)
    })
    this.#followResponse(request)
    request.on('error', (error) => {
      // A receiver may close an idle connection at the very moment when a request is written to it, which says nothing
      // about the receiver. So the request is sent once more, on a connection of its own. Should the first one have
      // been read all the same, the webhook arrives twice, which receivers must be ready for anyway.
      // The same goes for the rest of an earlier response, longer than its length said, that arrives in place of this one.
      const isStale = request.socket?.bytesRead === bytesBefore ? isReset(error) : isNotHttp(error)
      if (request.reusedSocket && isStale && !this.#response() && !this.#isSettled && !closing.aborted)
        this.#send(transport.single)
      else this.#failWith(error)
    })
    request.end(body)
  }

  #followConnection(socket: Socket): void {
    const { isSecure } = this.#posted.transport
    const isConnected = () => {
      this.#phase = 'sent'
      clearTimeout(this.#connectTimer)
    }
    if (isSecure && socket instanceof TLSSocket) {
      this.#followHandshake(socket)
      socket.once('secureConnect', isConnected)
      // Through a proxy, the connection is there before the request has it.
    } else if (socket.connecting) socket.once('connect', isConnected)
    else isConnected()
  }

  #followHandshake(socket: TLSSocket): void {
    const begin = () => {
      this.#phase = 'handshake'
    }
    if (socket.connecting) socket.once('connect', begin)
    else begin()
    // Node does not tell that the receiver asks for a client certificate. It sends its signature algorithms then, which
    // are known as soon as there are keys; TLS 1.2 ends before anything else if the certificate is missing.
    socket.on('keylog', () => {
      this.#isCertificateWanted ||= socket.getSharedSigalgs().length > 0
    })
  }

  #followResponse(request: ClientRequest): void {
    let interimResponses = 0
    request.maxHeadersCount = headersMax
    request.once('response', (response) => {
      this.#tap?.close()
      response.on('error', (error) => this.#failWith(error))
      const { responseBytesMax } = this.#posted.limits
      this.#reading = readResponse(response, (received) => this.#respond(received), responseBytesMax)
    })
    request.on('information', () => {
      if (++interimResponses > interimResponsesMax) this.#fail('protocol')
    })
    request.once('upgrade', (_, socket) => {
      socket.destroy()
      this.#fail('protocol')
    })
  }

  readonly #interrupt = () => this.#fail('interrupted')

  #failWith(error: Error): void {
    const { closing } = this.#posted
    this.#fail(closing.aborted ? 'interrupted' : reasonOf(error, this.#phase, this.#isCertificateWanted))
  }

  /** What has arrived of it, if its status line has. */
  #response(): ReceivedResponse | undefined {
    return this.#reading?.received() ?? this.#tap?.response()
  }

  #respond(response: ReceivedResponse): void {
    const { isSecure, proxy } = this.#posted.transport
    // Only a proxy responds with it (RFC 9110, section 15.5.8).
    if (proxy && !isSecure && response.status === proxyAuthenticationRequired) {
      this.#settle({ kind: 'failed', reason: 'proxy_auth', durationMs: this.#elapsedMs() })
    } else this.#settle({ kind: 'responded', ...response, durationMs: this.#elapsedMs() })
  }

  #fail(reason: FailureReason): void {
    if (this.#isSettled) return
    const response = this.#response()
    if (response) this.#respond(response)
    else this.#settle({ kind: 'failed', reason, durationMs: this.#elapsedMs() })
    this.#request?.destroy()
  }

  #settle(outcome: Outcome): void {
    if (this.#isSettled) return
    this.#isSettled = true
    clearTimeout(this.#timer)
    clearTimeout(this.#connectTimer)
    this.#tap?.close()
    this.#posted.signal?.removeEventListener('abort', this.#interrupt)
    this.#resolve(outcome)
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedMs)
  }
}

/** A test receiver of this server that is gone says so. */
function fromOwnReceiver(outcome: Outcome): Outcome {
  if (outcome.kind !== 'responded' || outcome.headers[deletedReceiverHeader] === undefined) return outcome
  return { kind: 'failed', reason: 'test_receiver_deleted', durationMs: outcome.durationMs }
}

function atOnce(reason: FailureReason): Outcome {
  return { kind: 'failed', reason, durationMs: 0 }
}
