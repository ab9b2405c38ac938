import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPoster } from './processes.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { startSink } from './sink.ts'
import { condition, webhookCosts } from './webhook-costs.ts'
import { onlyPath, type Side, startSide } from './webhook-side.ts'

/**
 * `npm run bench:webhooks`: what it costs to send webhooks, and how long they take. Two servers, one with an empty log of
 * deliveries and one with a long one, are measured in turn; both send to one sink, which is in this process.
 */
const { values } = parseArgs({
  options: {
    log: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    events: { type: 'string', default: '100' },
    changes: { type: 'string', default: '100' },
    'no-record': { type: 'boolean' },
  },
})
const options = {
  /** Deliveries in the long log. */
  log: Number(values.log),
  rounds: Number(values.rounds),
  /** Committed together, to be sent as fast as it goes. */
  events: Number(values.events),
  /** Made one after the other, with a pause, to see how long each takes. */
  changes: Number(values.changes),
}
const pauseMs = 100

const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-webhooks-'))
const sink = await startSink()
const poster = await startPoster()
const { costOfSending, costOfPosting, exampleOf } = webhookCosts(sink, options.events)
const sides: Side[] = []
try {
  for (const rows of [0, options.log]) {
    process.stdout.write(`Setting up a log of ${rows} deliveries …\n`)
    sides.push(await startSide(folder, sink.url, rows))
  }
  const figures = await measure(...(sides as [Side, Side]))
  printTable(figures)
  if (!values['no-record']) recordResults(figures, options)
} finally {
  await Promise.all([...sides.map((side) => side.stop()), poster.stop()])
  sink.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(empty: Side, long: Side): Promise<Figure[]> {
  const samples = (): number[] => []
  const ratios = { cost: samples(), ofLog: samples(), hanging: samples(), p50: samples(), p99: samples() }
  const ms = { p50: samples(), p99: samples() }
  const rates = { perSecond: samples(), barePerSecond: samples() }
  for (const side of [empty, long]) await costOfSending(side)
  const example = await exampleOf(empty)
  await costOfPosting(poster, example)

  for (let round = 1; round <= options.rounds; round++) {
    process.stdout.write(`Round ${round} of ${options.rounds} …\n`)
    const [sent, posted, withLog] = [
      await costOfSending(empty),
      await costOfPosting(poster, example),
      await costOfSending(long),
    ]
    ratios.cost.push(posted.processorMs / sent.processorMs)
    ratios.ofLog.push(withLog.processorMs / sent.processorMs)
    rates.perSecond.push(sent.perSecond)
    rates.barePerSecond.push(posted.perSecond)

    const [idle, idleWithLog] = [await delays(empty, [onlyPath]), await delays(long, [onlyPath])]
    ms.p50.push(quantile(idle, 0.5))
    ms.p99.push(quantile(idle, 0.99))
    ratios.p50.push(quantile(idleWithLog, 0.5) / quantile(idle, 0.5))
    ratios.p99.push(quantile(idleWithLog, 0.99) / quantile(idle, 0.99))

    const [alive, beside] = [await delays(empty, empty.paths.slice(1)), await delaysBesideOneThatHangs(empty)]
    ratios.hanging.push(quantile(beside, 0.99) / quantile(alive, 0.99))
  }
  const withLog = `with ${options.log.toLocaleString('en')} in the log`
  return [
    { name: 'from a change to its first byte, median', unit: 'ms', atMost: 20, samples: ms.p50 },
    { name: 'from a change to its first byte, p99', unit: 'ms', atMost: 100, samples: ms.p99 },
    {
      name: 'deliveries by processor time, beside only posting',
      unit: 'ratio',
      atLeast: 0.4,
      samples: ratios.cost,
      ...rates,
    },
    { name: 'p99 of 49 receivers while one hangs', unit: 'times', atMost: 2, samples: ratios.hanging },
    { name: `processor time ${withLog}`, unit: 'times', atMost: 1.2, samples: ratios.ofLog },
    { name: `first byte, median, ${withLog}`, unit: 'times', atMost: 1.2, samples: ratios.p50 },
    { name: `first byte, p99, ${withLog}`, unit: 'times', atMost: 1.2, samples: ratios.p99 },
  ]
}

/**
 * Changes over HTTP, one at a time, and for each the time until its first byte was at those receivers. It begins when the
 * request is sent, which is before the commit: the figure is an upper bound.
 */
async function delays(side: Side, paths: readonly string[]): Promise<number[]> {
  const begunMs = new Map<string, number>()
  const found: number[] = []
  sink.listen((path, { body, atMs }) => {
    const sinceMs = begunMs.get(JSON.parse(body).data.title)
    if (sinceMs !== undefined && paths.includes(path)) found.push(atMs - sinceMs)
  })
  const isChange = paths.includes(onlyPath)
  const document = isChange ? `/${await write(side, 'POST', '', { title: 'To be changed' })}` : ''
  for (let i = 0; i < options.changes; i++) {
    const title = `Change ${i} at ${Date.now()}`
    begunMs.set(title, performance.now())
    await write(side, isChange ? 'PATCH' : 'POST', document, { title })
    await pause(pauseMs)
  }
  await condition(async () => found.length === paths.length * options.changes)
  return found.sort((a, b) => a - b)
}

/** @returns the id of the document */
async function write({ server, key }: Side, method: string, path: string, json: object): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/documents${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { id: number }).id
}

async function delaysBesideOneThatHangs(side: Side): Promise<number[]> {
  const [path, ...others] = side.paths
  sink.hang(path)
  try {
    return await delays(side, others)
  } finally {
    sink.hang()
    await side.resume()
    await condition(async () => (await side.countOpen()) === 0)
  }
}

function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return Math.round(value * 10) / 10
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
