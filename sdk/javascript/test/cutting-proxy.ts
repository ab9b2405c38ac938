import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after } from 'node:test'

/**
 * Stands between client and server. The answers to the first requests are lost: the server has done what was asked, and
 * the connection breaks before a byte of the answer comes back.
 */
export async function startCuttingProxy(
  target: string,
): Promise<{ url: string; loseAnswers(count: number): void }> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let toLose = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      if (toLose === 0) return client.write(bytes)
      toLose--
      return client.resetAndDestroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: (count) => {
      toLose = count
    },
  }
}
