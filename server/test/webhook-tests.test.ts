import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { notSent } from './delivering.ts'
import { startServer } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const call = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })
const receiver = await startReceiver()
const { body: webhook } = await call('POST', '/webhooks', { url: receiver.url, events: ['document.created'] })
const { body: types } = await call('GET', '/event-types')

test('a test of each event type sends its documented sample, marked and signed, and is no event', async () => {
  await server.newEvents()
  for (const { name, example } of types.data) {
    server.clock.advance(60_000)
    const { status, body, text } = await call('POST', `/webhooks/${webhook.id}/test`, { event_type: name })
    assert.equal(status, 200, text)
    assert.deepEqual(
      [body.status, body.event_type, body.test, body.resource],
      ['delivered', name, true, null],
    )
    const sent = receiver.received.at(-1)
    assert.ok(sent)
    const { event, data, test: isTest } = JSON.parse(String(sent.raw))
    assert.equal(event, name)
    assert.deepEqual(isTest, name === 'ping' ? undefined : true)
    assert.deepEqual(data, name === 'ping' ? { id: webhook.id } : example.data)
    assert.deepEqual([sent.headers['x-webhook-test'], sent.headers['x-webhook-event']], ['true', name])
    assert.equal(
      sent.headers['x-webhook-signature'],
      createHmac('sha256', webhook.secret).update(sent.raw).digest('hex'),
    )
    const { body: event_ } = await call('GET', `/events/${body.event_id}`)
    assert.deepEqual(
      [event_.type, event_.payload.event, event_.payload.data],
      ['ping', 'ping', { id: webhook.id }],
    )
  }
  assert.deepEqual([...new Set(await server.newEvents())], ['ping'])
})

test('a delivery that is no test says so, to the receiver, too', async () => {
  await call('POST', '/documents', { title: 'Real' })
  await server.deliver()
  const sent = receiver.received.at(-1)
  assert.equal(sent?.headers['x-webhook-test'], undefined)
  const { body } = await call('GET', `/webhooks/${webhook.id}/deliveries?limit=1`)
  assert.equal(body.data[0].test, false)
})

test('a test that fails is not retried, not recovered, and not held against the webhook', async () => {
  server.clock.advance(60_000)
  const since = new Date(server.clock.now()).toISOString()
  receiver.answer(500)
  const { body } = await call('POST', `/webhooks/${webhook.id}/test`, { event_type: 'document.created' })
  assert.deepEqual([body.status, body.waiting_for, body.log.length], ['failed', null, 1])
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).body.health.consecutive_failures, 0)
  const recovered = await call('POST', `/webhooks/${webhook.id}/recover`, { since })
  assert.deepEqual(recovered.body, notSent)

  receiver.answer(204)
  const again = await call('POST', `/deliveries/${body.id}/resend`)
  assert.equal(again.body.test, true)
  await server.deliver()
  assert.equal(receiver.received.at(-1)?.headers['x-webhook-test'], 'true')
  assert.equal((await call('GET', `/deliveries/${again.body.id}`)).body.status, 'delivered')
})

test('an unknown event type is refused, and nothing is sent', async () => {
  const before = receiver.received.length
  const answer = await call('POST', `/webhooks/${webhook.id}/test`, { event_type: 'document.eaten' })
  assertRefused(answer, 400, /^The 'event_type' field must be one of/)
  assert.equal(receiver.received.length, before)
})

test('a webhook whose test failed says so until something is delivered, or it gets another URL', async () => {
  const tried = await startReceiver(500)
  const { body: own } = await call('POST', '/webhooks', { url: tried.url, events: ['document.created'] })
  const state = async () => (await call('GET', `/webhooks/${own.id}`)).body.health.state
  const failedAt = async () => (await call('GET', `/webhooks/${own.id}`)).body.health.last_test_failed_at
  const sendTest = async () => (await call('POST', `/webhooks/${own.id}/test`)).body.status
  assert.deepEqual([await state(), await failedAt()], ['untested', null])
  assert.deepEqual([await sendTest(), await state()], ['failed', 'failing'])
  assert.notEqual(await failedAt(), null)
  const { body: list } = await call('GET', `/webhooks?q=${new URL(tried.url).port}`)
  assert.deepEqual(
    list.data.map(({ id, health }: { id: number; health: { state: string } }) => [id, health.state]),
    [[own.id, 'failing']],
  )
  await call('PATCH', `/webhooks/${own.id}`, { url: `${tried.url}/other` })
  assert.equal(await state(), 'untested', 'nothing was sent to this URL yet')
  assert.deepEqual([await sendTest(), await state()], ['failed', 'failing'])
  tried.answer(204)
  assert.deepEqual([await sendTest(), await state()], ['delivered', 'healthy'])
  tried.answer(500)
  assert.deepEqual([await sendTest(), await state()], ['failed', 'failing'])
  tried.answer(204)
  await call('POST', '/documents', { title: 'Delivered' })
  await server.deliver()
  assert.deepEqual([await state(), await failedAt()], ['healthy', null])
})
