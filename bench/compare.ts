import { request } from 'node:http'
import type { Canned } from './bare.ts'
import type { Bare, Loader } from './processes.ts'
import type { Figure } from './report.ts'
import type { Scenario } from './scenarios.ts'
import { processorMs, type ServerProcess } from './server-process.ts'
import { statementsOf } from './statements.ts'

/** PostgreSQL, where both sides use it; its processor time counts as theirs. */
export interface SharedDatabase {
  url: string
  pid: number
  /** Settings of the product. */
  env: Record<string, string>
}

interface Setup {
  server: ServerProcess
  bare?: Bare
  /** Another program that gets the requests of `beside`; without it, the product gets them itself. */
  peer?: { pid: number; port: number }
  loader: Loader
  database?: SharedDatabase | undefined
  rounds: number
  seconds: number
  connections: number
}

/** A process under load. */
interface Side {
  pid: number
  port: number
  requests: string[]
  /** Of each request: for a batch, its items. */
  works: number
}

/** Before the first round. The engine compiles for some 40,000 requests: a third of the processor time. */
const firstWarmUpSeconds = 5
/** What the product is measured by is the same code for every call, and small. */
const besideWarmUpSeconds = 2
const warmUpSeconds = 0.2
/** Written by any `node:http` server itself. */
const ownHeaders = new Set(['date', 'connection', 'keep-alive'])

/** Loads the product and what it is measured by in turn, ABBA; a sample is the ratio of one pair. */
export async function compareRates(scenario: Scenario, setup: Setup): Promise<Figure> {
  const { server, bare, peer = server, loader, database, rounds, seconds } = setup
  const { requests, works = 1, beside, connections = setup.connections } = scenario
  if (!beside) {
    const asked = database && { url: database.url, calls: await statementsOf(database.env, requests) }
    const answer = await answerOf(server, requests[0] ?? '')
    await bare?.answerWith(asked ? { ...answer, database: asked } : answer)
  }
  const product: Side = { ...server, requests, works }
  const other: Side = { ...(beside ? peer : (bare ?? peer)), requests: beside ?? requests, works: 1 }
  const figure = {
    name: scenario.name,
    unit: 'ratio',
    atLeast: scenario.goal,
    samples: [] as number[],
    perSecond: [] as number[],
    barePerSecond: [] as number[],
    processorRatios: [] as number[],
    perCall: [[], []] as [number[], number[]],
  } as const
  async function measure({ pid, port, works, requests }: Side) {
    const usedMs = () => processorMs(pid) + (database ? processorMs(database.pid) : 0)
    const before = usedMs()
    const { answered, perSecond } = await loader.run({ port, requests, connections, seconds, warmUpSeconds })
    return { perSecond: perSecond * works, us: ((usedMs() - before) / answered / works) * 1_000 }
  }
  const warmUp = ({ port, requests }: Side, seconds: number) =>
    loader.run({ port, requests, connections, seconds, warmUpSeconds: 0 })
  await warmUp(product, firstWarmUpSeconds)
  await warmUp(other, besideWarmUpSeconds)
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0
    const early = await measure(isFirst ? product : other)
    const late = await measure(isFirst ? other : product)
    const [own, plain] = isFirst ? [early, late] : [late, early]
    figure.samples.push(own.perSecond / plain.perSecond)
    figure.perSecond.push(own.perSecond)
    figure.barePerSecond.push(plain.perSecond)
    figure.processorRatios.push(plain.us / own.us)
    figure.perCall[0].push(plain.us)
    figure.perCall[1].push(own.us)
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
