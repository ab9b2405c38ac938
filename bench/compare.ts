import { request } from 'node:http'
import type { Canned } from './bare.ts'
import type { Bare, Loader } from './processes.ts'
import type { Figure } from './report.ts'
import type { Scenario } from './scenarios.ts'
import { processorMs, type ServerProcess } from './server-process.ts'

interface Setup {
  server: ServerProcess
  bare: Bare
  loader: Loader
  rounds: number
  seconds: number
  connections: number
}

/** Once for each of the two before the first round: the engine has compiled what is hot when the first one counts. */
const firstWarmUpSeconds = 3
const warmUpSeconds = 0.3
/** Written by any `node:http` server itself. */
const ownHeaders = new Set(['date', 'connection', 'keep-alive'])

/** Loads the product and the bare server in turn, A B A B; a sample is the ratio of one pair. */
export async function compareRates(scenario: Scenario, setup: Setup): Promise<Figure> {
  const { server, bare, loader, rounds, seconds, connections } = setup
  const { requests } = scenario
  await bare.answerWith(await answerOf(server, requests[0] ?? ''))
  for (const { port } of [server, bare]) {
    await loader.run({ port, requests, connections, seconds: firstWarmUpSeconds, warmUpSeconds: 0 })
  }
  const figure = {
    name: scenario.name,
    unit: 'ratio',
    atLeast: scenario.goal,
    samples: [] as number[],
    perSecond: [] as number[],
    barePerSecond: [] as number[],
    processorRatios: [] as number[],
  } as const
  async function measure({ pid, port }: { pid: number; port: number }) {
    const before = processorMs(pid)
    const { answered, perSecond } = await loader.run({ port, requests, connections, seconds, warmUpSeconds })
    return { perSecond, processorMs: (processorMs(pid) - before) / answered }
  }
  for (let round = 0; round < rounds; round++) {
    const product = await measure(server)
    const plain = await measure(bare)
    figure.samples.push(product.perSecond / plain.perSecond)
    figure.perSecond.push(product.perSecond)
    figure.barePerSecond.push(plain.perSecond)
    figure.processorRatios.push(plain.processorMs / product.processorMs)
  }
  return figure
}

/** What the product answers to a request as it goes over the wire. */
async function answerOf({ port }: ServerProcess, wire: string): Promise<Canned> {
  const [head = '', body = ''] = wire.split('\r\n\r\n', 2)
  const [line = '', ...fields] = head.split('\r\n')
  const [method = '', path = ''] = line.split(' ')
  return new Promise((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port, method, path, timeout: 5_000 }, async (answer) => {
      const chunks = await answer.toArray()
      resolve({
        status: answer.statusCode ?? 0,
        headers: pairs(answer.rawHeaders).flatMap(([name, value]) =>
          ownHeaders.has(name.toLowerCase()) ? [] : [name, value],
        ),
        body: Buffer.concat(chunks).toString(),
      })
    })
    sending.on('error', reject)
    for (const field of fields) sending.setHeader(...splitField(field))
    sending.end(body)
  })
}

function splitField(field: string): [string, string] {
  const colon = field.indexOf(': ')
  return [field.slice(0, colon), field.slice(colon + 2)]
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as [string, string]] : []))
}
