import type { ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import type { Proxies, ProxyAddress } from '../config/proxy.ts'
import { http } from '../lib/loading.ts'
import type { Guard } from './guard.ts'
import { boundIdleSockets } from './idle-sockets.ts'
import { lookupOf } from './lookup.ts'
import { ProxyConnections } from './proxy-connection.ts'
import type { Resolve } from './resolve.ts'

/** Per address of a name that has several; the last one gets the rest of the connect time. */
const addressTimeoutMs = 1_000
const idleSocketsMax = 256
/** Shorter than the keep-alive of most servers, so that few close the connection under a request. */
const idleTimeoutMs = 4_000
const headerBytesMax = 16_384

/** HTTP or HTTPS, direct or through a proxy, over a connection that may be kept or one for a single request. */
export interface Transport {
  isSecure: boolean
  proxy: ProxyAddress | undefined
  request: typeof http.request
  kept: HttpAgent
  single: HttpAgent
}

export interface Transports {
  of(url: URL): Transport
  /** To this server itself. */
  here: Transport
  close(): void
}

interface TransportParts {
  guard: Guard
  proxies: Proxies | undefined
  /** Of the names of proxies, which the guard does not check. */
  resolve: Resolve
  secureContext: SecureContext | undefined
  connectTimeoutMs: number
}

const common = {
  autoSelectFamilyAttemptTimeout: addressTimeoutMs,
  maxHeaderSize: headerBytesMax,
  // Set explicitly because NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
  rejectUnauthorized: true,
}
const keeping = { keepAlive: true, timeout: idleTimeoutMs }

export function createTransports(parts: TransportParts): Transports {
  const { guard, proxies } = parts
  const direct = { http: directly(guard, false), https: directly(guard, true) }
  const proxied = {
    http: proxies?.http && through(proxies.http, parts, false),
    https: proxies?.https && through(proxies.https, parts, true),
  }
  const all = [direct.http, direct.https, ...[proxied.http, proxied.https].filter((one) => one !== undefined)]
  boundIdleSockets(
    all.map(({ kept }) => kept),
    idleSocketsMax,
  )

  return {
    here: direct.http,
    of(url) {
      const scheme = url.protocol === 'https:' ? 'https' : 'http'
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      const port = Number(url.port) || (scheme === 'https' ? 443 : 80)
      // Loopback receivers that are allowed without a setting are on this machine, not on that of the proxy.
      const isDirect = guard.staysHere(host) || proxies?.bypass(host, port)
      return (isDirect ? undefined : proxied[scheme]) ?? direct[scheme]
    },
    close() {
      for (const { kept, single } of all) {
        kept.destroy()
        single.destroy()
      }
    },
  }
}

function directly({ lookup }: Guard, isSecure: boolean): Transport {
  const Agent = isSecure ? HttpsAgent : http.Agent
  return {
    isSecure,
    proxy: undefined,
    request: isSecure ? httpsRequest : http.request,
    kept: new Agent({ ...common, ...keeping, lookup }),
    single: new Agent({ ...common, lookup }),
  }
}

function through(
  proxy: ProxyAddress,
  { guard, resolve, secureContext, connectTimeoutMs }: TransportParts,
  isSecure: boolean,
): Transport {
  const Agent = isSecure ? TunnelAgent : ForwardAgent
  const lookup = lookupOf(resolve)
  const shared = { proxy, lookup, secureContext, timeoutMs: connectTimeoutMs, responses: { count: 0 } }
  const connections = () => new ProxyConnections(shared)
  return {
    isSecure,
    proxy,
    request: isSecure ? httpsRequest : http.request,
    kept: new Agent(connections(), guard, { ...common, ...keeping }),
    single: new Agent(connections(), guard, common),
  }
}

type Connected = (error: Error | null, socket: Duplex) => void

/** Gives a request a connection once there is one. A request that ended meanwhile has its agent close or keep it. */
function handOver(connecting: Promise<Duplex>, connected: Connected | undefined): undefined {
  // The type demands a socket beside an error, which Node does not look at.
  connecting.then(
    (socket) => connected?.(null, socket),
    (error: Error) => connected?.(error, undefined as unknown as Duplex),
  )
}

/** For `https`: the proxy opens a tunnel, in which TLS with the receiver begins. */
class TunnelAgent extends HttpsAgent {
  readonly #connections: ProxyConnections
  readonly #guard: Guard

  constructor(
    connections: ProxyConnections,
    guard: Guard,
    options: ConstructorParameters<typeof HttpsAgent>[0],
  ) {
    super(options)
    this.#connections = connections
    this.#guard = guard
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): undefined {
    return handOver(this.#tunnel(options), connected)
  }

  async #tunnel(options: ClientRequestArgs): Promise<Duplex> {
    const host = options.host ?? ''
    const beganMs = performance.now()
    await this.#guard.admit(host)
    const name = host.includes(':') ? `[${host}]` : host.replace(/\.$/, '')
    const socket = await this.#connections.tunnel(`${name}:${options.port || 443}`, beganMs)
    const secure = super.createConnection({ ...options, socket } as ClientRequestArgs)
    if (!secure) throw new Error('There is no connection in the tunnel.')
    return secure
  }

  override destroy(): void {
    this.#connections.destroy()
    super.destroy()
  }
}

/** For `http`: the proxy gets the request with the whole URL in it, and sends it on. */
class ForwardAgent extends http.Agent {
  readonly #connections: ProxyConnections
  readonly #guard: Guard

  constructor(
    connections: ProxyConnections,
    guard: Guard,
    options: ConstructorParameters<typeof http.Agent>[0],
  ) {
    super(options)
    this.#connections = connections
    this.#guard = guard
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): undefined {
    const opened = this.#guard.admit(options.host ?? '').then(() => this.#connections.open())
    return handOver(opened, connected)
  }

  override destroy(): void {
    this.#connections.destroy()
    super.destroy()
  }
}
