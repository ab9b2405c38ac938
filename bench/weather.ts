import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../scripts/postgres.ts'
import { parseScopes } from '../server/src/access/scopes.ts'
import { closeContext, createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { createLog } from '../server/src/lib/log.ts'
import { startProxy } from '../server/test/weather/proxy.ts'
import { type Seen, startWriters } from '../server/test/weather/writers.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { startServer } from './server-process.ts'

/**
 * `npm run bench:weather`: ten writers, and what they see while PostgreSQL is restarted, killed, cut off, silenced,
 * read-only, and replaced by its standby behind one address. For each: the longest time without an acknowledged change,
 * and how many acknowledged changes are not there afterwards.
 */
const { values } = parseArgs({
  options: { writers: { type: 'string', default: '10' }, 'no-record': { type: 'boolean' } },
})
const writersCount = Number(values.writers)
const calmMs = 1_500
const silenceMs = 15_000
const readOnlyMs = 3_000

const folder = mkdtempSync(join(tmpdir(), 'comserv-weather-'))
const primary = await startPostgres()
const standby = await primary.standby()
const proxy = await startProxy(portOf(primary.url))
const address = new URL(primary.url)
address.port = String(proxy.port)
const port = String(await freePort('127.0.0.1'))
const env = {
  COMSERV_DATA_DIR: folder,
  PORT: port,
  DATABASE_URL: address.href,
  COMSERV_SECRET_KEY: '0123456789abcdef0123456789abcdef',
  COMSERV_RATE_LIMIT_STANDARD: '1000000',
  COMSERV_LOG_LEVEL: 'error',
}

async function administer(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

/** Asks again while a server starts. */
async function administerOnceUp(url: string, ...statements: string[]): Promise<void> {
  const isDone = () =>
    administer(url, ...statements).then(
      () => true,
      () => false,
    )
  while (!(await isDone())) await pause(50)
}

async function makeKey(): Promise<string> {
  const context = await createContext(decideConfig(env), createLog('error'))
  try {
    const input = { name: 'weather', scopes: parseScopes('admin') }
    const change = createCredential(context, await operator(context), input)
    return (await context.database.write(change)).resource.client_secret
  } finally {
    await closeContext(context)
  }
}

interface Weather {
  name: string
  run(): Promise<void>
}

const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'comserv%'`
const weathers: readonly Weather[] = [
  { name: 'restarted', run: () => primary.restart('shut down') },
  { name: 'killed with SIGKILL, started again', run: () => primary.restart('killed') },
  { name: 'every connection reset', run: async () => proxy.reset() },
  {
    name: `network silent for ${silenceMs / 1_000} s`,
    async run() {
      proxy.silence()
      await pause(silenceMs)
      proxy.pass()
    },
  },
  {
    name: `read-only for ${readOnlyMs / 1_000} s`,
    async run() {
      await administer(
        primary.url,
        'alter database postgres set default_transaction_read_only = on',
        endSessions,
      )
      await pause(readOnlyMs)
      await administer(
        primary.url,
        'set default_transaction_read_only = off',
        'alter database postgres reset default_transaction_read_only',
      )
    },
  },
  {
    name: 'primary killed, standby promoted behind the same address',
    async run() {
      await primary.kill()
      await administer(standby.url, 'select pg_promote(true)')
      await administer(standby.url, 'alter system reset synchronous_standby_names', 'select pg_reload_conf()')
      proxy.lead(portOf(standby.url))
      proxy.reset()
    },
  },
]

async function lost(url: string, { acknowledged }: Seen): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ title: string }>('select title from documents')
  await client.end()
  const stored = new Set(rows.map(({ title }) => title))
  return [...acknowledged].filter((title) => !stored.has(title)).length + (rows.length - stored.size)
}

function statusesOf({ statuses }: Seen): Record<string, number> {
  return Object.fromEntries([...statuses].map(([status, times]) => [status === 0 ? 'none' : status, times]))
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

const key = await makeKey()
// A change is acknowledged when the standby has it, too: otherwise a failover may lose the last ones, whatever the client does.
await administerOnceUp(standby.url, 'select 1')
await administer(
  primary.url,
  `alter system set synchronous_standby_names = 'standby'`,
  'select pg_reload_conf()',
)
const server = await startServer(env)
const figures: Figure[] = []
for (const { name, run } of weathers) {
  const writers = startWriters(server.url, key, writersCount)
  await pause(calmMs)
  await run()
  await writers.next()
  await pause(calmMs)
  await writers.stop()
  const { seen } = writers
  const statuses = statusesOf(seen)
  figures.push({
    name: `${name}: longest outage`,
    unit: 'ms',
    samples: [Math.round(seen.longestOutageMs)],
    statuses,
  })
  figures.push({
    name: `${name}: slowest response`,
    unit: 'ms',
    atMost: 12_000,
    samples: [Math.round(seen.slowestMs)],
  })
  const url = name.includes('promoted') ? standby.url : primary.url
  figures.push({
    name: `${name}: acknowledged and lost, or made twice`,
    unit: 'changes',
    atMost: 0,
    samples: [await lost(url, seen)],
  })
  process.stdout.write(`${name}: ${JSON.stringify(statuses)}\n`)
}
printTable(figures)
if (values['no-record'] !== true) recordResults(figures, { writers: writersCount }, 'weather')

await server.stop()
await proxy.close()
await standby.stop()
await primary.stop()
rmSync(folder, { recursive: true, force: true })
