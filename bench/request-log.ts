import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { seed } from './seed.ts'
import { processorMs, type ServerProcess, startServer } from './server-process.ts'

/**
 * `npm run bench:request-log`: what a call takes with the request log, beside a server without it. Both get
 * the same calls in turns of half a second or so, ABBA, so that whatever else the machine does meets both alike. The log is
 * under full load all the time: more requests arrive than it writes, and the queue is never empty.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, record: { type: 'boolean' } },
})
const rounds = Number(values.rounds)
const warmUpRounds = 2
const connections = 8
const ratioMax = 1.03

type Call = [method: string, path: string, body?: object]
const calls: Readonly<Record<string, { times: number; isByElapsed?: boolean; call(i: number): Call }>> = {
  get: { times: 2_000, call: (i) => ['GET', `/documents/${1 + (i % 1_000)}`] },
  'list 20': { times: 1_000, call: () => ['GET', '/documents?limit=20'] },
  // It waits for the disk, and has the processor for others meanwhile: what counts is how long it takes.
  create: {
    times: 400,
    isByElapsed: true,
    call: () => ['POST', '/documents', { title: 'x', content: 'some words here' }],
  },
}

interface Side {
  key: string
  server: ServerProcess
  agent: Agent
}

async function start(settings: Record<string, string>): Promise<Side> {
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-request-log-'))
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const env = {
    COMSERV_DATA_DIR: dataDir,
    COMSERV_RATE_LIMIT_STANDARD: '100000000',
    PORT: String(await freePort('127.0.0.1')),
    ...settings,
  }
  const { credential } = await seed(await createContext(decideConfig(env), createLog('warn')), 2_000)
  const server = await startServer(env)
  return { key: credential.secret, server, agent: new Agent({ keepAlive: true, maxSockets: connections }) }
}

function send({ server, key, agent }: Side, [method, path, json]: Call): Promise<void> {
  const body = json && JSON.stringify(json)
  const headers = {
    'x-api-key': key,
    ...(body ? { 'content-type': 'application/json', 'content-length': body.length } : {}),
  }
  return new Promise((done, failed) => {
    const sending = request(`${server.url}/api/v1${path}`, { method, agent, headers }, (response) => {
      if ((response.statusCode ?? 500) > 299) failed(new Error(`${method} ${path}: ${response.statusCode}`))
      response.resume().on('end', done)
    })
    sending.on('error', failed)
    sending.end(body)
  })
}

/** @returns the processor time of each call, in microseconds, or the time that passed */
async function costOf(side: Side, name: string): Promise<number> {
  const { times = 0, isByElapsed, call } = calls[name] ?? {}
  const nowMs = () => (isByElapsed ? performance.now() : processorMs(side.server.pid))
  const before = nowMs()
  let i = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (i < times) await send(side, call?.(i++) ?? ['GET', '/'])
    }),
  )
  return ((nowMs() - before) / times) * 1_000
}

const sides = [await start({ COMSERV_REQUEST_LOG_DAYS: '0' }), await start({})]
const figures: (Figure & { samples: number[]; perCall: number[][] })[] = Object.keys(calls).map((name) => ({
  name,
  unit: 'times',
  atMost: ratioMax,
  samples: [],
  perCall: [[], []],
}))
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const { name, samples, perCall } of figures) {
    const spent = [0, 0]
    for (const which of round % 2 === 0 ? [0, 1, 1, 0] : [1, 0, 0, 1]) {
      const side = sides[which]
      if (side) spent[which] = (spent[which] ?? 0) + (await costOf(side, name))
    }
    if (round < 0) continue
    samples.push((spent[1] ?? 0) / (spent[0] ?? 1))
    for (const which of [0, 1]) perCall[which]?.push((spent[which] ?? 0) / 2)
  }
}
printTable(figures)
for (const { name, perCall } of figures) {
  const [without, withLog] = perCall.map((us) => Math.round(median(us)))
  process.stdout.write(`${name.padEnd(10)} ${without} µs without the log, ${withLog} µs with it\n`)
}
if (values.record) recordResults(figures, { rounds, connections, rows: 2_000 }, 'request-log')
for (const { server, agent } of sides) {
  agent.destroy()
  await server.stop()
}
