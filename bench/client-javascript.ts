import { Comserv } from 'comserv'

/** The JavaScript client beside `fetch`, as bench/clients.ts asks for it. */
const { BENCH_URL: url = '', BENCH_KEY: apiKey = '', BENCH_ROUNDS, BENCH_CALLS } = process.env
const rounds = Number(BENCH_ROUNDS)
const calls = Number(BENCH_CALLS)
const warmUpRounds = 2
/** Few, so that what else goes on in the machine meets both ways alike. */
const callsInTurn = 10
const comserv = new Comserv({ baseUrl: url, apiKey })
const document = { title: 'Annual Report', category: 'bench' }
const headers = { accept: 'application/json', 'x-api-key': apiKey }

/** Each kind of call, without the library and with it. */
const kinds: Record<string, readonly [bare: () => Promise<unknown>, client: () => Promise<unknown>]> = {
  get: [
    () => answerOf(`${url}/api/v1/documents/1`, { headers }),
    () => comserv.documents.get(1).then(({ title }) => title),
  ],
  list: [
    () => answerOf(`${url}/api/v1/documents?limit=20`, { headers }),
    () => comserv.documents.list({ limit: 20 }).then(({ data }) => data.length),
  ],
  create: [
    () =>
      answerOf(`${url}/api/v1/documents`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify(document),
      }),
    () => comserv.documents.create(document).then(({ id }) => id),
  ],
}

for (let round = -warmUpRounds; round < rounds; round++) {
  for (const [call, [bare, client]] of Object.entries(kinds)) {
    const cost = { bare_ms: 0, client_ms: 0, bare_processor_ms: 0, client_processor_ms: 0 }
    for (let block = 0; block < calls / callsInTurn; block++) {
      const [bareMs, bareProcessorMs] = await costOf(bare)
      const [clientMs, clientProcessorMs] = await costOf(client)
      cost.bare_ms += bareMs / calls
      cost.client_ms += clientMs / calls
      cost.bare_processor_ms += bareProcessorMs / calls
      cost.client_processor_ms += clientProcessorMs / calls
    }
    if (round >= 0) process.stdout.write(`${JSON.stringify({ call, ...cost })}\n`)
  }
}

async function costOf(way: () => Promise<unknown>): Promise<[ms: number, processorMs: number]> {
  const startedMs = performance.now()
  const before = process.cpuUsage()
  for (let i = 0; i < callsInTurn; i++) await way()
  const { user, system } = process.cpuUsage(before)
  return [performance.now() - startedMs, (user + system) / 1_000]
}

async function answerOf(address: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(address, init)
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  return response.json()
}
