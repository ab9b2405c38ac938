import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseScopes } from '../server/src/access/scopes.ts'
import { closeContext, createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { createLog } from '../server/src/lib/log.ts'
import { stopChild } from '../server/test/serving.ts'
import { bodies, hostileLoads } from './hostile-loads.ts'
import type { Statuses } from './hostile-sender.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { seed } from './seed.ts'
import { residentMegabytes, startServer } from './server-process.ts'

/**
 * `npm run bench:hostile`: how long a well-behaved caller waits beside each kind of hostile load. The server has one core,
 * whoever sends and whoever measures the other.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '20000' },
    only: { type: 'string' },
    'no-record': { type: 'boolean' },
  },
})
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), rows: Number(values.rows) }
const loads = hostileLoads.filter(({ name }) => name.includes(values.only ?? ''))
const askEveryMs = 10
const settleMs = 500
const waitMsMax = 25
const timesIdleMax = 3

const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-hostile-'))
const limits = Object.fromEntries(
  ['STANDARD', 'PREMIUM', 'ANONYMOUS', 'SESSION', 'SIGN_IN'].map((tier) => [
    `COMSERV_RATE_LIMIT_${tier}`,
    '100000000',
  ]),
)
const env = { COMSERV_DATA_DIR: folder, PORT: String(await freePort('127.0.0.1')), ...limits }
const open = () => createContext(decideConfig(env), createLog('warn'))
process.stdout.write(`Making ${options.rows} documents …\n`)
const hostile = (await seed(await open(), options.rows)).credential.secret
const wellBehaved = await anotherKey(await open())

const server = await startServer(env)
const sender = fork(join(import.meta.dirname, 'hostile-sender.ts'))
pin(server.pid, 0)
for (const pid of [process.pid, sender.pid ?? 0]) pin(pid, 1)
// Both on one core: what is measured must not be how long the sender keeps it.
setPriority(sender.pid ?? 0, constants.priority.PRIORITY_LOW)
try {
  await makeLong()
  const figures = await measure()
  printTable(figures)
  for (const { name, megabytes, serverErrors } of figures)
    process.stdout.write(`${name}: ${megabytes} MB, ${serverErrors} times 5xx\n`)
  if (!values['no-record']) recordResults(figures, options, 'hostile')
} finally {
  await Promise.all([server.stop(), stopChild(sender)])
  rmSync(folder, { recursive: true, force: true })
}

async function measure(): Promise<Figure[]> {
  const idle: number[] = []
  const beside = loads.map((load) => ({ load, samples: [] as number[], megabytes: 0, serverErrors: 0 }))
  for (let round = 1; round <= options.rounds; round++) {
    process.stdout.write(`Round ${round} of ${options.rounds} …\n`)
    idle.push(await p99())
    for (const one of beside) {
      sender.send({ url: server.url, key: hostile, load: one.load })
      await once(sender, 'message')
      one.samples.push(await p99())
      one.megabytes = Math.max(one.megabytes, residentMegabytes(server.pid))
      sender.send('end')
      const [statuses] = (await once(sender, 'message')) as [Statuses]
      one.serverErrors += Object.entries(statuses).reduce(
        (sum, [status, n]) => sum + (Number(status) >= 500 ? n : 0),
        0,
      )
      await pause(settleMs)
    }
  }
  const atMost = Math.max(waitMsMax, Math.round(timesIdleMax * median(idle)))
  return [
    {
      name: 'nothing else',
      unit: 'ms',
      atMost,
      samples: idle,
      megabytes: residentMegabytes(server.pid),
      serverErrors: 0,
    },
    ...beside.map(
      ({ load, ...found }): Figure => ({ name: `beside ${load.name}`, unit: 'ms', atMost, ...found }),
    ),
  ]
}

async function anotherKey(context: Context): Promise<string> {
  const wanted = { name: 'well-behaved', scopes: parseScopes('read') }
  const change = createCredential(context, await operator(context), wanted)
  const { resource } = await context.database.write(change)
  await closeContext(context)
  return resource.client_secret
}

/** Of a list of 20, asked again and again on one connection. */
async function p99(): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const waits: number[] = []
  const end = performance.now() + options.seconds * 1_000
  while (performance.now() < end) {
    const began = performance.now()
    await ask(agent)
    waits.push(performance.now() - began)
    await pause(askEveryMs)
  }
  agent.destroy()
  waits.sort((a, b) => a - b)
  return Math.round((waits[Math.floor(waits.length * 0.99)] ?? Number.NaN) * 10) / 10
}

function ask(agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-api-key': wellBehaved }
    get(`${server.url}/api/v1/documents?limit=20`, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200)
        reject(new Error(`A well-behaved caller was answered ${answer.statusCode}.`))
      answer.resume().on('end', resolve)
    }).on('error', reject)
  })
}

/** The first document, which some read. */
async function makeLong(): Promise<void> {
  const { content } = JSON.parse(bodies.document())
  const response = await fetch(`${server.url}/api/v1/documents/1`, {
    method: 'PATCH',
    headers: { 'x-api-key': hostile, 'content-type': 'application/json' },
    body: JSON.stringify({ content }),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** To one core, where the system can and has two. */
function pin(pid: number, core: number): void {
  if (process.platform !== 'linux' || availableParallelism() < 2) return
  execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
