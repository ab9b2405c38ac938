import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { type Received, startReceiver } from './receiver.ts'
import { until } from './until.ts'

const { server, key, call, deliveriesOf } = await startWithWebhooks()

async function subscribed(
  more: Json,
  events = ['document.created', 'document.updated', 'document.published'],
) {
  const receiver = await startReceiver()
  const webhook: Json = await call('POST', '/webhooks', { url: receiver.url, events, ...more })
  return { receiver, webhook }
}

async function created(json: Json): Promise<Json> {
  const document = await call('POST', '/documents', { title: 'Travel', ...json })
  await server.deliver()
  return document
}

/** On PostgreSQL, the log shows an event once the changes that were under way beside it have ended. */
async function logged({ id }: Json): Promise<Json> {
  return until('the event in the log', async () => {
    const { data } = await call('GET', '/events?sort=-log&type=document.created&limit=1')
    return data[0]?.resource_id === id ? data[0] : undefined
  })
}

async function refusal(json: Json, method = 'POST', path = '/webhooks'): Promise<string> {
  const base = method === 'POST' ? { url: 'https://example.com/', events: ['document.created'] } : {}
  const { status, body } = await server.call(method, `/api/v1${path}`, { key, json: { ...base, ...json } })
  assert.equal(status, 400, JSON.stringify(body))
  return body.error.details
}

const titles = (received: readonly Received[]) => received.map(({ body }) => body.data.title)

test('a filter decides which events are sent; the others are discarded without an attempt', async () => {
  const { receiver, webhook } = await subscribed({ filter: 'data.category == "policies"' })
  await created({ title: 'Rules', category: 'policies' })
  await created({ title: 'Menu', category: 'lunch' })
  await created({ title: 'None' })
  assert.deepEqual(titles(receiver.received), ['Rules'])
  const rows = await deliveriesOf(webhook)
  assert.deepEqual(
    rows.map(({ status, reason, attempts }) => [status, reason, attempts]),
    [
      ['discarded', 'filtered', 0],
      ['discarded', 'filtered', 0],
      ['delivered', null, 1],
    ],
  )
  const { log } = await call('GET', `/deliveries/${rows[0]?.id}`)
  assert.deepEqual(log, [])
  const { health } = await call('GET', `/webhooks/${webhook.id}`)
  assert.deepEqual([health.state, health.consecutive_failures], ['healthy', 0])
})

test('a transform replaces the body, and the signature is over what is sent', async () => {
  const transform = '{ "text": data.title & " was created", "id": data.id }'
  const { receiver, webhook } = await subscribed({
    transform,
    secret: 'a secret of sixteen'.replaceAll(' ', '-'),
  })
  assert.equal(webhook.transform, transform)
  const { id } = await created({})
  const [sent] = receiver.received
  assert.deepEqual(sent?.body, { text: 'Travel was created', id })
  const { createHmac } = await import('node:crypto')
  const signature = createHmac('sha256', 'a-secret-of-sixteen')
    .update(sent?.raw ?? '')
    .digest('hex')
  assert.ok(String(sent?.headers['x-webhook-signature']).includes(signature))
})

test('in a CloudEvent, the transform gives the data', async () => {
  const { receiver } = await subscribed({ format: 'cloudevents', transform: '{ "name": data.title }' })
  await created({})
  const { body } = receiver.received[0] as Received
  assert.deepEqual([body.specversion, body.type, body.data], ['1.0', 'document.created', { name: 'Travel' }])
})

test('a filter sees previous values where the webhook asks for them, and may read them', async () => {
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  const filter = 'event == "document.updated" && has(previous.title)'
  const asking = await subscribed({ filter, include_previous: true })
  const narrow = await subscribed({ filter, include_previous: true, rules })
  const plain = await subscribed({ filter })
  const change = async (before: Json, patch: Json) => {
    const { id } = await created(before)
    await call('PATCH', `/documents/${id}`, patch)
    await server.deliver()
  }
  await change({ category: 'reports' }, { title: 'Seen' })
  await change({ category: 'secrets' }, { title: 'Unseen before', category: 'reports' })
  await change({ category: 'reports' }, { content: 'Only text' })
  assert.deepEqual(titles(asking.receiver.received), ['Seen', 'Unseen before'])
  assert.deepEqual(titles(narrow.receiver.received), ['Seen'])
  assert.deepEqual(titles(plain.receiver.received), [])
})

test('an expression that fails loses nothing: the delivery is retried, and a change of it helps', async () => {
  const { receiver, webhook } = await subscribed({ transform: '{ "n": $number(data.title) }' })
  await created({ title: 'Travel' })
  const [waiting] = await deliveriesOf(webhook)
  assert.deepEqual([waiting?.status, waiting?.last_error], ['pending', 'transform_failed'])
  const failing = await call('GET', `/webhooks/${webhook.id}`)
  assert.deepEqual([failing.health.state, failing.health.circuit], ['failing', 'closed'])
  await call('PATCH', `/webhooks/${webhook.id}`, { transform: '{ "title": data.title }' })
  await call('POST', `/deliveries/${waiting?.id}/resend`)
  await server.deliver()
  assert.deepEqual(
    receiver.received.map(({ body }) => body),
    [{ title: 'Travel' }],
  )
})

test('a filter that never ends is ended, is no success, and holds up nobody else', async () => {
  const hostile = await subscribed({ filter: 'data.title.matches("^(a+)+$")' })
  const plain = await subscribed({ filter: 'data.title.startsWith("aaa")' })
  await created({ title: `${'a'.repeat(60)}!` })
  assert.equal(plain.receiver.received.length, 1)
  assert.equal(hostile.receiver.received.length, 0)
  const [row] = await deliveriesOf(hostile.webhook)
  assert.deepEqual([row?.status, row?.last_error], ['pending', 'filter_too_long'])
})

test('a filtered event does not hold up later ones about the same record', async () => {
  const { receiver } = await subscribed({ ordering: 'resource', filter: 'data.title != "Second"' })
  const { id } = await call('POST', '/documents', { title: 'First' })
  await call('PATCH', `/documents/${id}`, { title: 'Second' })
  await call('PATCH', `/documents/${id}`, { title: 'Third' })
  await server.deliver()
  assert.deepEqual(titles(receiver.received), ['First', 'Third'])
})

test('a test is transformed, and not filtered; a resend asks the filter of now', async () => {
  const { receiver, webhook } = await subscribed({
    filter: 'data.category == "policies"',
    transform: '{ "category": data.category, "test": test }',
  })
  await call('POST', `/webhooks/${webhook.id}/test`, { event_type: 'document.created' })
  assert.equal(receiver.received[0]?.body.test, true)
  await created({ category: 'policies' })
  const [sent] = await deliveriesOf(webhook)
  await call('PATCH', `/webhooks/${webhook.id}`, { filter: 'data.category == "lunch"' })
  await call('POST', `/deliveries/${sent?.id}/resend`)
  await server.deliver()
  assert.deepEqual(receiver.received.length, 2)
  const [again] = await deliveriesOf(webhook)
  assert.deepEqual([again?.status, again?.reason], ['discarded', 'filtered'])
})

test('expressions that cannot work are refused with what is wrong, and where', async () => {
  assert.match(
    await refusal({ filter: 'data.titel == "a"' }),
    /^The 'filter' field names data\.titel, which none of these events has/,
  )
  assert.match(
    await refusal({ filter: 'data.title ==' }),
    /^The 'filter' field is refused: .*line 1, column 14/,
  )
  assert.match(await refusal({ transform: '{ "a": ' }), /^The 'transform' field is refused: .*line 1/)
  const { webhook } = await subscribed({ filter: 'data.title == "a"' })
  assert.match(await refusal({ filter: 'foo' }, 'PATCH', `/webhooks/${webhook.id}`), /Unknown variable: foo/)
  const cleared = await call('PATCH', `/webhooks/${webhook.id}`, { filter: null, transform: '{}' })
  assert.deepEqual([cleared.filter, cleared.transform], [null, '{}'])
})

test('a preview shows what would be sent of a real event, and sends nothing', async () => {
  const { resource_id: id } = await logged(await created({ title: 'Preview', category: 'policies' }))
  const preview = (json: Json) => call('POST', '/webhooks/preview', json)
  const transform = '{ "text": data.title }'
  const newest = await preview({
    event_type: 'document.created',
    filter: 'data.category == "policies"',
    transform,
  })
  assert.deepEqual([newest.outcome, newest.body, newest.event.data.id], ['sent', '{"text":"Preview"}', id])
  assert.equal(newest.content_type, 'application/json')
  const byId = { event_id: newest.event_id }
  assert.equal((await preview({ ...byId, filter: 'data.category == "lunch"' })).outcome, 'filtered')
  const failed = await preview({ ...byId, transform: '$number(data.title)' })
  assert.deepEqual([failed.outcome, failed.body], ['failed', null])
  assert.match(failed.error, /^The transform failed\. .*line 1, column 2/)
  const cloud = JSON.parse((await preview({ ...byId, format: 'cloudevents', transform })).body)
  assert.deepEqual([cloud.type, cloud.data], ['document.created', { text: 'Preview' }])
  const sample = await preview({ event_type: 'document.deleted' })
  assert.deepEqual([sample.event_id, JSON.parse(sample.body).event], [null, 'document.deleted'])
})

test('a preview shows only events that the caller may read', async () => {
  const { resource_id: id } = await logged(await created({ title: 'Hidden', category: 'secrets' }))
  const { event_id } = await call('POST', '/webhooks/preview', { event_type: 'document.created' })
  const ask = async (scopes: string, json: Json, more: Json = {}) => {
    const { secret } = await server.credential(scopes, more)
    return server.call('POST', '/api/v1/webhooks/preview', { key: secret, json })
  }
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  const all = 'webhooks:write documents:read events:read'
  assert.equal((await ask(all, { event_id })).body.event.data.id, id)
  assert.equal((await ask(all, { event_id }, { rules })).status, 404)
  const newest = await ask(all, { event_type: 'document.created' }, { rules })
  assert.notEqual(newest.body.event.data.id, id)
  assert.equal((await ask('webhooks:write documents:read', { event_id })).status, 403)
  const blind = await ask('webhooks:write documents:read', { event_type: 'document.created' })
  assert.equal(blind.body.event_id, null)
  assert.equal((await ask('webhooks:write events:read', { event_type: 'document.created' })).status, 403)
})
