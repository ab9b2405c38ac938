import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Arrival {
  headers: IncomingHttpHeaders
  body: string
  /** When its first bytes were there, by the clock of this process. */
  atMs: number
}

export interface Sink {
  url: string
  /** Told of everything that arrives, from now on. */
  listen(arrived: (path: string, arrival: Arrival) => void): void
  /** Leaves requests to this path without an answer, until it is told another, or none. */
  hang(path?: string): void
  stop(): void
}

/** The receiver of webhooks: reads, answers 204 and does nothing else. */
export async function startSink(): Promise<Sink> {
  let arrived: (path: string, arrival: Arrival) => void = () => undefined
  let hangingPath: string | undefined
  const held = new Set<ServerResponse>()
  const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
    const { url: path = '', headers } = request
    const atMs = performance.now()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      arrived(path, { headers, body: Buffer.concat(chunks).toString(), atMs })
      if (path === hangingPath) held.add(response)
      else response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listen(listener) {
      arrived = listener
    },
    hang(path) {
      hangingPath = path
      for (const response of held) response.writeHead(204).end()
      held.clear()
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
