import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { Random, seedFrom } from './fuzz/random.ts'
import type { Json } from './harness.ts'
import { install } from './product-process.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } }, strict: false })
const kills = Number(values.kills)
const writersPerKill = 6
const kinds = ['draft', 'published', 'scheduled', 'refused'] as const

test(`a server killed ${kills} times amid calls of hooks makes no change that they did not allow, and loses none that it acknowledged`, async (t) => {
  const product = await install()
  const seed = seedFrom('COMSERV_CRASH_SEED')
  const random = new Random(seed)
  const receiver = await startReceiver((response, { body }) => response.end(JSON.stringify(replyTo(body))))
  const env = {
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    COMSERV_RATE_LIMIT_STANDARD: '1000000',
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
  const hook = { url: receiver.url, actions: ['document.create', 'document.publish'], timeout_ms: 5_000 }
  const { body: created } = await call('/hooks', hook)
  const acknowledged: string[] = []
  let named = 0
  const write = async () => {
    const kind = random.pick(kinds)
    const title = `${kind} ${++named}`
    const { status } = await call('/documents', {
      title,
      ...(kind === 'published' ? { status: 'published' } : {}),
      ...(kind === 'scheduled' ? { publish_at: soon() } : {}),
    })
    // On a busy machine the receiver may be late, or the time of publication over: then nothing is made.
    const fine = { draft: [201], published: [201], scheduled: [201, 400], refused: [400] }[kind]
    assert.ok([503, ...fine].includes(status), `${status} to ${title}`)
    if (status === 201) acknowledged.push(title)
  }
  for (let kill = 0; kill < kills; kill++) {
    // From its first request on, a server that has just started calls its hooks.
    const { status } = await call('/documents', { title: `refused first ${kill}` })
    assert.ok(status === 400 || status === 503, `${status} after the start`)
    const progress = receiver.received.length + random.between(1, writersPerKill)
    const writing = Array.from({ length: writersPerKill }, write)
    await Promise.race([receiver.arrived(progress), Promise.allSettled(writing)])
    serving.process.kill('SIGKILL')
    const [, ...writes] = await Promise.allSettled([once(serving.process, 'close'), ...writing])
    for (const one of writes)
      if (one.status === 'rejected' && one.reason instanceof assert.AssertionError) throw one.reason
    serving = await product.serve(env)
  }
  await until('the publication of all that is due', async () => {
    const { body } = await call('/documents?status=draft&q=scheduled&limit=1')
    return body.meta.total_count === 0 || undefined
  })
  const documents = await everything(call, '/documents')
  const titles = documents.map(({ title }) => title)
  assert.deepEqual(
    acknowledged.filter((title) => !titles.includes(title)),
    [],
  )
  for (const { title, category, status } of documents) {
    const kind = title.split(' ')[0]
    assert.notEqual(kind, 'refused', `${title} was made, though its hook refused it`)
    const expected = kind === 'draft' ? ['draft', 'hooked'] : ['published', 'hooked and checked']
    assert.deepEqual([status, category], expected, `${title} was made or published without its hook`)
  }
  const published = documents.filter(({ status }) => status === 'published')
  // On PostgreSQL the log shows an event once older transactions of all databases have ended.
  const events = await until('the events', async () => {
    const { total_count } = (await call('/events?type=document.published&limit=1')).body.meta
    return total_count >= published.length ? total_count : undefined
  })
  assert.equal(events, published.length, 'each was published once')
  // What waited to be written when the server was killed is lost, and nothing else.
  await call('/documents', { title: 'refused last' })
  const calls = await until('the log of calls', async () => {
    const all = await everything(call, `/hook-calls?hook_id=${created.id}`)
    return all.length > 0 ? all : undefined
  })
  assert.ok(calls.length <= receiver.received.length, 'no call is in the log twice')
  t.diagnostic(`seed ${seed}: ${documents.length} documents, ${receiver.received.length} calls of hooks`)
  assert.equal(await serving.stop(), 0)
})

function replyTo({ action, record, input }: Json): Json {
  if (action === 'document.publish')
    return { allow: true, input: { category: `${{ ...record, ...input }.category} and checked` } }
  if (`${input.title}`.startsWith('refused')) return { refuse: 'Not this one.' }
  return { allow: true, input: { category: 'hooked' } }
}

/** Often while the server is down. */
function soon(): string {
  return new Date(Date.now() + 4_000).toISOString()
}

async function everything(call: (path: string) => Promise<{ body: Json }>, path: string): Promise<Json[]> {
  const found: Json[] = []
  for (let page = 1; ; page++) {
    const { body } = await call(`${path}${path.includes('?') ? '&' : '?'}limit=100&page=${page}`)
    found.push(...body.data)
    if (page >= body.meta.total_pages) return found
  }
}
