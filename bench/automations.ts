import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { createLog } from '../server/src/lib/log.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { seed } from './seed.ts'
import { processorMs, type ServerProcess, startServer } from './server-process.ts'

/**
 * `npm run bench:automations`: the processor time of a create, with no rule, with one that matches every document, and
 * with 1,000 of which that one matches; all that follows from the rules included. The servers get the same calls in short
 * turns, one after the other, so that whatever else the machine does meets all alike. Then how long after the response
 * to a create the request of a rule arrives.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, record: { type: 'boolean' } },
})
const rounds = Number(values.rounds)
const warmUpRounds = 2
const createsPerRound = 200
const connections = 8
const ratioMax = 1.2
const delays = 200
const delayMsMax = 50

interface Side {
  key: string
  server: ServerProcess
  agent: Agent
}

async function start(rules: number): Promise<Side> {
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-automations-'))
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const env = {
    COMSERV_DATA_DIR: dataDir,
    COMSERV_RATE_LIMIT_STANDARD: '100000000',
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    PORT: String(await freePort('127.0.0.1')),
  }
  const context = await createContext(decideConfig(env), createLog('warn'))
  const secret = await adminKey(context)
  await seed(context, 2_000)
  const server = await startServer(env)
  const side = {
    key: secret,
    server,
    agent: new Agent({ keepAlive: true, maxSockets: connections }),
  }
  for (let i = 0; i < rules; i++) await post(side, '/automations', ruleOf(i))
  return side
}

async function adminKey(context: Context): Promise<string> {
  const change = createCredential(context, await operator(context), { name: 'bench', scopes: ['admin'] })
  return (await context.database.write(change)).resource.client_secret
}

/** The first one matches. */
function ruleOf(i: number): object {
  return {
    name: `Rule ${i}`,
    enabled: true,
    trigger: {
      type: 'event',
      events: ['document.created'],
      condition: `data.category == "category-${i}"`,
    },
    steps: [{ name: 'end', type: 'stop_if', condition: 'true' }],
  }
}

function post({ server, key, agent }: Side, path: string, json: object): Promise<void> {
  const body = JSON.stringify(json)
  const headers = {
    'x-api-key': key,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((done, failed) => {
    const sending = request(`${server.url}/api/v1${path}`, { method: 'POST', agent, headers }, (response) => {
      if ((response.statusCode ?? 500) > 299) failed(new Error(`${path}: ${response.statusCode}`))
      response.resume().on('end', done)
    })
    sending.on('error', failed)
    sending.end(body)
  })
}

/** @returns microseconds of processor time for each create; runs that are still under way count in the next turn */
async function costOf(side: Side): Promise<number> {
  const before = processorMs(side.server.pid)
  let left = createsPerRound
  const one = async () => {
    while (left-- > 0)
      await post(side, '/documents', { title: 'x', category: 'category-0', content: 'some words here' })
  }
  await Promise.all(Array.from({ length: connections }, one))
  return ((processorMs(side.server.pid) - before) / createsPerRound) * 1_000
}

/** From the response to a create to the arrival of what its rule sends, in milliseconds. */
async function delaysOf(side: Side): Promise<number[]> {
  let arrived = Promise.withResolvers<number>()
  const receiver = createServer((incoming, response) => {
    arrived.resolve(performance.now())
    incoming.resume()
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => receiver.once('listening', listening))
  await post(side, '/automations', {
    name: 'Sends',
    enabled: true,
    trigger: { type: 'event', events: ['document.created'], condition: 'data.category == "sent"' },
    steps: [
      { name: 'task', type: 'send', url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` },
    ],
  })
  const found: number[] = []
  for (let i = 0; i < delays; i++) {
    arrived = Promise.withResolvers<number>()
    await post(side, '/documents', { title: 'x', category: 'sent' })
    const respondedMs = performance.now()
    found.push((await arrived.promise) - respondedMs)
  }
  receiver.closeAllConnections()
  receiver.close()
  return found
}

const sides = { none: await start(0), one: await start(1), thousand: await start(1_000) }
const costs: Record<keyof typeof sides, number[]> = { none: [], one: [], thousand: [] }
for (let round = -warmUpRounds; round < rounds; round++)
  for (const [name, side] of Object.entries(sides) as [keyof typeof sides, Side][]) {
    const cost = await costOf(side)
    if (round >= 0) costs[name].push(cost)
  }
const ratios = (a: keyof typeof sides, b: keyof typeof sides) =>
  costs[a].map((cost, i) => cost / (costs[b][i] ?? cost))
const waits = await delaysOf(sides.thousand)
const figures: Figure[] = [
  {
    name: '1,000 rules of which one matches, to one',
    unit: 'times',
    atMost: ratioMax,
    samples: ratios('thousand', 'one'),
    perCall: [costs.one, costs.thousand],
  },
  {
    name: 'a rule that matches, its run included, to none',
    unit: 'times',
    samples: ratios('one', 'none'),
    perCall: [costs.none, costs.one],
  },
  {
    name: 'from the response to the request of a rule',
    unit: 'ms',
    atMost: delayMsMax,
    samples: waits.map((ms) => Math.round(ms * 10) / 10),
  },
]
printTable(figures)
for (const [name, samples] of Object.entries(costs))
  process.stdout.write(`${name.padEnd(10)} ${Math.round(median(samples))} µs a create\n`)
if (values.record) recordResults(figures, { rounds, connections, rows: 2_000 }, 'automations')
for (const { server, agent } of Object.values(sides)) {
  agent.destroy()
  await server.stop()
}
