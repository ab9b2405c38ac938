import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { connections, costsInTurns, post, rows, type Side, startSide, stop } from './sides.ts'

/**
 * `npm run bench:hooks`: the processor time of a create where no hook is called for it, because all are paused or are for
 * other changes, beside a server that has none; and of one that is called. Then how much longer a create takes with it.
 * `npm run bench:cost` compares a server without hooks with another checkout.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, record: { type: 'boolean' } },
})
const rounds = Number(values.rounds)
const warmUpRounds = 2
const createsPerRound = 200
const ratioMax = 1.05
const timed = 200
const document = { title: 'x', category: 'reports', content: 'some words here' }

const receiver = createServer((incoming, response) => {
  incoming.resume().on('end', () => response.end('{"allow":true}'))
}).listen(0, '127.0.0.1')
await new Promise((listening) => receiver.once('listening', listening))
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`

async function start(hooks: readonly object[]): Promise<Side> {
  const side = await startSide('hooks')
  for (const hook of hooks) await post(side, '/hooks', { url, timeout_ms: 5_000, ...hook })
  return side
}

/** Milliseconds of each create, one after the other. */
async function durationsOf(side: Side): Promise<number[]> {
  const durations: number[] = []
  for (let i = 0; i < timed; i++) {
    const beganMs = performance.now()
    await post(side, '/documents', document)
    durations.push(performance.now() - beganMs)
  }
  return durations
}

const paused = { actions: ['document.create', 'document.publish'], status: 'paused' }
const forOthers = { actions: ['user.create', 'user.update', 'document.update', 'document.publish'] }
const sides = {
  none: await start([]),
  uncalled: await start([...Array(10).fill(paused), ...Array(10).fill(forOthers)]),
  called: await start([{ actions: ['document.create'] }]),
}
const costs = await costsInTurns(sides, document, { rounds, warmUpRounds, creates: createsPerRound })
const ratios = (a: keyof typeof sides, b: keyof typeof sides) =>
  costs[a].map((cost, i) => cost / (costs[b][i] ?? cost))
const without = median(await durationsOf(sides.none))
const figures: Figure[] = [
  {
    name: '20 hooks of which none is called, to none',
    unit: 'times',
    atMost: ratioMax,
    samples: ratios('uncalled', 'none'),
    perCall: [costs.none, costs.uncalled],
  },
  {
    name: 'a hook that is called, to none',
    unit: 'times',
    samples: ratios('called', 'none'),
    perCall: [costs.none, costs.called],
  },
  {
    name: 'how much longer a create takes with a hook',
    unit: 'ms',
    samples: (await durationsOf(sides.called)).map((ms) => Math.round((ms - without) * 10) / 10),
  },
]
printTable(figures)
for (const [name, samples] of Object.entries(costs))
  process.stdout.write(`${name.padEnd(10)} ${Math.round(median(samples))} µs a create\n`)
if (values.record) recordResults(figures, { rounds, connections, rows }, 'hooks')
await stop(sides)
receiver.closeAllConnections()
receiver.close()
