import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer to give again and again, taken from the real server. */
export interface Canned {
  status: number
  /** Names and values in turn, as they came over the wire. */
  headers: string[]
  body: string
}

/**
 * A child process: the least that Node can do for the same bytes. It reads the request's body, as the product must, and
 * nothing else. `Date`, `Connection` and `Keep-Alive` it writes by itself, with the product's keep-alive time.
 */
let canned: Canned = { status: 200, headers: [], body: '' }

const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
  if (request.method === 'POST') {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => response.writeHead(canned.status, canned.headers).end(canned.body))
  } else {
    response.writeHead(canned.status, canned.headers).end(canned.body)
  }
})

process.on('message', (next: Canned) => {
  canned = next
  process.send?.('ready')
})
process.on('disconnect', () => process.exit())

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
