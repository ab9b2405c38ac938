import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.ts'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { compareRates, type SharedDatabase } from './compare.ts'
import { startBare, startLoader, startPoster } from './processes.ts'
import { type Figure, printTable, recordResults, thousands } from './report.ts'
import { listScenarios, requestToken, type Scenario, scenarios } from './scenarios.ts'
import { type Seeded, seed } from './seed.ts'
import { residentMegabytes, startServer } from './server-process.ts'
import { startSink } from './sink.ts'
import { webhookCosts } from './webhook-costs.ts'
import { type Side, startSide } from './webhook-side.ts'

/**
 * `npm run bench`: the real server beside a bare `node:http` server that answers the same bytes and headers. The ratio
 * between the two says what the product costs; it holds on a slow or a busy machine, where requests per second do not.
 * Three processes: the server, the bare server (which rests while the other one runs), and the load.
 */
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    rows: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
    postgres: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
    record: { type: 'boolean' },
  },
})

/** The calls that ask the database, by how their names begin. */
const onPostgres = [
  'read a document, by key',
  'read a document, by token',
  'list 20',
  'page',
  'search',
  'create a document',
]
const postgresGoal = 0.6
/** Committed together, each on its way to 50 webhooks. */
const eventsAtOnce = 100
const nobody = { clientId: '', secret: '' }

const help = `
npm run bench -- [options]

  --rows N         documents in the database; 10000 unless given
  --postgres N     documents in PostgreSQL; 10000 unless given, 0 for none
  --large N        documents in a second database, for lists alone; 1000000 unless given, 0 for none
  --rounds N       how often each pair is measured; the median counts; 4 unless given
  --seconds N      how long each measurement lasts; 2 unless given
  --connections N  keep-alive connections, one request at a time on each; 32 unless given
  --only WORD      the figures whose name holds the word
  --record         write the figures, with machine and commit, to bench/results
`

if (values.help) process.stdout.write(help)
else await bench()

async function bench(): Promise<void> {
  const options = {
    rows: bounded('rows', 1, 5_000_000),
    large: bounded('large', 0, 5_000_000),
    postgres: bounded('postgres', 0, 5_000_000),
    rounds: bounded('rounds', 1, 50),
    seconds: bounded('seconds', 1, 60),
    connections: bounded('connections', 1, 1_000),
  }
  const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-'))
  try {
    const figures = await measure(folder, options, { isWhole: true })
    if (options.large > 0 && listScenarios({ rows: options.large, credential: nobody }).some(isWanted))
      figures.push(...(await measure(folder, { ...options, rows: options.large }, { isWhole: false })))
    figures.push(...(await measureWebhooks(folder, options)))
    if (options.postgres > 0) figures.push(...(await measureOnPostgres(folder, options)))
    printTable(figures)
    if (values.record) recordResults(figures, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Options = Record<'rows' | 'large' | 'postgres' | 'rounds' | 'seconds' | 'connections', number>

/** @param isWhole all figures, or those of lists alone */
async function measure(
  folder: string,
  options: Options,
  { isWhole }: { isWhole: boolean },
): Promise<Figure[]> {
  const env = settings(join(folder, String(options.rows)), await freePort('127.0.0.1'))
  process.stdout.write(`Seeding ${options.rows} documents …\n`)
  const seeded = await seed(await createContext(decideConfig(env), createLog('warn')), options.rows)
  const figures: Figure[] = []
  if (isWhole && wanted('ready')) figures.push(await measureStart(env, options.rounds))

  const choose = (token: string) => (isWhole ? scenarios({ ...seeded, token }) : listScenarios(seeded))
  const calls = await measureCalls(env, seeded.credential, choose, options, isWhole ? 'memory' : undefined)
  return [...figures, ...calls]
}

function settings(folder: string, port: number): Record<string, string> {
  return {
    COMSERV_DATA_DIR: folder,
    PORT: String(port),
    COMSERV_RATE_LIMIT_STANDARD: '1000000000',
    COMSERV_RATE_LIMIT_ANONYMOUS: '1000000000',
  }
}

/** @param choose the calls, with a token for them */
async function measureCalls(
  env: Record<string, string>,
  credential: Seeded['credential'],
  choose: (token: string) => Scenario[],
  options: Options & { database?: SharedDatabase },
  also?: 'memory',
): Promise<Figure[]> {
  const figures: Figure[] = []
  const server = await startServer(env)
  const bare = await startBare()
  const loader = await startLoader()
  try {
    if (also && wanted('memory')) figures.push(await measureIdleMemory(server.pid))
    for (const scenario of choose(await requestToken(server.url, credential))) {
      if (!wanted(scenario.name)) continue
      process.stdout.write(`Measuring: ${scenario.name} …\n`)
      figures.push(await compareRates(scenario, { server, bare, loader, ...options }))
    }
    process.stdout.write(`Memory after the load: ${residentMegabytes(server.pid)} MB\n`)
  } finally {
    await Promise.all([server.stop(), bare.stop(), loader.stop()])
  }
  return figures
}

/** Beside a bare server that sends the same statements to the same PostgreSQL, whose processor time counts on both sides. */
async function measureOnPostgres(folder: string, options: Options): Promise<Figure[]> {
  const named = onPostgres.map((name) => `PostgreSQL: ${name}`)
  if (!named.some(wanted)) return []
  const postgres = await startPostgres()
  const env = {
    ...settings(folder, await freePort('127.0.0.1')),
    DATABASE_URL: postgres.url,
    COMSERV_SECRET_KEY: randomBytes(32).toString('hex'),
  }
  try {
    process.stdout.write(`Seeding ${options.postgres} documents in PostgreSQL …\n`)
    const seeded = await seed(await createContext(decideConfig(env), createLog('warn')), options.postgres)
    const database = { url: postgres.url, pid: postgres.pid(), env }
    const choose = (token: string) =>
      scenarios({ ...seeded, token }).flatMap((scenario) => {
        const i = onPostgres.findIndex((name) => scenario.name.startsWith(name))
        return i === -1 ? [] : [{ ...scenario, name: named[i] ?? '', goal: postgresGoal }]
      })
    return await measureCalls(env, seeded.credential, choose, { ...options, database })
  } finally {
    await postgres.stop()
  }
}

/** Backlogs of two servers in turn, one with an empty log of deliveries and one with a long one. */
async function measureWebhooks(folder: string, { rounds, large }: Options): Promise<Figure[]> {
  const name = 'webhook deliveries ÷ a bare POST loop'
  const ofLog = `the cost of one with ${thousands(large)} in the log ÷ with none`
  if (![name, ofLog].some(wanted)) return []
  const sink = await startSink()
  const poster = await startPoster()
  const sides: Side[] = []
  const { costOfSending, costOfPosting, exampleOf } = webhookCosts(sink, eventsAtOnce)
  const figure = {
    samples: [] as number[],
    processorRatios: [] as number[],
    perSecond: [] as number[],
    barePerSecond: [] as number[],
  }
  const ratiosOfLog: number[] = []
  try {
    process.stdout.write(`Setting up webhooks, and a log of ${large} deliveries …\n`)
    const empty = await startSide(join(folder, 'webhooks-0'), sink.url, 0)
    sides.push(empty)
    const long = large > 0 ? await startSide(join(folder, 'webhooks-large'), sink.url, large) : undefined
    if (long) sides.push(long)
    for (const side of sides) await costOfSending(side)
    const example = await exampleOf(empty)
    await costOfPosting(poster, example)
    process.stdout.write(`Measuring: ${name} …\n`)
    for (let round = 0; round < rounds; round++) {
      const [sent, posted] = [await costOfSending(empty), await costOfPosting(poster, example)]
      figure.samples.push(sent.perSecond / posted.perSecond)
      figure.processorRatios.push(posted.processorMs / sent.processorMs)
      figure.perSecond.push(sent.perSecond)
      figure.barePerSecond.push(posted.perSecond)
      if (long) ratiosOfLog.push((await costOfSending(long)).processorMs / sent.processorMs)
    }
  } finally {
    await Promise.all([...sides.map((side) => side.stop()), poster.stop()])
    sink.stop()
  }
  return [
    { name, unit: 'ratio', atLeast: 0.5, ...figure },
    ...(large > 0 ? [{ name: ofLog, unit: 'times' as const, atMost: 1.1, samples: ratiosOfLog }] : []),
  ]
}

async function measureStart(env: Record<string, string>, rounds: number): Promise<Figure> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await startServer(env)
    samples.push(Math.round(server.readyMs))
    await server.stop()
  }
  return { name: 'ready after start', unit: 'ms', atMost: 500, samples }
}

async function measureIdleMemory(pid: number): Promise<Figure> {
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  return { name: 'idle memory (RSS)', unit: 'MB', atMost: 110, samples: [residentMegabytes(pid)] }
}

function isWanted({ name }: { name: string }): boolean {
  return wanted(name)
}

function wanted(name: string): boolean {
  return name.includes(values.only)
}

function bounded(name: keyof Options, min: number, max: number): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
}
