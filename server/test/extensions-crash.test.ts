import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { Random, seedFrom } from './fuzz/random.ts'
import type { Json } from './harness.ts'
import { install } from './product-process.ts'
import { until } from './until.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } }, strict: false })
const kills = Number(values.kills)
const writersPerKill = 3

test(`a server killed ${kills} times while an extension handles events loses none, and makes each change once`, async (t) => {
  const product = await install()
  const seed = seedFrom('COMSERV_CRASH_SEED')
  const random = new Random(seed)
  const env = {
    COMSERV_EXTENSIONS_DIR: join(import.meta.dirname, 'extensions/crash'),
    COMSERV_RATE_LIMIT_STANDARD: '1000000',
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '1,1,1,1,1,1,1,1,1,1,1,1',
  }
  let serving = await product.serve(env)
  const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
  const { client_secret } = JSON.parse(made.stdout)
  const call = async (path: string, json?: object): Promise<{ status: number; body: Json }> => {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const sent = json && { method: 'POST', body: JSON.stringify(json) }
    const response = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
    return { status: response.status, body: await response.json() }
  }
  const acknowledged: string[] = []
  let named = 0
  const write = async () => {
    const name = `category ${++named}`
    const { status } = await call('/categories', { name })
    assert.equal(status, 201)
    acknowledged.push(name)
  }
  for (let kill = 0; kill < kills; kill++) {
    const writing = Array.from({ length: writersPerKill }, write)
    await settled(writing, random.between(1, writersPerKill))
    // Every other kill falls into the handling of events rather than into writes.
    if (kill % 2 === 1) await handled(call)
    serving.process.kill('SIGKILL')
    const [, ...writes] = await Promise.allSettled([once(serving.process, 'close'), ...writing])
    for (const one of writes)
      if (one.status === 'rejected' && one.reason instanceof assert.AssertionError) throw one.reason
    serving = await product.serve(env)
  }
  const categories = (await everything(call, '/categories')).map(({ name }) => name)
  assert.deepEqual(
    acknowledged.filter((name) => !categories.includes(name)),
    [],
  )
  assert.ok(categories.length >= kills, `only ${categories.length} writes were done`)
  const documents = await until('a document of each category', async () => {
    const { total_count } = (await call('/documents?limit=1')).body.meta
    const webhook = (await call('/webhooks?limit=1')).body.data[0]
    const waiting = (await call(`/webhooks/${webhook.id}/deliveries?status=pending&limit=1`)).body.meta
    if (total_count < categories.length || waiting.total_count > 0) return undefined
    return everything(call, '/documents')
  })
  assert.deepEqual(documents.map(({ title }) => title).sort(), categories.toSorted(), 'each once')
  t.diagnostic(`seed ${seed}: ${categories.length} events, ${documents.length} documents`)
  assert.equal(await serving.stop(), 0)
})

/** Until so many have ended. */
function settled(all: readonly Promise<void>[], count: number): Promise<void> {
  return new Promise((resolve) => {
    let ended = 0
    const end = () => {
      if (++ended >= count) resolve()
    }
    for (const one of all) one.then(end, end)
  })
}

/** Until the extension has made another document. */
async function handled(call: (path: string) => Promise<{ body: Json }>): Promise<void> {
  const count = async () => (await call('/documents?limit=1')).body.meta.total_count
  const before = await count()
  await until('another document', async () => (await count()) > before || undefined)
}

async function everything(call: (path: string) => Promise<{ body: Json }>, path: string): Promise<Json[]> {
  const found: Json[] = []
  for (let page = 1; ; page++) {
    const { body } = await call(`${path}?limit=100&page=${page}`)
    found.push(...body.data)
    if (page >= body.meta.total_pages) return found
  }
}
