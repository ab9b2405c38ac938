import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Guard } from './guard.ts'
import { boundIdleSockets } from './idle-sockets.ts'
import { type ReceivedResponse, readResponse } from './response.ts'

export type FailureReason =
  | 'timeout'
  | 'connect_timeout'
  | 'dns'
  | 'blocked'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'protocol'
  | 'interrupted'

/** `durationMs` is a whole number. `headers` have lower-case names; `body` is text that any database stores. */
export type Outcome =
  | ({ kind: 'responded'; durationMs: number } & ReceivedResponse)
  | { kind: 'failed'; reason: FailureReason; durationMs: number }

export interface Exchange {
  /** Sends a body of JSON and reads the whole answer. Never throws; `interrupted` means that the signal was aborted. */
  post(url: string, headers: Record<string, string>, body: string, signal?: AbortSignal): Promise<Outcome>
  /** Drops all connections; what is under way ends as `interrupted`, and so does what comes after. */
  close(): void
}

/** How far an exchange has come, which decides what a failure means. */
type Phase = 'connecting' | 'handshake' | 'sent'

const connectTimeoutMsDefault = 5_000
/** For each address of a name that has several; the last one has what is left of the connect time. */
const addressTimeoutMs = 1_000
const idleSocketsMax = 256
/** Shorter than most servers keep a connection open for, so that few are closed under a request. */
const idleTimeoutMs = 4_000
const headerBytesMax = 16_384
const headersMax = 100
const interimAnswersMax = 10

/**
 * One HTTP exchange with a receiver that may be anything: slow, broken, hostile. It has `timeoutMs` for all of it and
 * 16 KiB for its answer. The guard judges its URL at every exchange and its addresses on every connection. A redirect is
 * an answer as any other, and an answer that breaks off is none.
 *
 * @param timeoutMs for the whole exchange, the body of the answer included
 * @param connectTimeoutMs for DNS, TCP and TLS together
 */
export function createExchange({
  guard,
  timeoutMs,
  connectTimeoutMs = connectTimeoutMsDefault,
}: {
  guard: Guard
  timeoutMs: number
  connectTimeoutMs?: number
}): Exchange {
  const single = {
    lookup: guard.lookup,
    autoSelectFamilyAttemptTimeout: addressTimeoutMs,
    maxHeaderSize: headerBytesMax,
    // Said here because NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
    rejectUnauthorized: true,
  }
  const kept = { ...single, keepAlive: true, timeout: idleTimeoutMs }
  const plain = { send: httpRequest, kept: new HttpAgent(kept), single: new HttpAgent(single) }
  const secure = { send: httpsRequest, kept: new HttpsAgent(kept), single: new HttpsAgent(single) }
  boundIdleSockets([plain.kept, secure.kept], idleSocketsMax)
  let isClosed = false

  function post(
    address: string,
    headers: Record<string, string>,
    body: string,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    if (isClosed || signal?.aborted) return Promise.resolve(atOnce('interrupted'))
    // An address in the URL is connected to without a lookup: this is where it is refused.
    const vetted = guard.vet(address)
    if (vetted.kind === 'refused') return Promise.resolve(atOnce('blocked'))
    const { url } = vetted
    const isSecure = url.protocol === 'https:'
    const client = isSecure ? secure : plain
    const options = {
      method: 'POST',
      host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      // Of names that differ in case the last one counts: these are not the caller's to set.
      headers: {
        ...headers,
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'accept-encoding': 'identity',
      },
    }
    const startedMs = performance.now()

    return new Promise((resolve) => {
      let request: ClientRequest | undefined
      let phase: Phase = 'connecting'
      let isSettled = false
      let connectTimer: NodeJS.Timeout | undefined
      const timer = setTimeout(() => fail(phase === 'sent' ? 'timeout' : 'connect_timeout'), timeoutMs)
      const interrupt = () => fail('interrupted')
      signal?.addEventListener('abort', interrupt, { once: true })
      send(client.kept)

      function send(agent: HttpAgent): void {
        let current: ClientRequest
        try {
          current = client.send({ ...options, agent })
        } catch {
          // A header that HTTP cannot carry.
          fail('protocol')
          return
        }
        request = current
        let bytesBefore = 0
        let interimAnswers = 0
        current.maxHeadersCount = headersMax
        current.once('socket', (socket) => {
          bytesBefore = socket.bytesRead
          if (current.reusedSocket) phase = 'sent'
          else followConnection(socket)
        })
        current.once('response', (response) => readResponse(response, receive, failWith))
        current.on('information', () => {
          if (++interimAnswers > interimAnswersMax) fail('protocol')
        })
        current.once('upgrade', (_, socket) => {
          socket.destroy()
          fail('protocol')
        })
        current.on('error', (error) => {
          // A receiver may close an idle connection at the very moment when a request is written to it, which says nothing
          // about the receiver. So the request is sent once more, on a connection of its own. Should the first one have
          // been read all the same, the webhook arrives twice, which receivers must be ready for anyway.
          const isStale = current.reusedSocket && current.socket?.bytesRead === bytesBefore && isReset(error)
          if (isStale && !isSettled && !isClosed) send(client.single)
          else failWith(error)
        })
        current.end(body)
      }

      function followConnection(socket: Socket): void {
        phase = 'connecting'
        if (connectTimeoutMs < timeoutMs) {
          connectTimer = setTimeout(() => fail('connect_timeout'), connectTimeoutMs)
        }
        const connected = () => {
          phase = 'sent'
          clearTimeout(connectTimer)
        }
        if (isSecure) {
          socket.once('connect', () => {
            phase = 'handshake'
          })
        }
        socket.once(isSecure ? 'secureConnect' : 'connect', connected)
      }

      function receive(received: ReceivedResponse): void {
        settle({ kind: 'responded', ...received, durationMs: sinceMs(startedMs) })
      }

      function failWith(error: Error): void {
        fail(isClosed ? 'interrupted' : reasonOf(error, phase))
      }

      function fail(reason: FailureReason): void {
        settle({ kind: 'failed', reason, durationMs: sinceMs(startedMs) })
        request?.destroy()
      }

      function settle(outcome: Outcome): void {
        if (isSettled) return
        isSettled = true
        clearTimeout(timer)
        clearTimeout(connectTimer)
        signal?.removeEventListener('abort', interrupt)
        resolve(outcome)
      }
    })
  }

  function close(): void {
    isClosed = true
    for (const agent of [plain.kept, plain.single, secure.kept, secure.single]) agent.destroy()
  }

  return { post, close }
}

function reasonOf(error: Error, phase: Phase): FailureReason {
  const code = codeOf(error)
  if (code === 'EBLOCKED') return 'blocked'
  if (code === 'EUNRESOLVED') return 'dns'
  if (phase === 'handshake' || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return 'tls'
  if (isReset(error)) return 'reset'
  if (phase === 'connecting') return code === 'ETIMEDOUT' ? 'connect_timeout' : 'refused'
  return code === 'ETIMEDOUT' ? 'reset' : 'protocol'
}

function isReset(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(error))
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

function sinceMs(startedMs: number): number {
  return Math.round(performance.now() - startedMs)
}

function atOnce(reason: FailureReason): Outcome {
  return { kind: 'failed', reason, durationMs: 0 }
}
