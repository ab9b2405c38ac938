import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export type Reply = (response: ServerResponse, request: IncomingMessage) => unknown

/** A server that is none of ours: it does what it is told to, one instruction a request, the last one for all others. */
export async function startStrangeServer(
  ...replies: Reply[]
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume()
    // Unless the reply has another type, it is what was asked for.
    const [accepted = ''] = (request.headers.accept ?? '').split(';')
    if (/^(text|application\/x-)/.test(accepted)) response.setHeader('content-type', accepted)
    const reply = replies[Math.min(requests.length, replies.length) - 1]
    reply?.(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Writes a response as it is, head included, part by part, and closes the connection cleanly. */
export function raw(parts: readonly string[]): Reply {
  return async ({ socket }) => {
    for (const part of parts) {
      await new Promise((written) => socket?.write(part, written))
      await new Promise(setImmediate)
    }
    socket?.end()
  }
}
