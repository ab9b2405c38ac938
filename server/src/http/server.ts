import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  connectionStallMs,
  connectionsMax,
  connectionsPerAddressMax,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  requestTimeoutMs,
} from '../api/limits.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import { http } from '../lib/loading.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** The address of a caller behind proxies. */
type AddressOf = (request: IncomingMessage) => string

/**
 * The HTTP server beneath the framework, with the bounds of its connections.
 * @param addressOf undefined where no proxy is in front; behind one, all connections come from one address
 */
export function createBoundedServer(handle: Handle, addressOf: AddressOf | undefined): Server {
  const server = http.createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 2_000,
      // The first hook checks it and reports what is wrong.
      requireHostHeader: false,
    },
    addressOf ? namingCaller(oneByOne(handle), addressOf) : oneByOne(handle),
  )
  server.setTimeout(connectionStallMs)
  server.maxConnections = connectionsMax
  server.on('drop', () => server.closeIdleConnections())
  if (!addressOf) boundConnectionsOfOneAddress(server)
  return server
}

/**
 * What proxies wrote is replaced by the one address that was found in it, where the framework looks for it: whoever reads
 * `request.ip` gets that address. The other headers of this kind are nobody's to believe.
 */
function namingCaller(handle: Handle, addressOf: AddressOf): Handle {
  return (request, response) => {
    const { headers } = request
    headers['x-forwarded-for'] = addressOf(request)
    delete headers['x-forwarded-host']
    delete headers['x-forwarded-proto']
    handle(request, response)
  }
}

function boundConnectionsOfOneAddress(server: Server): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = addressBlock(socket.remoteAddress ?? '')
    const own = open.get(address) ?? 0
    if (own >= connectionsPerAddressMax) {
      socket.destroy()
      return
    }
    open.set(address, own + 1)
    socket.once('close', () => {
      const left = (open.get(address) ?? 0) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}

/**
 * Pipelined requests begin one after the other, each in a tick of the event loop: 64 KiB hold 2,000 of them, which
 * would otherwise all begin in one. Meanwhile nothing more is read from their connection. A response has its socket
 * when it is the next one to be written.
 */
function oneByOne(handle: Handle): Handle {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    if (response.socket) {
      // After a response that has closed the connection, nobody is left to respond to.
      if (socket.writable) handle(request, response)
      return
    }
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    // After the parser has finished its data: the end of each message makes it read on.
    if (count === 1) process.nextTick(() => socket.pause())
    response.once('socket', () =>
      setImmediate(() => {
        const left = (waiting.get(socket) ?? 0) - 1
        waiting.set(socket, left)
        if (left === 0) socket.resume()
        if (socket.writable) handle(request, response)
      }),
    )
  }
}
