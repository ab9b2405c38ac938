import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { connections, costsInTurns, post, rows, type Side, startSide, stop } from './sides.ts'

/**
 * `npm run bench:automations`: the processor time of a create, with no rule, with one that matches every document, and
 * with 1,000 of which that one matches; all that follows from the rules included. Then how long after the response
 * to a create the request of a rule arrives.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, record: { type: 'boolean' } },
})
const rounds = Number(values.rounds)
const warmUpRounds = 2
const createsPerRound = 200
const ratioMax = 1.2
const delays = 200
const delayMsMax = 50

async function start(rules: number): Promise<Side> {
  const side = await startSide('automations')
  for (let i = 0; i < rules; i++) await post(side, '/automations', ruleOf(i))
  return side
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
const document = { title: 'x', category: 'category-0', content: 'some words here' }
const costs = await costsInTurns(sides, document, { rounds, warmUpRounds, creates: createsPerRound })
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
if (values.record) recordResults(figures, { rounds, connections, rows }, 'automations')
await stop(sides)
