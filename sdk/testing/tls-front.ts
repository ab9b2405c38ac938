import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { after } from 'node:test'
import { createServer } from 'node:tls'
import { selfSignedCertificate } from '../../server/test/certificate.ts'

export interface TlsFront {
  url: string
  /** What clients have to trust, as PEM. */
  certificate: string
  /** How many connections there were so far. */
  connections(): number
  /** What went wrong on them, a record of TLS that two processes have written, for example. */
  faults(): string[]
}

/** Stands before a server and ends TLS, a connection of its own behind each connection. */
export async function startTlsFront(target: string): Promise<TlsFront> {
  const { hostname, port } = new URL(target)
  const { cert, key } = selfSignedCertificate('localhost')
  const sockets = new Set<Socket>()
  const faults: string[] = []
  let connections = 0
  const server = createServer({ cert, key }, (client) => {
    connections++
    const upstream = connect(Number(port), hostname)
    client.on('error', ({ message }) => faults.push(message))
    upstream.on('error', ({ message }) => faults.push(message))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  server.on('tlsClientError', ({ message }) => faults.push(message))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate: cert,
    connections: () => connections,
    faults: () => faults,
  }
}
