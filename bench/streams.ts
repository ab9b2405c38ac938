import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { closeContext, createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { createLog } from '../server/src/lib/log.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { processorMs, residentMegabytes, startServer } from './server-process.ts'

/**
 * `npm run bench:streams`: what a thousand event streams without events take of a server, in memory and processor time, and
 * how long it takes from a change until all of them have its event.
 */
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '40' },
    events: { type: 'string', default: '20' },
    record: { type: 'boolean' },
  },
})
const [streams, seconds, events] = [values.streams, values.seconds, values.events].map(Number) as [
  number,
  number,
  number,
]
const megabytesMax = 50

const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-streams-'))
const env = {
  COMSERV_DATA_DIR: folder,
  PORT: String(await freePort('127.0.0.1')),
  COMSERV_RATE_LIMIT_STANDARD: '1000000000',
  COMSERV_EVENT_STREAMS_PER_CALLER_MAX: '1000',
}
const context = await createContext(decideConfig(env), createLog('warn'))
const wanted = { name: 'bench', scopes: ['admin' as const] }
const made = await context.database.write(createCredential(context, await operator(context), wanted))
const key = made.resource.client_secret
await closeContext(context)
const server = await startServer(env)
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })

try {
  // Whatever the first streams and events load is no memory of a stream.
  const first = await openAll(50)
  await deliverTo(first, 5)
  for (const { response } of first) response.destroy()
  const before = await restingMegabytes()
  const all = await openAll(streams)
  const startMs = processorMs(server.pid)
  const megabytes: number[] = []
  for (let second = 0; second < seconds; second++) {
    await pause(1_000)
    // The first comments come after 15 seconds; before that a stream has not shown what it keeps.
    if (second >= seconds / 2) megabytes.push(residentMegabytes(server.pid) - before)
  }
  const figures: Figure[] = [
    { name: `memory of ${streams} idle streams`, unit: 'MB', atMost: megabytesMax, samples: megabytes },
    {
      name: `processor time of ${streams} idle streams in a second`,
      unit: 'ms',
      samples: [(processorMs(server.pid) - startMs) / seconds],
    },
  ]
  const delays = await deliverTo(all, events)
  figures.push({ name: `from a change until all ${streams} have its event`, unit: 'ms', samples: delays })
  figures.push({
    name: 'memory after that',
    unit: 'MB',
    samples: [residentMegabytes(server.pid) - before],
  })
  printTable(figures)
  if (values.record) recordResults(figures, { streams, seconds, events }, 'streams')
} finally {
  agent.destroy()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

interface Stream {
  response: IncomingMessage
  arrived: () => void
}

async function openAll(count: number): Promise<Stream[]> {
  const opened: Stream[] = []
  for (let i = 0; i < count; i += 50)
    opened.push(...(await Promise.all(Array.from({ length: Math.min(50, count - i) }, open))))
  return opened
}

function open(): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${server.url}/api/v1/events/stream`,
      // A server takes 1,000 connections of one address.
      { agent, headers: { 'x-api-key': key }, localAddress: '127.0.0.2' },
      (response) => {
        if (response.statusCode !== 200) return reject(new Error(`A stream got ${response.statusCode}.`))
        const stream: Stream = { response, arrived: () => {} }
        response.on('data', (part: Buffer) => {
          if (part.includes('data:')) stream.arrived()
        })
        response.on('error', () => {})
        resolve(stream)
      },
    )
    request.on('error', reject)
  })
}

/** @returns how long each event took to arrive at all of the streams */
async function deliverTo(open: readonly Stream[], count: number): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < count; i++) {
    const all = Promise.all(
      open.map(
        (stream) =>
          new Promise<void>((resolve) => {
            stream.arrived = resolve
          }),
      ),
    )
    const startMs = performance.now()
    await create()
    await all
    took.push(performance.now() - startMs)
    await pause(100)
  }
  return took
}

async function create(): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/documents`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Streamed' }),
  })
  if (response.status !== 201) throw new Error(`A document got ${response.status}: ${await response.text()}`)
}

/** What the server holds without streams, once that stays the same. */
async function restingMegabytes(): Promise<number> {
  const samples: number[] = []
  for (let second = 0; second < 10; second++) {
    await pause(1_000)
    samples.push(residentMegabytes(server.pid))
  }
  return median(samples.slice(-5))
}
