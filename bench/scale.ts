import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { startLoader } from './processes.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { wireRequest } from './scenarios.ts'
import { markOf, type Seeded, seed } from './seed.ts'
import { processorMs, type ServerProcess, startServer } from './server-process.ts'

/**
 * `npm run bench:scale`: every list call on a small and on a large table in one run, two real servers side by side, loaded
 * in turn. The figure is what a call costs on the large one, as a multiple of its cost on the small one.
 */
const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    'no-record': { type: 'boolean' },
  },
})
const connections = 16
const costAtMost = 1.25

interface Side {
  rows: number
  seeded: Seeded
  server: ServerProcess
}

interface Call {
  name: string
  /** The same place in the list, measured from its beginning, whatever the size. */
  path: string
}

const calls: readonly Call[] = [
  { name: 'first page', path: '' },
  { name: 'by category', path: 'category=reports' },
  { name: 'by status', path: 'status=published' },
  { name: 'by category and status', path: 'category=reports&status=published' },
  { name: 'by author', path: 'author_id=7' },
  { name: 'newest first', path: 'sort=-created_at' },
  { name: 'last changed first, by category', path: 'sort=-updated_at&category=guides' },
  { name: 'page 400', path: 'page=400' },
  { name: 'search for a word of 20 documents', path: `q=${markOf(7)}` },
  { name: 'the same by status', path: `q=${markOf(7)}&status=published` },
  {
    name: 'the same by category, last changed first',
    path: `q=${markOf(7)}&category=policies&sort=-updated_at`,
  },
]

const folder = mkdtempSync(join(tmpdir(), 'comserv-scale-'))
const sides: Side[] = []
const loader = await startLoader()
try {
  for (const rows of [values.small, values.large]) sides.push(await startSide(Number(rows)))
  const figures: Figure[] = []
  for (const { name, path } of calls) figures.push(await compare(name, path, path))
  figures.push(await compareWithin('page 5,000 beside page 1, large table', 'page=5000', ''))
  figures.push(await compare('going on by cursor, from the middle', ...(await middles())))
  printTable(figures)
  if (!values['no-record'])
    recordResults(figures, { small: Number(values.small), large: Number(values.large) }, 'scale')
} finally {
  await Promise.all([...sides.map(({ server }) => server.stop()), loader.stop()])
  rmSync(folder, { recursive: true, force: true })
}

async function startSide(rows: number): Promise<Side> {
  const env = {
    COMSERV_DATA_DIR: join(folder, String(rows)),
    PORT: String(await freePort('127.0.0.1')),
    COMSERV_RATE_LIMIT_STANDARD: '1000000000',
  }
  process.stdout.write(`Seeding ${rows} documents …\n`)
  const startedMs = performance.now()
  const seeded = await seed(await createContext(decideConfig(env), createLog('warn')), rows)
  process.stdout.write(`  in ${Math.round((performance.now() - startedMs) / 1_000)} s\n`)
  return { rows, seeded, server: await startServer(env) }
}

/** Where a caller stands in the middle of each list, as the server itself said. */
async function middles(): Promise<[string, string]> {
  const [small = '', large = ''] = await Promise.all(
    sides.map(async ({ rows, server, seeded }) => {
      const url = `${server.url}/api/v1/documents?page=${Math.floor(rows / 40)}`
      const answer = await fetch(url, { headers: { 'x-api-key': seeded.credential.secret } })
      return /cursor=[^>&]+/.exec(answer.headers.get('link') ?? '')?.[0] ?? ''
    }),
  )
  return [small, large]
}

async function compare(name: string, smallPath: string, largePath: string): Promise<Figure> {
  const [small, large] = sides
  if (!small || !large) throw new Error('Both servers must run.')
  return costs(name, { side: large, path: largePath }, { side: small, path: smallPath }, costAtMost)
}

async function compareWithin(name: string, path: string, beside: string): Promise<Figure> {
  const [, large] = sides
  if (!large) throw new Error('Both servers must run.')
  return costs(name, { side: large, path }, { side: large, path: beside })
}

interface Measured {
  side: Side
  path: string
}

/** The cost is processor time for each answer: other work on the machine counts least in it. */
async function costs(name: string, measured: Measured, beside: Measured, atMost?: number): Promise<Figure> {
  process.stdout.write(`Measuring: ${name} …\n`)
  const samples: number[] = []
  await costOf(measured)
  await costOf(beside)
  for (let round = 0; round < Number(values.rounds); round++) {
    samples.push((await costOf(measured)) / (await costOf(beside)))
  }
  return { name, unit: 'times', ...(atMost === undefined ? {} : { atMost }), samples }
}

async function costOf({ side: { server, seeded }, path }: Measured): Promise<number> {
  const requests = [
    wireRequest('GET', `/api/v1/documents?${path}`, { 'x-api-key': seeded.credential.secret }),
  ]
  const before = processorMs(server.pid)
  const load = {
    port: server.port,
    requests,
    connections,
    seconds: Number(values.seconds),
    warmUpSeconds: 0.2,
  }
  const { answered } = await loader.run(load)
  return (processorMs(server.pid) - before) / answered
}
