import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../server/src/config/free-port.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { processorMs, type ServerProcess } from './server-process.ts'

/**
 * `npm run bench:cost -- FOLDER`: the processor time of a call, beside that of another checkout. Both servers get the same
 * calls in short turns, ABBA, so that whatever else the machine does meets both alike; a sample is the ratio of a round.
 * `--only create` measures that call alone, `--set NAME=VALUE` gives both a setting.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    only: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    record: { type: 'boolean' },
  },
})
const [folder] = positionals
if (folder === undefined) throw new Error('Name the folder of the checkout to compare with.')
const rounds = Number(values.rounds)
const settings = Object.fromEntries(values.set.map((one) => one.split('=', 2)))
const connections = 8
const turnsPerRound = 6
const warmUpRounds = 2
const ratioMax = 1.05

type Call = [method: string, path: string, body?: object]
/** What is called, and how often in a round. */
const calls: Readonly<Record<string, { times: number; call(i: number): Call }>> = {
  'list 20': { times: 600, call: () => ['GET', '/documents?limit=20'] },
  'list 100': { times: 250, call: () => ['GET', '/documents?limit=100'] },
  'list 20 users': { times: 600, call: () => ['GET', '/users?limit=20'] },
  search: { times: 150, call: () => ['GET', '/documents?q=the&limit=20'] },
  get: { times: 1_500, call: (i) => ['GET', `/documents/${1 + (i % 1_000)}`] },
  create: { times: 500, call: () => ['POST', '/documents', { title: 'x', content: 'some words here' }] },
  update: {
    times: 500,
    call: (i) => ['PATCH', `/documents/${1 + (i % 1_000)}`, { title: `y${Math.random()}` }],
  },
}

interface Side {
  key: string
  server: ServerProcess
  agent: Agent
}

/** Starts the server of a checkout, over 2,000 documents. */
async function start(root: string): Promise<Side> {
  const of = (file: string) => import(join(root, file))
  const { seed }: typeof import('./seed.ts') = await of('bench/seed.ts')
  const { startServer }: typeof import('./server-process.ts') = await of('bench/server-process.ts')
  const { createContext }: typeof import('../server/src/app.ts') = await of('server/src/app.ts')
  const { decideConfig }: typeof import('../server/src/config/decide.ts') = await of(
    'server/src/config/decide.ts',
  )
  const { createLog }: typeof import('../server/src/lib/log.ts') = await of('server/src/lib/log.ts')
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-cost-'))
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

/** @returns the processor time of each call, in microseconds */
async function costOf(side: Side, name: string, times: number): Promise<number> {
  const before = processorMs(side.server.pid)
  let i = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (i < times) await send(side, calls[name]?.call(i++) ?? ['GET', '/'])
    }),
  )
  return ((processorMs(side.server.pid) - before) / times) * 1_000
}

const sides = await Promise.all([start(resolve(folder)), start(join(import.meta.dirname, '..'))])
const figures: (Figure & { samples: number[]; perCall: number[][] })[] = Object.keys(calls)
  .filter((name) => values.only === undefined || name === values.only)
  .map((name) => ({
    name,
    unit: 'times',
    atMost: ratioMax,
    samples: [],
    perCall: [[], []],
  }))
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const { name, samples, perCall } of figures) {
    const spent = [0, 0]
    for (let turn = 0; turn < turnsPerRound; turn++) {
      const order = (turn + round) % 2 === 0 ? [0, 1] : [1, 0]
      for (const which of order) {
        const side = sides[which]
        if (side)
          spent[which] =
            (spent[which] ?? 0) +
            (await costOf(side, name, Math.round((calls[name]?.times ?? 0) / turnsPerRound)))
      }
    }
    if (round < 0) continue
    samples.push((spent[1] ?? 0) / (spent[0] ?? 1))
    for (const which of [0, 1]) perCall[which]?.push((spent[which] ?? 0) / turnsPerRound)
  }
}
printTable(figures)
for (const { name, perCall } of figures) {
  const [other, own] = perCall.map((us) => Math.round(median(us)))
  process.stdout.write(`${name.padEnd(14)} ${other} µs there, ${own} µs here\n`)
}
const base = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim()
if (values.record) recordResults(figures, { rounds, connections, rows: 2_000, base, ...settings }, 'cost')
for (const { server, agent } of sides) {
  agent.destroy()
  await server.stop()
}
