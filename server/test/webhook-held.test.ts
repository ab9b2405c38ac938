import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '../src/db/database.ts'
import { dayMs } from '../src/lib/timestamps.ts'
import { notSent, startWithWebhooks } from './delivering.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const { server, key, call, subscribed, deliveriesOf } = await startWithWebhooks()

/** Status and reason of each delivery, newest first, and the totals of the list by status. */
async function statesOf(webhook: { id: number }): Promise<unknown[]> {
  const deliveries = await deliveriesOf(webhook)
  for (const status of ['pending', 'held', 'delivered', 'discarded']) {
    const { data, meta } = await call('GET', `/webhooks/${webhook.id}/deliveries?status=${status}`)
    assert.equal(meta.total_count, deliveries.filter((one) => one.status === status).length, status)
    assert.equal(data.length, meta.total_count)
  }
  return deliveries.map(({ status, reason }) => [status, reason])
}

/** A webhook of a person with this role, for users and documents. */
async function ownedBy(role: 'developer' | 'editor' | 'normal') {
  const owner = await makePerson(server, role)
  const receiver = await startReceiver()
  const events = ['user.created', 'document.created']
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events, owner_id: owner.id })
  let number = 0
  const causeAll = async () => {
    const username = `seen-by-${owner.id}-${++number}`
    await call('POST', '/users', { username, email: `${username}@example.org`, password: 'correct horse' })
    await call('POST', '/documents', { title: 'A draft' })
    await call('POST', '/documents', { title: 'Published', status: 'published' })
  }
  return { owner, receiver, webhook, causeAll }
}

const received = ({ received }: { received: readonly { body: Json }[] }) =>
  received.map(({ body }) => `${body.event} ${body.data.title ?? ''}`.trim()).sort()

test('what waits for a paused webhook is held, and sent when it is resumed', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(500)
  await publish()
  await server.deliver()
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  await publish()
  await server.deliver()
  assert.deepEqual(await statesOf(webhook), [
    ['held', 'paused'],
    ['held', 'paused'],
  ])
  const [fresh, retried] = await deliveriesOf(webhook)
  assert.deepEqual([fresh.attempts, retried.attempts], [0, 1])
  assert.deepEqual([fresh.next_attempt_at, fresh.finished_at], [null, null])

  receiver.answer(204)
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  await server.deliver()
  assert.deepEqual(await statesOf(webhook), [
    ['delivered', null],
    ['delivered', null],
  ])
})

test('what waits for a disabled webhook is held, whatever it waited for', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(500)
  await publish()
  await server.deliver()
  receiver.answer(410)
  await publish()
  await server.deliver()
  assert.deepEqual(await statesOf(webhook), [
    ['failed', null],
    ['held', 'disabled'],
  ])
})

test('an event type that was unsubscribed is not sent any more, and not again before it is subscribed to', async () => {
  const receiver = await startReceiver(500)
  const all = ['document.created', 'document.published']
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: all })
  const path = `/webhooks/${webhook.id}`
  const since = new Date(server.clock.now()).toISOString()
  await call('POST', '/documents', { title: 'Unwanted' })
  await server.deliver()
  await call('PATCH', path, { status: 'paused' })
  await call('POST', '/documents', { title: 'Unwanted, too' })
  await server.deliver()
  await call('PATCH', path, { events: ['document.published'] })
  await server.deliver()
  const discarded = ['discarded', 'unsubscribed']
  assert.deepEqual(await statesOf(webhook), [discarded, discarded], 'held or waiting for a retry')
  receiver.answer(204)
  await call('PATCH', path, { status: 'active' })
  server.clock.advance(dayMs)
  await server.deliver()
  assert.equal(receiver.received.length, 1)

  const [delivery] = await deliveriesOf(webhook)
  assert.notEqual(delivery.finished_at, null)
  const resend = `/api/v1/deliveries/${delivery.id}/resend`
  assertRefused(await server.call('POST', resend, { key }), 409, /does not subscribe to document\.created/)
  assert.deepEqual(await call('POST', `${path}/recover`, { since }), notSent)
  await call('PATCH', path, { events: all })
  assert.equal((await call('POST', `/deliveries/${delivery.id}/resend`)).generation, 2)
  await server.deliver()
  assert.deepEqual(received({ received: receiver.received.slice(1) }), ['document.created Unwanted, too'])
})

test('a failed delivery of an unsubscribed type is not recovered', async () => {
  const receiver = await startReceiver(500)
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: ['document.created'] })
  const since = new Date(server.clock.now()).toISOString()
  await call('POST', '/documents', { title: 'Failed' })
  const { database } = server.context
  await server.deliver()
  await database.write(({ db }) =>
    db
      .updateTable('deliveries')
      .set({ status: 'failed', next_attempt_at: null, finished_at: since })
      .where('webhook_id', '=', webhook.id)
      .execute(),
  )
  await call('PATCH', `/webhooks/${webhook.id}`, { events: ['user.created'] })
  const recover = () => call('POST', `/webhooks/${webhook.id}/recover`, { since })
  assert.deepEqual(await recover(), notSent)
  await call('PATCH', `/webhooks/${webhook.id}`, { events: ['document.created'] })
  assert.deepEqual(await recover(), { ...notSent, resent: 1 })
  await database.write(async (trx) => {
    // The counters did not see the change that this test made by hand.
    for (const part of ['', ':event_type=document.created']) {
      trx.count(`deliveries/${webhook.id}${part}${part ? '&' : ':'}status=failed`, 1)
      trx.count(`deliveries/${webhook.id}${part}${part ? '&' : ':'}status=pending`, -1)
    }
  })
})

test('events follow what the owner may read when they are sent, and are sent when the right returns', async () => {
  const { owner, receiver, webhook, causeAll } = await ownedBy('developer')
  const everything = ['document.created A draft', 'document.created Published', 'user.created']
  await causeAll()
  await call('PATCH', `/users/${owner.id}`, { role: 'normal' })
  await server.deliver()
  assert.deepEqual(received(receiver), ['document.created Published'])
  assert.deepEqual(await statesOf(webhook), [
    ['delivered', null],
    ['held', 'owner_out_of_reach'],
    ['held', 'owner_lacks_scope'],
  ])
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.state, 'held')

  await call('PATCH', `/users/${owner.id}`, { role: 'editor' })
  await server.deliver()
  assert.deepEqual(received(receiver), everything)
  await call('PATCH', `/users/${owner.id}`, { status: 'suspended' })
  await causeAll()
  await server.deliver()
  const held = ['held', 'owner_inactive']
  assert.deepEqual((await statesOf(webhook)).slice(0, 3), [held, held, held])
  await call('PATCH', `/users/${owner.id}`, { status: 'active', role: 'normal' })
  await server.deliver()
  await call('PATCH', `/users/${owner.id}`, { role: 'admin' })
  await server.deliver()
  assert.deepEqual(received(receiver), [...everything, ...everything].sort())
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.state, 'healthy')
})

test('a right that was taken away in another process is gone here, and one that returned is back', async () => {
  const beside = await startServer({ beside: server })
  const { owner, receiver, webhook, causeAll } = await ownedBy('developer')
  const change = (json: object) => beside.call('PATCH', `/api/v1/users/${owner.id}`, { key, json })
  await causeAll()
  await change({ role: 'normal' })
  await server.deliver()
  assert.deepEqual(received(receiver), ['document.created Published'])
  await change({ role: 'developer' })
  await server.deliver()
  assert.equal(receiver.received.length, 3)
  assert.deepEqual(new Set((await statesOf(webhook)).map(String)), new Set(['delivered,']))
  await beside.stop()
})

test('a right that comes and goes between two looks releases what was held in between', async () => {
  const { owner, receiver, causeAll } = await ownedBy('developer')
  await server.deliver()
  await causeAll()
  await call('PATCH', `/users/${owner.id}`, { role: 'normal' })
  await server.deliver()
  await call('PATCH', `/users/${owner.id}`, { role: 'developer' })
  await server.deliver()
  assert.equal(receiver.received.length, 3)
})

test('a webhook that is handed over follows the rights of its new owner', async () => {
  const heir = await makePerson(server, 'developer')
  const { receiver, webhook, causeAll } = await ownedBy('normal')
  await causeAll()
  await server.deliver()
  assert.equal(receiver.received.length, 1)
  await call('PATCH', `/webhooks/${webhook.id}`, { owner_id: heir.id })
  await server.deliver()
  assert.equal(receiver.received.length, 3)
})

test('a webhook that changes while an attempt is under way gets no further one', async () => {
  const receiver = await startReceiver()
  const events = ['document.created', 'document.published']
  for (const [change, expected] of [
    [{ status: 'paused' }, ['held', 'paused']],
    [{ events: ['document.published'] }, ['discarded', 'unsubscribed']],
  ] as const) {
    const webhook = await call('POST', '/webhooks', { url: receiver.url, events })
    receiver.answer((response) => {
      void call('PATCH', `/webhooks/${webhook.id}`, change).then(() => response.writeHead(500).end())
    })
    await call('POST', '/documents', { title: 'Under way' })
    await server.deliver()
    assert.deepEqual(await statesOf(webhook), [expected])
    await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  }
})

test('a delivery that waits is cancelled, one that is under way or over is not', async () => {
  const { receiver, webhook, publish } = await subscribed()
  const cancel = (id: number) => server.call('POST', `/api/v1/deliveries/${id}/cancel`, { key })
  receiver.answer(500)
  await publish()
  await server.deliver()
  const [pending] = await deliveriesOf(webhook)
  const cancelled = await cancel(pending.id)
  assert.deepEqual(
    [cancelled.status, cancelled.body.status, cancelled.body.reason],
    [200, 'discarded', 'cancelled'],
  )
  assert.deepEqual((await cancel(pending.id)).body, cancelled.body, 'once more changes nothing')
  server.clock.advance(dayMs)
  await server.deliver()
  assert.equal(receiver.received.length, 1)

  const refusals: Json[] = []
  receiver.answer((response) => {
    const end = async () => {
      const [sending] = await deliveriesOf(webhook)
      refusals.push(await cancel(sending.id))
      response.writeHead(204).end()
    }
    void end()
  })
  await publish()
  await server.deliver()
  assertRefused(refusals[0], 409, /being attempted at this moment/)
  const [delivered] = await deliveriesOf(webhook)
  assertRefused(await cancel(delivered.id), 409, /has ended as delivered/)
  assertRefused(await cancel(999_999), 404, /no delivery/)

  receiver.answer(204)
  assert.equal((await call('POST', `/deliveries/${pending.id}/resend`)).status, 'pending')
  await server.deliver()
  assert.equal(receiver.received.length, 3, 'a cancelled one can be resent')
})

test('what was held for the whole retention is removed, and counted', async () => {
  const { webhook, publish } = await subscribed()
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  await publish()
  await server.deliver()
  const removed = async () => {
    const { text } = await server.call('GET', '/metrics', { key })
    return Number(/^comserv_webhook_held_removed_total (\d+)$/m.exec(text)?.[1])
  }
  const before = await removed()
  const held = (db: Db) => db.selectFrom('deliveries').select('id').where('status', '=', 'held').execute()
  const all = await held(server.context.database.read)
  server.clock.advance(31 * dayMs)
  await server.runTask('prune old deliveries')
  assert.deepEqual(await statesOf(webhook), [])
  assert.equal(await removed(), before + all.length)
})

test('more deliveries than one transaction moves are all held, and all released', async () => {
  const { receiver, webhook } = await subscribed()
  await call('PATCH', `/webhooks/${webhook.id}`, { events: ['document.created'], concurrency: 32 })
  const items = Array.from({ length: 100 }, (_, i) => ({
    action: 'create',
    data: { title: `Document ${i}` },
  }))
  for (let i = 0; i < 6; i++) await call('POST', '/documents/batch', { items })
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused' })
  await server.deliver()
  const total = async (status: string) =>
    (await call('GET', `/webhooks/${webhook.id}/deliveries?status=${status}&limit=1`)).meta.total_count
  assert.deepEqual([await total('held'), await total('pending')], [600, 0])
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  await server.deliver()
  assert.deepEqual([await total('held'), await total('delivered')], [0, 600])
  assert.equal(receiver.received.length, 600)
})

test('the response of a receiver is hidden from those who may not read the event that it may have sent back', async () => {
  const receiver = await startReceiver((response, { raw }) => response.setHeader('x-echo', 'yes').end(raw))
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: ['document.created'] })
  await call('POST', '/documents', { title: 'Something confidential' })
  await server.deliver()
  const [delivery] = await deliveriesOf(webhook)
  const { secret } = await server.credential('webhooks:read')
  const blind = await server.call('GET', `/api/v1/deliveries/${delivery.id}`, { key: secret })
  const [{ response }] = blind.body.log
  assert.deepEqual(response, { status: 200, headers: {}, body: '[hidden]', body_truncated: false })
  const { secret: reader } = await server.credential('webhooks:read documents:read')
  const seen = await server.call('GET', `/api/v1/deliveries/${delivery.id}`, { key: reader })
  assert.match(seen.body.log[0].response.body, /Something confidential/)
  assert.notEqual(seen.headers.get('etag'), blind.headers.get('etag'))
})
