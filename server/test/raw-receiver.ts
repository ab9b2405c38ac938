import { once } from 'node:events'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { after } from 'node:test'
import { Worker } from 'node:worker_threads'

export interface RawReceiver {
  url: string
  port: number
  /** As they came, one text for each chunk that was read; a small request is one chunk. */
  requests: string[]
  sockets: Socket[]
  server: Server
  stop(): Promise<void>
}

/** A receiver that answers with whatever bytes it wants, or with none; a test about what HTTP allows has `startReceiver`. */
export async function startRawReceiver(
  onRequest: (socket: Socket, nth: number) => void,
  onConnection: (socket: Socket) => void = () => {},
): Promise<RawReceiver> {
  const requests: string[] = []
  const server = createServer((socket) => {
    onConnection(socket)
    socket.on('data', (chunk) => {
      requests.push(chunk.toString('latin1'))
      onRequest(socket, requests.length)
    })
  })
  return started(server, 'http', requests)
}

/** Answers 200 over TLS, under the certificate that it is given. */
export async function startTlsReceiver(options: ServerOptions): Promise<RawReceiver> {
  const requests: string[] = []
  const server = createHttpsServer(options, (request, response) => {
    requests.push(request.url ?? '')
    request.resume().on('end', () => response.end('secure'))
  })
  return started(server, 'https', requests)
}

/** Sends 200 with a body, and keeps the connection open. */
export function answerOk(socket: Socket, body = 'ok'): void {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** Writes zeros until there is enough or the connection is gone; tells how many the machine took. */
export function flood(socket: Socket, bytesMax: number): { written: number } {
  const chunk = Buffer.alloc(65_536)
  const state = { written: 0 }
  const go = () => {
    while (state.written < bytesMax && !socket.destroyed) {
      state.written += chunk.length
      if (!socket.write(chunk)) return
    }
  }
  socket.on('drain', go)
  go()
  return state
}

/** A port whose queue of new connections is full: whoever connects waits for ever. */
export async function startBlackhole(): Promise<{ port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  const sockets: Socket[] = []
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    const waited = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200))
    isFull = await Promise.race([waited, once(socket, 'connect').then(() => false)])
    if (sockets.length > 50) throw new Error('The queue of connections does not fill up.')
  }
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await worker.terminate()
    },
  }
}

async function started(server: Server, scheme: string, requests: string[]): Promise<RawReceiver> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let isStopped = false
  async function stop(): Promise<void> {
    if (isStopped) return
    isStopped = true
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  after(stop)
  return {
    url: `${scheme}://127.0.0.1:${port}/hook`,
    port,
    requests,
    sockets,
    server,
    stop,
  }
}
