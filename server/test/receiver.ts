import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import type { Json } from './harness.ts'

export interface Received {
  headers: IncomingHttpHeaders
  /** The bytes as text. */
  raw: string
  body: Json
}

/** Longer than anything takes on a busy machine. */
const patienceMs = 120_000

type Respond = (response: ServerResponse, request: Received) => void

export interface Receiver {
  url: string
  /** Everything that arrived, in order. */
  received: Received[]
  /** What it answers from now on: a status, or whatever is done with the response. */
  answer(how: number | Respond): void
  /** Waits until so many have arrived. @throws when they do not */
  arrived(count: number): Promise<void>
}

/** Somebody's server that webhooks are sent to, until the tests of the file are done. */
export async function startReceiver(how: number | Respond = 204): Promise<Receiver> {
  let respond = respondingAs(how)
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const raw = await wholeBody(request)
    if (raw === undefined) return
    const one = { headers: request.headers, raw, body: JSON.parse(raw) }
    received.push(one)
    for (const look of waiting) look()
    respond(response, one)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answer(how) {
      respond = respondingAs(how)
    },
    arrived: (count) =>
      new Promise((resolve, reject) => {
        const overdue = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`Only ${received.length} of ${count} requests have arrived.`))
        }, patienceMs).unref()
        const look = () => {
          if (received.length < count) return
          waiting.delete(look)
          clearTimeout(overdue)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A response with a body, for tests of what is shown of it. */
export const thankYou: Respond = (response) =>
  response.writeHead(200, { 'content-type': 'text/plain' }).end('thank you')

function respondingAs(how: number | Respond): Respond {
  return typeof how === 'number' ? (response) => response.writeHead(how).end() : how
}

/** Undefined when the sender was gone before it had sent all of it: then nothing has arrived. */
function wholeBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
    request.on('error', () => resolve(undefined))
  })
}
