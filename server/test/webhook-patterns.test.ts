import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resubscribe } from '../src/webhooks/resubscribe.ts'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const { server, key, call } = await startWithWebhooks()

async function subscribedTo(events: string[], more: Json = {}) {
  const receiver = await startReceiver()
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events, ...more })
  const types = () => receiver.received.map(({ body }) => body.event)
  return { receiver, webhook, path: `/webhooks/${webhook.id}`, types }
}

let people = 0
async function causeAll(): Promise<void> {
  const { id } = await call('POST', '/documents', { title: 'Draft' })
  await call('PATCH', `/documents/${id}`, { title: 'Published', status: 'published' })
  people++
  const person = { username: `person${people}`, email: `person${people}@example.com`, role: 'normal' }
  await call('POST', '/users', { ...person, password: 'a long enough password' })
  await server.deliver()
}
const ofDocuments = ['document.created', 'document.updated', 'document.published']

test('a pattern stands for all events about one kind of record, and an asterisk for all', async () => {
  const [documents, all, mixed] = [
    await subscribedTo(['document.*']),
    await subscribedTo(['*']),
    await subscribedTo(['document.*', 'document.created', 'user.created']),
  ]
  assert.deepEqual(documents.webhook.events, ['document.*'])
  await causeAll()
  assert.deepEqual(documents.types().toSorted(), ofDocuments.toSorted())
  for (const { types } of [all, mixed])
    assert.deepEqual(types().toSorted(), [...ofDocuments, 'user.created'].toSorted(), 'each once')
  const { data } = await call('GET', '/webhooks?event_type=document.deleted')
  assert.deepEqual(
    data.map(({ id }: Json) => id).toSorted(),
    [documents, all, mixed].map(({ webhook }) => webhook.id).toSorted(),
  )
})

test('what waits is discarded when the pattern does not include it any more, and may be resent while it does', async () => {
  const { webhook, path, receiver, types } = await subscribedTo(['*'])
  receiver.answer(500)
  await causeAll()
  receiver.answer(204)
  await call('PATCH', path, { events: ['user.*'] })
  await server.deliver()
  const { data } = await call('GET', `${path}/deliveries`)
  const states = Object.fromEntries(data.map(({ event_type, reason }: Json) => [event_type, reason]))
  assert.deepEqual(states, {
    ...Object.fromEntries(ofDocuments.map((name) => [name, 'unsubscribed'])),
    'user.created': null,
  })
  const discarded = data.find(({ event_type }: Json) => event_type === 'document.created')
  assertRefused(
    await server.call('POST', `/api/v1/deliveries/${discarded.id}/resend`, { key }),
    409,
    /does not subscribe to document\.created/,
  )
  await call('PATCH', path, { events: ['document.*'] })
  await call('POST', `/deliveries/${discarded.id}/resend`)
  await server.deliver()
  assert.equal(types().at(-1), 'document.created')
  assert.equal((await call('GET', path)).id, webhook.id)
})

test('a pattern takes the scopes of every event type in it', async () => {
  const { secret } = await server.credential('documents:read webhooks:write webhooks:read')
  const receiver = await startReceiver()
  const create = (events: string[]) =>
    server.call('POST', '/api/v1/webhooks', { key: secret, json: { url: receiver.url, events } })
  assertRefused(await create(['*']), 403, /users:read/)
  assert.equal((await create(['document.*', 'category.*'])).status, 201)
  for (const wrong of ['doc*', 'document.', '*.created', 'credential.*', 'ping'])
    assert.equal((await create([wrong])).status, 400, wrong)
  await causeAll()
  assert.deepEqual(receiver.received.map(({ body }) => body.event).toSorted(), ofDocuments.toSorted())
})

test('a version with other event types subscribes the webhooks to them whose patterns include them', async () => {
  const { webhook, types } = await subscribedTo(['document.*'])
  const named = await subscribedTo(['document.created'])
  const { database } = server.context
  // As an earlier version has left it, which had no drafts, and an event type that is gone.
  await database.write(async ({ db }) => {
    const own = db.updateTable('webhook_subscriptions').where('webhook_id', '=', webhook.id)
    await own.set({ event_type: 'document.gone' }).where('event_type', '=', 'document.created').execute()
  })
  await resubscribe(server.context)
  const rows = await database.read
    .selectFrom('webhook_subscriptions')
    .select(['webhook_id', 'event_type'])
    .where('webhook_id', 'in', [webhook.id, named.webhook.id])
    .execute()
  const of = (id: number) =>
    rows.flatMap(({ webhook_id, event_type }) => (webhook_id === id ? [event_type] : [])).toSorted()
  assert.deepEqual(of(webhook.id), [...ofDocuments, 'document.deleted'].toSorted())
  assert.deepEqual(of(named.webhook.id), ['document.created'])
  await causeAll()
  assert.deepEqual(types().toSorted(), ofDocuments.toSorted())
})
