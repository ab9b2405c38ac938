import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../src/lib/timestamps.ts'
import { notSent, startWithWebhooks } from './delivering.ts'
import { startReceiver } from './receiver.ts'

const { server, key, call, subscribed, deliveriesOf } = await startWithWebhooks()
const password = 'correct horse battery'

test('five failures in a row open the circuit, one probe at a time tests it, and a success lets everything through', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(503)
  for (let i = 0; i < 8; i++) await publish()
  await server.deliver()
  const opened = await call('GET', `/webhooks/${webhook.id}`)
  assert.equal(opened.health.circuit, 'open')
  const sentBefore = receiver.received.length
  assert.ok(sentBefore >= 5 && sentBefore <= 8, String(sentBefore))
  const waited = (await deliveriesOf(webhook)).map(({ attempts }) => attempts)

  await server.deliver()
  assert.equal(receiver.received.length, sentBefore, 'nothing is sent while it is open')
  server.clock.advance(31_000)
  await server.deliver()
  assert.equal(receiver.received.length, sentBefore + 1, 'one probe')
  const reopened = await call('GET', `/webhooks/${webhook.id}`)
  assert.equal(reopened.health.circuit, 'open')
  const pauseMs = Date.parse(reopened.health.circuit_open_until) - server.clock.now()
  assert.ok(pauseMs > 55_000 && pauseMs <= 60_000, `the pause has doubled: ${pauseMs}`)
  const attemptsNow = (await deliveriesOf(webhook)).map(({ attempts }) => attempts)
  assert.equal(sum(attemptsNow), sum(waited) + 1, 'to wait behind the circuit uses up no attempt')

  receiver.answer(200)
  server.clock.advance(3_600_000)
  await server.deliver()
  assert.ok((await deliveriesOf(webhook)).every(({ status }) => status === 'delivered'))
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.circuit, 'closed')
})

test('a receiver that answers 410 is disabled, keeps what waits, and gets it when it is set to work again', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(410)
  await publish()
  await server.deliver()
  const disabled = await call('GET', `/webhooks/${webhook.id}`)
  assert.deepEqual([disabled.status, disabled.disabled_reason], ['disabled', 'gone'])
  assert.equal(disabled.health.needs_attention, true)
  await publish()
  await server.deliver()
  assert.equal(receiver.received.length, 1)
  const audited = await call('GET', '/audit-log?action=webhook.disable&limit=1')
  assert.equal(audited.data[0].target.id, webhook.id)

  receiver.answer(200)
  const { status } = await server.call('POST', `/api/v1/webhooks/${webhook.id}/recover`, {
    key,
    json: { since: '2020-01-01T00:00:00Z' },
  })
  assert.equal(status, 409)
  const active = await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  assert.deepEqual([active.status, active.disabled_reason], ['active', null])
  await server.deliver()
  assert.deepEqual(
    (await deliveriesOf(webhook)).map((delivery) => delivery.status),
    ['delivered', 'failed'],
  )
})

test('a receiver that fails for five days is disabled, with a warning after one', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(500)
  const health = async () => (await call('GET', `/webhooks/${webhook.id}`)).health
  for (let half = 0; half < 12; half++) {
    await publish()
    await server.deliver()
    const { needs_attention, disables_at, failing_since } = await health()
    assert.equal(needs_attention, half >= 2, `after ${half / 2} days`)
    const isActive = (await call('GET', `/webhooks/${webhook.id}`)).status === 'active'
    const atMs = isActive ? Date.parse(failing_since) + 5 * dayMs : null
    assert.equal(disables_at && Date.parse(disables_at), atMs)
    if (half < 10) assert.ok(isActive)
    server.clock.advance(dayMs / 2)
  }
  const given = await call('GET', `/webhooks/${webhook.id}`)
  assert.deepEqual([given.status, given.disabled_reason], ['disabled', 'failing'])
})

test('what waits for a further attempt is sent at once when the webhook is resumed, and by recover', async () => {
  const { receiver, webhook, publish } = await subscribed()
  const since = new Date(server.clock.now()).toISOString()
  receiver.answer(500)
  await publish()
  await server.deliver()
  await call('POST', `/webhooks/${webhook.id}/test`)
  receiver.answer(200)
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  await server.deliver()
  assert.equal(receiver.received.length, 3)

  receiver.answer(500)
  await publish()
  await server.deliver()
  receiver.answer(200)
  const recovered = await call('POST', `/webhooks/${webhook.id}/recover`, { since })
  assert.deepEqual(recovered, { ...notSent, hastened: 1 }, 'a test that failed is left alone')
  await server.deliver()
  assert.equal(receiver.received.at(-1)?.headers['x-webhook-attempt'], '2')
})

test('a rate limit of the webhook holds back what is too much, and loses none of it', async () => {
  const receiver = await startReceiver()
  const webhook = await call('POST', '/webhooks', {
    url: receiver.url,
    events: ['document.created'],
    rate_limit_per_minute: 60,
  })
  for (let i = 0; i < 3; i++) await call('POST', '/documents', { title: `Limited ${i}` })
  await server.deliver()
  assert.equal(receiver.received.length, 1)
  server.clock.advance(1_000)
  await server.deliver()
  assert.equal(receiver.received.length, 2)
  server.clock.advance(1_000)
  await server.deliver()
  assert.equal(receiver.received.length, 3)
  assert.ok((await deliveriesOf(webhook)).every(({ attempts }) => attempts === 1))
})

test('nothing is sent to a webhook whose owner is suspended, and all of it when the owner is back', async () => {
  const receiver = await startReceiver()
  const owner = await call('POST', '/users', { username: 'leaver', email: 'leaver@example.org', password })
  const webhook = await call('POST', '/webhooks', {
    url: receiver.url,
    events: ['document.created'],
    owner_id: owner.id,
  })
  await call('PATCH', `/users/${owner.id}`, { status: 'suspended' })
  await call('POST', '/documents', { title: 'Held', status: 'published' })
  await server.deliver()
  assert.equal(receiver.received.length, 0)
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.state, 'held')
  await call('PATCH', `/users/${owner.id}`, { status: 'active' })
  await server.deliver()
  assert.equal(receiver.received.length, 1)
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
