import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { dayMs } from '../src/lib/timestamps.ts'
import { notSent, startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { type Received, startReceiver } from './receiver.ts'

const { server, key, call, subscribed, deliveriesOf } = await startWithWebhooks()
const password = 'correct horse battery'

test('a change is sent to every webhook that subscribed to it, signed, with the body that the documentation shows', async () => {
  const receiver = await startReceiver()
  const other = await startReceiver()
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: ['document.published'] })
  await call('POST', '/webhooks', { url: other.url, events: ['user.created'] })
  const document = await call('POST', '/documents', {
    title: 'New Policy Document',
    category: 'policies',
    status: 'published',
  })
  await server.deliver()

  assert.equal(other.received.length, 0)
  assert.equal(receiver.received.length, 1)
  const [{ headers, raw, body }] = receiver.received as [Json]
  assert.deepEqual(body, {
    event: 'document.published',
    timestamp: document.published_at,
    data: {
      id: document.id,
      title: 'New Policy Document',
      category: 'policies',
      status: 'published',
      author_id: document.author_id,
    },
  })
  assert.equal(headers['x-webhook-signature'], createHmac('sha256', webhook.secret).update(raw).digest('hex'))
  assert.deepEqual(new StandardWebhook(webhook.secret).verify(raw, headers), body)
  new SvixWebhook(webhook.secret).verify(raw, headers)
  assert.equal(headers['x-webhook-event'], 'document.published')
  assert.equal(headers['x-webhook-attempt'], '1')
  assert.match(headers['user-agent'], /^Comserv\/\d+\.\d+\.\d+$/)
  assert.equal(headers['content-type'], 'application/json')
})

test('everything that is sent matches the schema of its type, and its example shows the same fields', async () => {
  const receiver = await startReceiver()
  const events = ['user.created', 'user.updated', 'user.deleted', 'document.created', 'document.updated']
  const all = [...events, 'document.published', 'document.deleted']
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: all })
  const user = await call('POST', '/users', { username: 'sent', email: 'sent@example.org', password })
  await call('PATCH', `/users/${user.id}`, { role: 'editor' })
  await call('DELETE', `/users/${user.id}`)
  const document = await call('POST', '/documents', { title: 'Sent' })
  await call('PATCH', `/documents/${document.id}`, { status: 'published' })
  await call('PATCH', `/documents/${document.id}`, { status: 'published' })
  await call('DELETE', `/documents/${document.id}`)
  await server.deliver()
  await call('POST', `/webhooks/${webhook.id}/test`)

  assert.deepEqual(
    receiver.received.map(({ body }) => body.event).sort(),
    [...all, 'ping'].sort(),
    'what changes nothing sends nothing',
  )
  const types: Json[] = (await call('GET', '/event-types')).data
  for (const { body, headers } of receiver.received) {
    const { schema, example } = types.find(({ name }) => name === body.event)
    const check: ValidateFunction = new Ajv2020({ formats: { 'date-time': true } }).compile(schema)
    const isValid: boolean = check(body)
    assert.ok(isValid, JSON.stringify(check.errors))
    assert.deepEqual(Object.keys(example.data), Object.keys(body.data))
    assert.equal(headers['x-webhook-event'], body.event)
  }
})

test('an attempt that fails is repeated by the schedule, with the same id and body, until it succeeds', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(500)
  await publish()
  await server.deliver()
  await server.deliver()
  assert.equal(receiver.received.length, 1, 'the next attempt waits')
  const [pending] = await deliveriesOf(webhook)
  assert.deepEqual([pending.status, pending.attempts], ['pending', 1])
  const pauseMs = Date.parse(pending.next_attempt_at) - server.clock.now()
  assert.ok(pauseMs > 3_000 && pauseMs <= 6_000, `${pauseMs} ms`)

  receiver.answer(204)
  server.clock.advance(6_000)
  await server.deliver()
  const [first, second] = receiver.received as [Received, Received]
  assert.equal(second.raw, first.raw)
  assert.equal(second.headers['webhook-id'], first.headers['webhook-id'])
  assert.equal(second.headers['x-webhook-attempt'], '2')
  const delivery = await call('GET', `/deliveries/${pending.id}`)
  assert.equal(delivery.status, 'delivered')
  assert.equal(delivery.message_id, first.headers['webhook-id'])
  assert.deepEqual(
    delivery.log.map((attempt: Json) => [attempt.number, attempt.outcome, attempt.response.status]),
    [
      [1, 'failed', 500],
      [2, 'succeeded', 204],
    ],
  )
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.state, 'healthy')
})

test('after the last attempt the delivery has failed, and recover sends it again', async () => {
  const { receiver, webhook, publish } = await subscribed()
  const since = new Date(server.clock.now()).toISOString()
  receiver.answer(500)
  await publish()
  for (let attempt = 1; attempt <= 12; attempt++) {
    await server.deliver()
    server.clock.advance(dayMs * 1.2)
    // The receiver is left alone by the breaker and by being given up: this is about the schedule.
    await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
    await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  }
  assert.equal(receiver.received.length, 10)
  const [failed] = await deliveriesOf(webhook)
  assert.deepEqual([failed.status, failed.attempts, failed.next_attempt_at], ['failed', 10, null])

  receiver.answer(200)
  assert.deepEqual(await call('POST', `/webhooks/${webhook.id}/recover`, { since }), {
    ...notSent,
    resent: 1,
  })
  assert.deepEqual(await call('POST', `/webhooks/${webhook.id}/recover`, { since }), notSent)
  await server.deliver()
  const [again, original] = await deliveriesOf(webhook)
  assert.deepEqual([again.generation, again.status, original.resent_as], [2, 'delivered', again.id])
  assert.equal(again.message_id, original.message_id)
  assert.equal(receiver.received.at(-1)?.raw, receiver.received[0]?.raw)
})

test('a delivery is sent again on request: a finished one anew, a waiting one at once', async () => {
  const { receiver, webhook, publish } = await subscribed()
  await publish()
  await server.deliver()
  const [delivered] = await deliveriesOf(webhook)
  await call('POST', `/webhooks/${webhook.id}/rotate-secret`, {
    overlap_hours: 0,
    secret: 'another-secret-of-mine',
  })
  const again = await call('POST', `/deliveries/${delivered.id}/resend`)
  assert.deepEqual([again.generation, again.status], [2, 'pending'])
  assert.deepEqual(lastOf(delivered), [204, null, true])
  assert.deepEqual(lastOf(again), [null, null, false], 'nothing was attempted')
  receiver.answer(500)
  await server.deliver()
  const [failing, first] = await deliveriesOf(webhook)
  assert.deepEqual(
    [lastOf(failing), lastOf(first)],
    [
      [500, null, true],
      [204, null, true],
    ],
  )
  assert.deepEqual(lastOf(await call('GET', `/deliveries/${failing.id}`)), [500, null, true])
  const { health } = await call('GET', `/webhooks/${webhook.id}`)
  assert.deepEqual([health.state, health.consecutive_failures], ['healthy', 0], 'a resend does not count')
  const [, second] = receiver.received as [Received, Received]
  assert.equal(
    second.headers['x-webhook-signature'],
    createHmac('sha256', 'another-secret-of-mine').update(second.raw).digest('hex'),
  )

  const waiting = await call('POST', `/deliveries/${again.id}/resend`)
  assert.deepEqual([waiting.id, waiting.status], [again.id, 'pending'])
  receiver.answer(200)
  await server.deliver()
  assert.equal((await call('GET', `/deliveries/${again.id}`)).status, 'delivered')
})

test('a test is sent at once, also to a webhook that is paused, and answers what happened', async () => {
  const { receiver, webhook } = await subscribed()
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  receiver.answer((response) => response.writeHead(418, { 'x-kind': 'teapot' }).end('short and stout'))
  const tested = await call('POST', `/webhooks/${webhook.id}/test`)
  assert.deepEqual([tested.event_type, tested.status, tested.attempts], ['ping', 'failed', 1])
  assert.equal(tested.log[0].response.status, 418)
  assert.equal(tested.log[0].response.body, 'short and stout')
  assert.equal(tested.log[0].response.headers['x-kind'], 'teapot')
  assert.deepEqual(receiver.received[0]?.body.data, { id: webhook.id })
  const { health } = await call('GET', `/webhooks/${webhook.id}`)
  assert.equal(health.consecutive_failures, 0)

  receiver.answer(200)
  assert.equal((await call('POST', `/webhooks/${webhook.id}/test`)).status, 'delivered')
  for (let i = 0; i < 8; i++) await call('POST', `/webhooks/${webhook.id}/test`)
  const eleventh = await server.call('POST', `/api/v1/webhooks/${webhook.id}/test`, { key })
  assert.equal(eleventh.status, 429)
  assert.ok(Number(eleventh.headers.get('retry-after')) > 0)
})

test('a test that is asked for again under its key answers what it did, also when the webhook is gone', async () => {
  const receiver = await startReceiver()
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: ['user.created'] })
  const again = () =>
    server.call('POST', `/api/v1/webhooks/${webhook.id}/test`, {
      key,
      headers: { 'idempotency-key': 'tested-once' },
    })
  const first = await again()
  assert.equal(first.status, 200)
  await server.call('DELETE', `/api/v1/webhooks/${webhook.id}`, { key })
  const replayed = await again()
  assert.equal(replayed.status, 200, replayed.text)
  assert.deepEqual(replayed.body, first.body)
  assert.equal(replayed.headers.get('idempotency-replayed'), 'true')
  assert.equal(receiver.received.length, 1)
})

test("the owner's header fields are sent, and shown nowhere", async () => {
  const receiver = await startReceiver()
  const headers = { Authorization: 'Bearer of-the-receiver' }
  const webhook = await call('POST', '/webhooks', {
    url: receiver.url,
    events: ['document.created'],
    headers,
  })
  assert.deepEqual(webhook.header_names, ['Authorization'])
  const tested = await call('POST', `/webhooks/${webhook.id}/test`)
  assert.equal(receiver.received[0]?.headers.authorization, 'Bearer of-the-receiver')
  assert.equal(tested.log[0].request.headers.Authorization, '[hidden]')
  for (const path of [`/webhooks/${webhook.id}`, '/webhooks', `/deliveries/${tested.id}`, '/audit-log']) {
    const { text } = await server.call('GET', `/api/v1${path}`, { key })
    assert.ok(!text.includes('of-the-receiver') && !text.includes(webhook.secret), path)
  }
})

test('deliveries are kept for their time, and with them the events that they may send again', async () => {
  const { webhook, publish } = await subscribed()
  await publish()
  await server.deliver()
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  await publish()
  await server.deliver()
  server.clock.advance(29 * dayMs)
  await server.runTask('prune old deliveries')
  assert.equal((await deliveriesOf(webhook)).length, 2)
  server.clock.advance(2 * dayMs)
  await server.runTask('prune old events')
  const [delivery] = await deliveriesOf(webhook)
  await call('GET', `/events/${delivery.event_id}`)
  await server.runTask('prune old deliveries')
  assert.equal((await deliveriesOf(webhook)).length, 0, 'what waited that long for a paused webhook, too')
  await server.runTask('prune old events')
  const { status } = await server.call('GET', `/api/v1/events/${delivery.event_id}`, { key })
  assert.equal(status, 404)
})

test('a deleted webhook gets nothing more, and is forgotten with all that it had', async () => {
  const { receiver, webhook, publish } = await subscribed()
  await publish()
  await call('DELETE', `/webhooks/${webhook.id}`)
  await publish()
  await server.deliver()
  assert.equal(receiver.received.length, 0)
  server.clock.advance(2 * dayMs)
  await server.runTask('prune old deliveries')
  const { read } = server.context.database
  for (const table of ['webhooks', 'deliveries', 'webhook_secrets'] as const) {
    const column = table === 'webhooks' ? 'id' : 'webhook_id'
    const rows = await read
      .selectFrom(table)
      .selectAll()
      .where(column as 'id', '=', webhook.id)
      .execute()
    assert.deepEqual(rows, [], table)
  }
})

/** The response to the last attempt, why there was none, and whether its duration is known. */
function lastOf(delivery: Record<string, unknown>): unknown[] {
  const { last_response_status, last_error, last_duration_ms } = delivery
  return [last_response_status, last_error, typeof last_duration_ms === 'number']
}
