import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { after } from 'node:test'

interface ProxyOptions {
  /** `user:password` that it demands. */
  login?: string
  certificate?: { cert: string; key: string }
  /** The status with which it refuses everything. */
  refusal?: number
  /** The port to which it responds to no request for a tunnel. */
  silentTo?: number
}

/** An HTTP proxy that takes every name for this machine: somewhere behind it, names are resolved that nobody here knows. */
export async function startProxy({ login, certificate, refusal, silentTo }: ProxyOptions = {}) {
  const asked: string[] = []
  const sockets: Socket[] = []
  const server: Server = certificate ? createHttpsServer(certificate) : createServer()
  const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`
  const statusFor = ({ headers }: IncomingMessage): number =>
    wanted !== undefined && headers['proxy-authorization'] !== wanted ? 407 : (refusal ?? 200)

  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`)
    if (silentTo !== undefined && incoming.url?.endsWith(`:${silentTo}`)) return
    const status = statusFor(incoming)
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`)
      return
    }
    const onward = connect(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy())
  })
  server.on('request', (incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const status = statusFor(incoming)
    if (status !== 200) {
      response.writeHead(status).end('no')
      return
    }
    const { port, pathname, search } = new URL(incoming.url ?? '')
    const { 'proxy-authorization': _, ...headers } = incoming.headers
    const onward = request(
      { host: '127.0.0.1', port, path: pathname + search, method: incoming.method, headers },
      (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)),
    )
    incoming.pipe(onward).on('error', () => response.writeHead(502).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  after(stop)
  return { port, asked, sockets, url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`, stop }
}
