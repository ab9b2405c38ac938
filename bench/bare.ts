import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Pool } from 'pg'
import type { Statement } from './statements.ts'

/** An answer to give again and again, taken from the real server. */
export interface Canned {
  status: number
  /** Names and values in turn, as they came over the wire. */
  headers: string[]
  body: string
  /** What the product asks PostgreSQL before each answer, call by call. */
  database?: { url: string; calls: Statement[][] }
}

/**
 * A child process: the least that Node can do for the same bytes. It reads the request's body, as the product must, and
 * nothing else. `Date`, `Connection` and `Keep-Alive` it writes by itself, with the product's keep-alive time.
 * Where there is a database, it sends the same statements by `pg` alone.
 */
let canned: Canned = { status: 200, headers: [], body: '' }
let pool: Pool | undefined
let called = 0
/** As many as the product reads, or writes, by. */
const readingMax = 6
const writingMax = 10

const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
  if (request.method === 'POST') {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => respond(response))
  } else {
    respond(response)
  }
})

function respond(response: ServerResponse): void {
  if (pool) runStatements(pool).then(() => write(response))
  else write(response)
}

function write(response: ServerResponse): void {
  response.writeHead(canned.status, canned.headers).end(canned.body)
}

async function runStatements(connections: Pool): Promise<void> {
  const calls = canned.database?.calls ?? []
  const statements = calls[called++ % calls.length] ?? []
  const [only] = statements
  if (statements.length === 1 && only) return void (await connections.query(only))
  const client = await connections.connect()
  for (const statement of statements) await client.query(statement)
  client.release()
}

async function answerWith(next: Canned): Promise<void> {
  canned = next
  await pool?.end()
  pool = undefined
  const { database } = next
  if (!database) return
  const { default: pg } = await import('pg')
  const isChange = database.calls[0]?.some(({ text }) => text === 'begin')
  pool = new pg.Pool({ connectionString: database.url, max: isChange ? writingMax : readingMax })
}

process.on('message', (next: Canned) => void answerWith(next).then(() => process.send?.('ready')))
process.on('disconnect', () => process.exit())

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
