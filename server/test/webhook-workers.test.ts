import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { beforeEach, type TestContext, test } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import { minuteMs } from '../src/lib/timestamps.ts'
import { postgresUrl } from './fresh-database.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { install } from './product-process.ts'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

const one = await startServer({ clock: new TestClock(new Date().toISOString()) })
const two = await startServer({ beside: one })
const { secret: key } = await one.credential('admin')
const webhooks: number[] = []

/** Every test has webhooks of its own: those of the one before are gone. */
beforeEach(async () => {
  for (const id of webhooks.splice(0)) await call('DELETE', `/webhooks/${id}`)
})

async function call(method: string, path: string, json?: unknown): Promise<Json> {
  const answer = await one.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

async function subscribe({ url }: Receiver, more: Json = {}): Promise<number> {
  const { id } = await call('POST', '/webhooks', { url, events: ['document.created'], ...more })
  webhooks.push(id)
  return id
}

async function makeDocuments(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await call('POST', '/documents', { title: `Document ${i}` })
}

/** Oldest first, each with its attempts. */
async function deliveriesTo(webhook: number): Promise<Json[]> {
  const { data } = await call('GET', `/webhooks/${webhook}/deliveries?limit=100`)
  return Promise.all(data.toReversed().map(({ id }: Json) => call('GET', `/deliveries/${id}`)))
}

const outcomes = ({ log }: Json) => log.map(({ number, outcome }: Json) => `${number} ${outcome}`)
const attemptOf = ({ headers }: Received) => `${headers['webhook-id']} ${headers['x-webhook-attempt']}`

/** Receivers that keep what they are asked until they are told what to answer. */
async function holding() {
  const receiver = await startReceiver()
  const held: ServerResponse[] = []
  receiver.answer((response) => held.push(response))
  return { receiver, answerNext: (status: number) => held.shift()?.writeHead(status).end() }
}

test('two processes that empty one backlog send nothing twice, and each receiver has no more at once than it asked for', async () => {
  const [receivers, concurrency, documents] = [8, 3, 40]
  const all: { receiver: Receiver; atOnceMost: number }[] = []
  for (let i = 0; i < receivers; i++) {
    const receiver = await startReceiver()
    const seen = { receiver, atOnceMost: 0 }
    let atOnce = 0
    receiver.answer((response) => {
      seen.atOnceMost = Math.max(seen.atOnceMost, ++atOnce)
      setImmediate(() => {
        atOnce--
        response.writeHead(204).end()
      })
    })
    all.push(seen)
    await subscribe(receiver, { concurrency })
  }
  await makeDocuments(documents)
  const before = [one, two].map(({ context }) => context.dispatcher.statistics.attempts.succeeded)
  const isOver = () => all.every(({ receiver }) => receiver.received.length >= documents)
  await Promise.all(
    [one, two].map(async (server) => {
      // Whoever finds everything in the other's hands looks again, as it does by itself.
      while (!isOver()) await server.deliver()
    }),
  )

  const sent = [one, two].map(
    ({ context }, i) => context.dispatcher.statistics.attempts.succeeded - (before[i] ?? 0),
  )
  assert.equal(
    sent.reduce((sum, count) => sum + count, 0),
    receivers * documents,
  )
  assert.ok(
    sent.every((count) => count > 0),
    `one of them had nothing to do: ${sent}`,
  )
  for (const { receiver, atOnceMost } of all) {
    assert.equal(receiver.received.length, documents)
    assert.equal(new Set(receiver.received.map(attemptOf)).size, documents)
    assert.equal(atOnceMost, concurrency)
  }
})

/** A delivery that one process sends after the other did: the lease of the first ran out, and neither has a response. */
async function takenOver(t: TestContext) {
  for (;;) {
    const sentByOne = t.mock.method(one.context.sender, 'send')
    const { receiver, answerNext } = await holding()
    const webhook = await subscribe(receiver)
    await makeDocuments(1)
    const first = one.deliver()
    await receiver.arrived(1)
    one.clock.advance(minuteMs)
    const second = two.deliver()
    await receiver.arrived(2)
    const isTaken = sentByOne.mock.callCount() === 1
    sentByOne.mock.restore()
    if (isTaken) return { receiver, answerNext, webhook, first, second }
    // The first was about to look for work, and found what the other had just taken from it.
    for (const _ of [1, 2]) answerNext(204)
    await Promise.all([first, second])
    await call('DELETE', `/webhooks/${webhooks.pop()}`)
  }
}

test('who comes back after its lease was taken ends nothing, whether it failed or succeeded', async (t) => {
  for (const [late, inTime] of [
    [500, 204],
    [204, 500],
  ] as const) {
    const { receiver, answerNext, webhook, first, second } = await takenOver(t)

    const ended = one.context.dispatcher.statistics.attempts
    const before = { ...ended }
    answerNext(late)
    await first
    assert.deepEqual(ended, before, 'the attempt is somebody else’s')
    const [sending] = await deliveriesTo(webhook)
    assert.equal(sending.status, 'sending')
    assert.deepEqual(outcomes(sending), ['1 interrupted'])

    answerNext(inTime)
    await second
    const [delivery] = await deliveriesTo(webhook)
    assert.equal(delivery.status, inTime === 204 ? 'delivered' : 'pending')
    assert.deepEqual(outcomes(delivery), ['1 interrupted', inTime === 204 ? '2 succeeded' : '2 failed'])
    const { health } = await call('GET', `/webhooks/${webhook}`)
    assert.equal(health.consecutive_failures, inTime === 204 ? 0 : 1)
    assert.deepEqual(receiver.received.map(attemptOf), [
      `${delivery.message_id} 1`,
      `${delivery.message_id} 2`,
    ])
    await call('DELETE', `/webhooks/${webhooks.pop()}`)
  }
})

test('a lease is left alone until it has run out', async () => {
  const { receiver, answerNext } = await holding()
  const webhook = await subscribe(receiver)
  await makeDocuments(1)
  const first = one.deliver()
  await receiver.arrived(1)
  one.clock.advance(minuteMs - 1)
  await two.deliver()
  assert.equal(receiver.received.length, 1)
  answerNext(204)
  await first
  const [delivery] = await deliveriesTo(webhook)
  assert.deepEqual([delivery.status, outcomes(delivery)], ['delivered', ['1 succeeded']])
})

test('a process that is asked to stop ends what it has begun, and begins nothing more', async () => {
  const { receiver, answerNext } = await holding()
  const webhook = await subscribe(receiver, { concurrency: 1 })
  await makeDocuments(2)
  const stopping = await startServer({ beside: one })
  stopping.context.dispatcher.start()
  await receiver.arrived(1)
  const stopped = stopping.context.dispatcher.stop()
  await makeDocuments(1)
  answerNext(204)
  await stopped
  const deliveries = await deliveriesTo(webhook)
  assert.deepEqual(
    deliveries.map(({ status }) => status),
    ['delivered', 'pending', 'pending'],
  )
  assert.equal(receiver.received.length, 1)
})

test('with more receivers in want than are sent to at once, each has its turn', async () => {
  const [receivers, documents] = [70, 10]
  const receiver = await startReceiver()
  for (let i = 0; i < receivers; i++) await subscribe(receiver, { headers: { 'X-Which': `${i}` } })
  await makeDocuments(documents)
  await one.deliver()
  assert.equal(receiver.received.length, receivers * documents)
  // Each gets what it takes at once, which is five, before the first one gets more; rounds overlap a little.
  const soon = receiver.received.slice(0, 6 * receivers)
  assert.equal(new Set(soon.map(({ headers }) => headers['x-which'])).size, receivers)
})

test('of fifty receivers five are hostile, and the others get everything meanwhile', async () => {
  const documents = 6
  const [good, hanging] = [await startReceiver(), await startReceiver()]
  const held: ServerResponse[] = []
  const hostile: ((response: ServerResponse) => unknown)[] = [
    (response) => held.push(response),
    (response) => held.push(response.writeHead(503)) && response.write('.'),
    (response) => response.destroy(),
    (response) => response.writeHead(302, { location: good.url }).end(),
    (response) => response.writeHead(503, { 'retry-after': '1' }).end(),
  ]
  hanging.answer((response, { headers }) => hostile[Number(headers['x-which'])]?.(response))
  const bad: number[] = []
  for (let i = 0; i < hostile.length; i++)
    bad.push(await subscribe(hanging, { headers: { 'X-Which': `${i}` } }))
  for (let i = hostile.length; i < 50; i++) await subscribe(good)
  await makeDocuments(documents)

  const delivering = one.deliver()
  await good.arrived((50 - hostile.length) * documents)
  assert.equal(held.length, 10, 'those that hang are still at the first that they were sent')
  assert.ok(held.every((response) => !response.destroyed))
  for (const response of held) response.destroy()
  await delivering
  assert.equal(good.received.length, (50 - hostile.length) * documents)
  for (const webhook of webhooks) {
    const deliveries = await deliveriesTo(webhook)
    const wanted = bad.includes(webhook) ? 'pending' : 'delivered'
    assert.deepEqual([...new Set(deliveries.map(({ status }) => status))], [wanted])
  }
})

test('what changed is on its way at once, long before anybody looks by himself, also from another process', async () => {
  const changes = 9
  const product = await install()
  const receiver = await startReceiver()
  const env = { COMSERV_WEBHOOK_ALLOW_HTTP: 'true', COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' }
  if (postgresUrl === undefined) await product.serve(env)
  else {
    await product.serve({ ...env, COMSERV_ROLE: 'api' })
    const elsewhere = { PORT: String(await freePort('127.0.0.1')), COMSERV_PUBLIC_URL: product.url }
    await product.serve({ ...env, ...elsewhere, COMSERV_ROLE: 'worker' })
  }
  const args = ['--name', 'writer', '--scopes', 'admin', '--json']
  const { client_secret } = JSON.parse((await product.run(['credential', 'create', ...args])).stdout)
  async function post(path: string, json: object): Promise<void> {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const answer = await fetch(`${product.url}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(json),
    })
    assert.equal(answer.status, 201, await answer.text())
  }
  await post('/webhooks', { url: receiver.url, events: ['document.created'] })
  const waitsMs: number[] = []
  for (let i = 1; i <= changes; i++) {
    await post('/documents', { title: 'At once' })
    const answeredMs = performance.now()
    await receiver.arrived(i)
    waitsMs.push(performance.now() - answeredMs)
  }
  // Without hints they would wait up to a second each, half of one in the middle.
  const middle = waitsMs.sort((a, b) => a - b)[Math.floor(changes / 2)] ?? 0
  assert.ok(middle < 250, `${waitsMs.map(Math.round)} ms`)
})
