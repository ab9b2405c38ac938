import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address before PostgreSQL, with the weather of a network. */
export interface Proxy {
  port: number
  /** Bytes go nowhere from now on, in both directions, and nobody is told. */
  silence(): void
  /** Bytes pass again; what was said in the silence is lost. */
  pass(): void
  /** Every connection ends as when a machine between has lost its state. */
  reset(): void
  /** New connections lead there; those that are open stay. */
  lead(targetPort: number): void
  close(): Promise<void>
}

export async function startProxy(firstTarget: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let target = firstTarget
  let isSilent = false
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => {
        if (!isSilent) to.write(bytes)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      isSilent = true
    },
    pass() {
      isSilent = false
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    lead(targetPort) {
      target = targetPort
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
