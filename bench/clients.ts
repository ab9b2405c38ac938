import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { pythonOfClient } from '../scripts/python-environment.ts'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import { createLog } from '../server/src/lib/log.ts'
import { type Figure, median, recordResults } from './report.ts'
import { seed } from './seed.ts'
import { startServer } from './server-process.ts'

/**
 * `npm run bench:clients`: what a call costs through each client library, beside the same request through what its
 * language has for HTTP, against one started server. Each library has a program here that makes the calls. It gets
 * `BENCH_URL`, `BENCH_KEY` (an API key), `BENCH_ROUNDS` and `BENCH_CALLS`; makes in each round so many calls of each kind,
 * one after the other, in turn without and with the library; and prints a line of JSON for each round and kind:
 *
 *     {"call":"get","bare_ms":0.5,"client_ms":0.55,"bare_processor_ms":0.3,"client_processor_ms":0.34}
 *
 * The figures are those of one call. `get` reads document 1, `list` a page of 20 documents (`?limit=20`), `create` writes
 * a document; without the library the program sends the same fields and parses the answer, too. A round whose figures
 * shall not count, because the language was still warming up, is not printed.
 */
const programs = [
  { name: 'JavaScript beside fetch', command: process.execPath, file: 'client-javascript.ts' },
  { name: 'Python beside httpx', command: pythonOfClient, file: 'client-python.py' },
  { name: 'PHP beside ext-curl', command: 'php', file: 'client-php.php' },
].map((program) => ({ ...program, file: join(import.meta.dirname, program.file) }))

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    calls: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
    'no-record': { type: 'boolean' },
  },
})
const options = { rows: 1_000, rounds: Number(values.rounds), calls: Number(values.calls) }
const ratioAtMost = 1.15

interface Round {
  call: string
  bare_ms: number
  client_ms: number
  bare_processor_ms: number
  client_processor_ms: number
}

const dataDir = mkdtempSync(join(tmpdir(), 'comserv-bench-clients-'))
const env = {
  COMSERV_DATA_DIR: dataDir,
  PORT: String(await freePort('127.0.0.1')),
  COMSERV_RATE_LIMIT_STANDARD: '1000000000',
}
try {
  const { credential } = await seed(await createContext(decideConfig(env), createLog('warn')), options.rows)
  const server = await startServer(env)
  const figures: Figure[] = []
  try {
    for (const program of programs.filter(({ name }) => name.includes(values.only))) {
      if (!existsSync(program.file))
        process.stdout.write(`Not measured: ${program.name}; there is no bench/${basename(program.file)}\n`)
      else figures.push(...figuresOf(program.name, await roundsOf(program, server.url, credential.secret)))
    }
  } finally {
    await server.stop()
  }
  printRatios(figures)
  if (!values['no-record']) recordResults(figures, options, 'clients')
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}

async function roundsOf(
  { name, command, file }: (typeof programs)[number],
  url: string,
  key: string,
): Promise<Round[]> {
  process.stdout.write(`Measuring: ${name} …\n`)
  const { rounds, calls } = options
  const child = spawn(command, [file], {
    env: {
      PATH: process.env.PATH,
      BENCH_URL: url,
      BENCH_KEY: key,
      BENCH_ROUNDS: String(rounds),
      BENCH_CALLS: String(calls),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  )
  const lines: Round[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line))
  const code = await ended
  if (code !== 0 || lines.length === 0)
    throw new Error(`${basename(file)} ended with ${code} after ${lines.length} rounds.`)
  return lines
}

/** One figure for each kind of call; a sample is the ratio of one round. */
function figuresOf(name: string, rounds: readonly Round[]): Figure[] {
  return [...new Set(rounds.map(({ call }) => call))].map((call) => {
    const ofCall = rounds.filter((round) => round.call === call)
    return {
      name: `${name}, ${call}`,
      unit: 'times',
      atMost: ratioAtMost,
      samples: ofCall.map((round) => round.client_ms / round.bare_ms),
      processorRatios: ofCall.map((round) => round.client_processor_ms / round.bare_processor_ms),
      perSecond: ofCall.map((round) => 1_000 / round.client_ms),
      barePerSecond: ofCall.map((round) => 1_000 / round.bare_ms),
    }
  })
}

function printRatios(figures: readonly Figure[]): void {
  const spread = (ratios: readonly number[]) =>
    [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(3)).join(' / ')
  process.stdout.write(
    `\nWith the library, as a multiple of without; the median is to be <= ${ratioAtMost}\n`,
  )
  process.stdout.write(`${'call'.padEnd(32)}  ${'time: min / median / max'.padEnd(26)}  processor time\n`)
  for (const { name, samples, processorRatios = [], barePerSecond = [] } of figures) {
    const bareMs = (1_000 / median(barePerSecond)).toFixed(2)
    process.stdout.write(
      `${name.padEnd(32)}  ${spread(samples).padEnd(26)}  ${spread(processorRatios)}  of ${bareMs} ms\n`,
    )
  }
}
