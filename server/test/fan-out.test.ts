import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { documentEvents } from '../src/documents/events.ts'
import { appendEvent } from '../src/events/outbox.ts'
import { dayMs } from '../src/lib/timestamps.ts'
import { startWithWebhooks } from './delivering.ts'
import { postgresUrl } from './fresh-database.ts'
import { type Json, startServer } from './harness.ts'
import { install } from './product-process.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

/** More than a change writes the deliveries of, and than a round does. */
const many = 70
const events = ['document.created']
const { server, key, call, deliveriesOf } = await startWithWebhooks()
const beside = await startServer({ beside: server })

async function subscribe(count: number) {
  const receiver = await startReceiver()
  const webhooks: { id: number }[] = []
  for (let i = 0; i < count; i++)
    webhooks.push(await call('POST', '/webhooks', { url: receiver.url, events }))
  return { receiver, webhooks }
}

const create = (title: string, more: Json = {}) => call('POST', '/documents', { title, ...more })
const titles = (received: readonly { body: Json }[]) => received.map(({ body }) => body.data.title)
const tally = (values: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]))

test('a change notes its many subscribers, and each gets one delivery, whichever of two processes writes it', async () => {
  const { receiver, webhooks } = await subscribe(many)
  await create('One')
  const data = ['Two', 'Three'].map((title) => ({ action: 'create', data: { title } }))
  await call('POST', '/documents/batch', { items: data })
  const [first] = webhooks
  assert.ok(first)
  assert.deepEqual(await deliveriesOf(first), [], 'nothing was written by the changes')

  await Promise.all([server.deliver(), beside.deliver()])
  await server.deliver()
  assert.deepEqual(tally(titles(receiver.received)), { One: many, Two: many, Three: many })
  for (const webhook of webhooks)
    assert.deepEqual(
      (await deliveriesOf(webhook)).map(({ status, generation, attempts }) => [status, generation, attempts]),
      Array(3).fill(['delivered', 1, 1]),
    )
})

test('a change that fails notes nothing', async () => {
  const { receiver } = await subscribe(12)
  const failing = server.context.database.write(async (trx) => {
    const told = { id: 1, title: 'Never', category: 'x', status: 'draft' as const, author_id: 1 }
    await appendEvent(trx, documentEvents.occurred('created', told), server.clock.now())
    throw new Error('It fails.')
  })
  await assert.rejects(failing, /It fails/)
  await server.deliver()
  assert.deepEqual(receiver.received, [])
})

test('the subscribers are those of the moment of the event', async () => {
  const { receiver, webhooks } = await subscribe(12)
  const [deleted, unsubscribed, paused, narrowed] = webhooks
  assert.ok(deleted && unsubscribed && paused && narrowed)
  await create('Noted', { category: 'policies' })
  await call('DELETE', `/webhooks/${deleted.id}`)
  await call('PATCH', `/webhooks/${unsubscribed.id}`, { events: ['document.deleted'] })
  await call('PATCH', `/webhooks/${paused.id}`, { status: 'paused' })
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  await call('PATCH', `/webhooks/${narrowed.id}`, { rules })
  const late = await subscribe(1)
  await server.deliver()

  assert.equal(receiver.received.length, webhooks.length - 4)
  assert.deepEqual(late.receiver.received, [], 'it did not exist yet')
  const how = async (webhook: { id: number }) =>
    (await deliveriesOf(webhook)).map(({ status, reason }) => `${status} ${reason}`)
  assert.deepEqual(await how(unsubscribed), ['discarded unsubscribed'])
  assert.deepEqual(await how(paused), ['held paused'])
  assert.deepEqual(await how(narrowed), [], 'what rules exclude gets no delivery')

  await call('PATCH', `/webhooks/${paused.id}`, { status: 'active' })
  await server.deliver()
  assert.equal(receiver.received.length, webhooks.length - 3)
})

test('webhooks that rest do not keep others waiting, and get theirs in the end', async () => {
  const { receiver, webhooks } = await subscribe(12)
  for (const { id } of webhooks.slice(1)) await call('PATCH', `/webhooks/${id}`, { status: 'paused' })
  const [live] = webhooks
  assert.ok(live)
  const documents = 25
  for (let i = 0; i < documents; i++) await create(`Document ${i}`)
  await server.deliver()
  assert.equal(receiver.received.length, documents)
  for (const { id } of webhooks) {
    const { body } = await server.call('GET', `/api/v1/webhooks/${id}/deliveries?limit=1`, {
      key,
    })
    assert.equal(body.meta.total_count, documents)
  }
})

test('an event whose deliveries are not written yet is kept, however old it is', async () => {
  const { receiver } = await subscribe(12)
  const { id } = await create('Kept')
  server.clock.advance(400 * dayMs)
  await server.runTask('prune old events')
  await server.deliver()
  assert.deepEqual(
    receiver.received.map(({ body }) => body.data.id),
    Array(12).fill(id),
  )
})

test('metrics tell how many events wait for their deliveries to be written', async () => {
  await subscribe(12)
  await create('Waiting')
  const waiting = async () => {
    const { text } = await server.call('GET', '/metrics', { key })
    return Number(/^comserv_webhook_events_waiting (\d+)$/m.exec(text)?.[1])
  }
  assert.equal(await waiting(), 1)
  await server.deliver()
  assert.equal(await waiting(), 0)
})

test('what a killed process has committed and not written is delivered by the next one, once', async () => {
  const product = await install()
  const receiver = await startReceiver()
  const env = { COMSERV_WEBHOOK_ALLOW_HTTP: 'true', COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' }
  // Without another process to share with, it begins to write and to send; it is killed in the midst of that.
  const killed = await product.serve(postgresUrl === undefined ? env : { ...env, COMSERV_ROLE: 'api' })
  const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
  const { client_secret } = JSON.parse(made.stdout)
  const ask = async (path: string, json?: object): Promise<Json> => {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const sent = json && { method: 'POST', body: JSON.stringify(json) }
    const answer = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
    assert.ok(answer.ok, `${answer.status} to ${path}`)
    return answer.json()
  }
  const webhooks: Json[] = []
  for (let i = 0; i < many; i++)
    webhooks.push(await ask('/webhooks', { url: receiver.url, events, headers: { 'x-of': String(i) } }))
  const items = Array.from({ length: 20 }, (_, i) => ({ action: 'create', data: { title: `Document ${i}` } }))
  await ask('/documents/batch', { items })
  killed.process.kill('SIGKILL')
  await once(killed.process, 'close')
  assert.ok(receiver.received.length < many * items.length, 'the kill came too late')

  await product.serve(env)
  const each = () =>
    new Set(receiver.received.map(({ headers }) => `${headers['webhook-id']} ${headers['x-of']}`))
  await until('all to arrive', () => each().size === many * items.length || undefined)
  for (const { id } of webhooks) {
    const { meta } = await ask(`/webhooks/${id}/deliveries?limit=1`)
    assert.equal(meta.total_count, items.length)
  }
})
