import { connect, type LookupFunction, type Socket } from 'node:net'
import { type SecureContext, connect as secureConnect } from 'node:tls'
import type { ProxyAddress } from '../config/proxy.ts'
import type { FailureReason } from './failure.ts'

const headBytesMax = 16_384
/** Of the time for a connection, so that what remains is left for the receiver behind it. */
const proxyShare = 0.6
/** The same for the tunnel, which must be given up before the exchange is: it knows why. */
const tunnelShare = 0.95

/** Why there is no connection through the proxy. */
export class ProxyError extends Error {
  readonly reason: FailureReason

  constructor(reason: FailureReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.reason = reason
  }
}

export interface ProxyParts {
  proxy: ProxyAddress
  lookup: LookupFunction
  /** For a proxy with TLS; undefined for the authorities that Node trusts. */
  secureContext: SecureContext | undefined
  /** For the proxy and the tunnel together. */
  timeoutMs: number
  /** Responses to CONNECT so far, over all connections to this proxy. */
  responses: { count: number }
}

/** Opens connections to a proxy, and keeps count of those that are not handed over yet. */
export class ProxyConnections {
  readonly #parts: ProxyParts
  readonly #opening = new Set<Socket>()

  constructor(parts: ProxyParts) {
    this.#parts = parts
  }

  /** A connection to the proxy itself. */
  open(): Promise<Socket> {
    const { timeoutMs } = this.#parts
    return this.#during(this.#connect(), timeoutMs * proxyShare, () => 'proxy_unreachable', untilConnected)
  }

  /**
   * A connection to the receiver, which the proxy passes on.
   * @param authority `host:port`
   * @param sinceMs when the time for it began, by the monotonic clock
   */
  async tunnel(authority: string, sinceMs: number): Promise<Socket> {
    const socket = await this.open()
    const { proxy, timeoutMs, responses } = this.#parts
    const before = responses.count
    // A proxy that responds to others meanwhile waits for this receiver.
    const late = () => (responses.count > before ? 'connect_timeout' : 'proxy_timeout')
    const leftMs = Math.max(1, sinceMs + timeoutMs * tunnelShare - performance.now())
    const lines = [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      ...(proxy.authorization === undefined ? [] : [`Proxy-Authorization: ${proxy.authorization}`]),
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return this.#during(socket, leftMs, late, (connected) =>
      untilTunnelled(connected, () => responses.count++),
    )
  }

  destroy(): void {
    for (const socket of this.#opening) socket.destroy()
  }

  #connect(): Socket {
    const { proxy, lookup, secureContext } = this.#parts
    const { host, port } = proxy
    if (!proxy.isSecure) return connect({ host, port, lookup })
    const servername = host.replace(/\.$/, '')
    return secureConnect({
      host,
      port,
      lookup,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername }),
      rejectUnauthorized: true,
      ...(secureContext ? { secureContext } : {}),
    })
  }

  /** Waits on a socket, which is destroyed if that fails or takes too long. */
  async #during(
    socket: Socket,
    timeoutMs: number,
    late: () => FailureReason,
    wait: (socket: Socket, isSecure: boolean) => Promise<void>,
  ): Promise<Socket> {
    this.#opening.add(socket)
    const { promise: over, reject } = Promise.withResolvers<never>()
    const failed = (cause?: unknown) =>
      reject(new ProxyError('proxy_unreachable', 'The connection to the proxy failed.', cause))
    const timer = setTimeout(
      () => reject(new ProxyError(late(), 'The proxy did not respond in time.')),
      timeoutMs,
    )
    socket.on('error', failed).on('close', failed)
    try {
      await Promise.race([wait(socket, this.#parts.proxy.isSecure), over])
      return socket
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
      // Who uses the connection from now on hears of its errors; they must not be uncaught in between.
      socket.off('close', failed)
      this.#opening.delete(socket)
    }
  }
}

function untilConnected(socket: Socket, isSecure: boolean): Promise<void> {
  return new Promise((resolve) => socket.once(isSecure ? 'secureConnect' : 'connect', resolve))
}

/** Reads the response to CONNECT (RFC 9110, section 9.3.6). */
async function untilTunnelled(socket: Socket, responded: () => void): Promise<void> {
  let head = ''
  for (;;) {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) {
      // Not flowing: what follows the head belongs to the receiver.
      await new Promise<void>((resolve) => socket.once('readable', resolve))
      continue
    }
    head += chunk.toString('latin1')
    const end = /\r?\n\r?\n/.exec(head)
    if (!end && head.length <= headBytesMax) continue
    responded()
    const status = Number(/^HTTP\/1\.[01] +(\d{3})(?!\d)/.exec(head)?.[1] ?? 0)
    const hasMore = !end || end.index + end[0].length < head.length
    if (status >= 200 && status <= 299 && !hasMore) return
    throw new ProxyError(reasonOf(status), `The proxy responded with ${status} to CONNECT.`)
  }
}

/** Of the status with which a proxy refuses a tunnel. */
function reasonOf(status: number): FailureReason {
  if (status === 407) return 'proxy_auth'
  return status >= 400 && status <= 499 ? 'proxy_refused' : 'proxy_failed'
}
