import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { compareRates } from './compare.ts'
import { startBare, startLoader } from './processes.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { listScenarios, requestToken, scenarios } from './scenarios.ts'
import { seed } from './seed.ts'
import { residentMegabytes, startServer } from './server-process.ts'

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
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
    record: { type: 'boolean' },
  },
})

const help = `
npm run bench -- [options]

  --rows N         documents in the database; 10000 unless given
  --large N        documents in a second database, for lists alone; 1000000 unless given, 0 for none
  --rounds N       how often each pair is measured; the median counts; 6 unless given
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
    rounds: bounded('rounds', 1, 50),
    seconds: bounded('seconds', 1, 60),
    connections: bounded('connections', 1, 1_000),
  }
  const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-'))
  try {
    const figures = await measure(folder, options, { isWhole: true })
    if (options.large > 0)
      figures.push(...(await measure(folder, { ...options, rows: options.large }, { isWhole: false })))
    printTable(figures)
    if (values.record) recordResults(figures, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Options = Record<'rows' | 'large' | 'rounds' | 'seconds' | 'connections', number>

/** @param isWhole all figures, or those of lists alone */
async function measure(
  folder: string,
  options: Options,
  { isWhole }: { isWhole: boolean },
): Promise<Figure[]> {
  const env = {
    COMSERV_DATA_DIR: join(folder, String(options.rows)),
    PORT: String(await freePort('127.0.0.1')),
    COMSERV_RATE_LIMIT_STANDARD: '1000000000',
    COMSERV_RATE_LIMIT_ANONYMOUS: '1000000000',
  }
  process.stdout.write(`Seeding ${options.rows} documents …\n`)
  const seeded = await seed(await createContext(decideConfig(env), createLog('warn')), options.rows)
  const figures: Figure[] = []
  if (isWhole && wanted('ready')) figures.push(await measureStart(env, options.rounds))

  const server = await startServer(env)
  const bare = await startBare()
  const loader = await startLoader()
  try {
    if (isWhole && wanted('memory')) figures.push(await measureIdleMemory(server.pid))
    const calls = isWhole
      ? scenarios({ ...seeded, token: await requestToken(server.url, seeded.credential) })
      : listScenarios(seeded)
    for (const scenario of calls) {
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

function wanted(name: string): boolean {
  return name.includes(values.only)
}

function bounded(name: keyof Options, min: number, max: number): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
}
