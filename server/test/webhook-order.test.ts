import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { claimDue } from '../src/sending/claim.ts'
import { startWithWebhooks } from './delivering.ts'
import { type Json, startServer } from './harness.ts'
import { type Received, startReceiver } from './receiver.ts'

const { server, key, call, deliveriesOf } = await startWithWebhooks()
const beside = await startServer({ beside: server })
const events = ['document.created', 'document.updated', 'document.deleted']

async function ordered(more: Json = {}) {
  const receiver = await startReceiver()
  const webhook = await call('POST', '/webhooks', {
    url: receiver.url,
    events,
    ordering: 'resource',
    ...more,
  })
  return { receiver, webhook, path: `/webhooks/${webhook.id}` }
}

const create = async (title: string): Promise<number> => (await call('POST', '/documents', { title })).id
const rename = (id: number, title: string) => call('PATCH', `/documents/${id}`, { title })
const titles = (received: readonly Received[]): string[] => received.map(({ body }) => body.data.title)
/** Those of one document, oldest first. */
const deliveriesAbout = async (webhook: Json, document: number): Promise<Json[]> =>
  (await deliveriesOf(webhook)).toReversed().filter(({ resource }) => resource.id === document)
const statuses = (deliveries: readonly Json[]) => deliveries.map(({ status }) => status)

/** Three events of one document, whose first the receiver refuses, and one of another. */
async function stuck(more: Json = {}) {
  const { receiver, webhook, path } = await ordered(more)
  const document = await create('A1')
  await rename(document, 'A2')
  await rename(document, 'A3')
  await create('B1')
  const refused = new Set(['A1'])
  receiver.answer((response, { body }) => response.writeHead(refused.has(body.data.title) ? 500 : 204).end())
  await server.deliver()
  return { receiver, webhook, path, document, refused }
}

test('the events of one record keep their order while the first one fails, and those of others flow', async () => {
  const { receiver, webhook, document, refused } = await stuck()
  assert.equal(webhook.ordering, 'resource')
  assert.deepEqual(titles(receiver.received).toSorted(), ['A1', 'B1'])

  const [head, second, third] = await deliveriesAbout(webhook, document)
  assert.deepEqual([head.status, head.waiting_for, head.waiting_behind], ['pending', 'retry', null])
  for (const { status, reason, waiting_for, waiting_behind, waiting_until } of [second, third])
    assert.deepEqual(
      [status, reason, waiting_for, waiting_behind, waiting_until],
      ['held', 'order', 'order', head.id, null],
    )

  server.clock.advance(10_000)
  await create('C1')
  await server.deliver()
  await beside.deliver()
  assert.deepEqual(titles(receiver.received).toSorted(), ['A1', 'A1', 'B1', 'C1'])

  refused.clear()
  server.clock.advance(10 * minuteMs)
  await server.deliver()
  assert.deepEqual(
    titles(receiver.received).filter((title) => title.startsWith('A')),
    ['A1', 'A1', 'A1', 'A2', 'A3'],
  )
  const ended = await deliveriesAbout(webhook, document)
  assert.deepEqual(statuses(ended), Array(3).fill('delivered'))
  assert.ok(ended.every(({ waiting_for, waiting_behind }) => waiting_for === null && waiting_behind === null))
})

test('a webhook keeps no order unless it is asked to', async () => {
  const { receiver, document, webhook } = await stuck({ ordering: 'none' })
  assert.deepEqual(titles(receiver.received).toSorted(), ['A1', 'A2', 'A3', 'B1'])
  assert.deepEqual(statuses(await deliveriesAbout(webhook, document)), ['pending', 'delivered', 'delivered'])
})

test('what was cancelled, has failed for good or is not subscribed to any more holds nothing back', async () => {
  const cancelled = await stuck()
  const [head, , third] = await deliveriesAbout(cancelled.webhook, cancelled.document)
  await call('POST', `/deliveries/${third.id}/cancel`)
  await server.deliver()
  assert.deepEqual(titles(cancelled.receiver.received).toSorted(), ['A1', 'B1'], 'the first still waits')
  await call('POST', `/deliveries/${head.id}/cancel`)
  await server.deliver()
  assert.deepEqual(titles(cancelled.receiver.received).slice(2), ['A2'])
  assert.deepEqual(statuses(await deliveriesAbout(cancelled.webhook, cancelled.document)), [
    'discarded',
    'delivered',
    'discarded',
  ])

  const failed = await stuck()
  for (let attempts = 1; attempts < 10; attempts++) {
    assert.ok(!titles(failed.receiver.received).includes('A2'))
    server.clock.advance(30 * hourMs)
    // A success in between, so that the webhook is not disabled.
    await create('B1')
    await server.deliver()
  }
  const [over, ...rest] = await deliveriesAbout(failed.webhook, failed.document)
  assert.deepEqual([over.status, over.attempts, ...statuses(rest)], ['failed', 10, 'delivered', 'delivered'])

  const unsubscribed = await stuck()
  await call('PATCH', unsubscribed.path, { events: ['document.updated'] })
  await server.deliver()
  assert.deepEqual(titles(unsubscribed.receiver.received).slice(2), ['A2', 'A3'])
})

test('a resend stands outside the order: it waits for nothing, and nothing waits for it', async () => {
  const { receiver, webhook, document, refused } = await stuck()
  refused.clear()
  server.clock.advance(minuteMs)
  await server.deliver()
  refused.add('A1').add('A4')
  await rename(document, 'A4')
  await rename(document, 'A5')
  await server.deliver()
  const [first] = await deliveriesAbout(webhook, document)
  const before = receiver.received.length
  const resent = await call('POST', `/deliveries/${first.id}/resend`)
  await server.deliver()
  assert.deepEqual(titles(receiver.received.slice(before)), ['A1'], 'though A4 waits')
  refused.delete('A4')
  server.clock.advance(minuteMs)
  await call('POST', `/webhooks/${webhook.id}/recover`, { since: '2020-01-01T00:00:00Z' })
  await server.deliver()
  assert.deepEqual(
    titles(receiver.received.slice(before + 1)).filter((title) => title !== 'A1'),
    ['A4', 'A5'],
    'though the resend of A1 waits',
  )
  assert.equal((await call('GET', `/deliveries/${resent.id}`)).status, 'pending')
})

test('an event that the webhook may not be sent holds nothing back', async () => {
  const person = { username: 'reader', email: 'reader@example.com', password: 'a long enough password' }
  const owner = await call('POST', '/users', { ...person, role: 'normal' })
  const { receiver, webhook } = await ordered({ owner_id: owner.id })
  const id = await create('Draft')
  await call('PATCH', `/documents/${id}`, { title: 'Published', status: 'published' })
  await server.deliver()
  assert.deepEqual(titles(receiver.received), ['Published'])
  assert.deepEqual(
    (await deliveriesAbout(webhook, id)).map(({ status, reason }) => [status, reason]),
    [
      ['held', 'owner_out_of_reach'],
      ['delivered', null],
    ],
  )
})

test('an attempt whose process is gone is made again before the next event is sent', async () => {
  const { receiver, webhook } = await ordered()
  const held: ServerResponse[] = []
  receiver.answer((response) => held.push(response))
  const id = await create('A1')
  await rename(id, 'A2')
  const first = server.deliver()
  await receiver.arrived(1)
  server.clock.advance(minuteMs)
  const second = beside.deliver()
  await receiver.arrived(2)
  held.shift()?.writeHead(204).end()
  await first
  await server.deliver()
  assert.deepEqual(titles(receiver.received), ['A1', 'A1'], 'the attempt belongs to the other process')
  receiver.answer(204)
  held.shift()?.writeHead(204).end()
  await second
  await server.deliver()
  assert.deepEqual(titles(receiver.received), ['A1', 'A1', 'A2'])
  assert.deepEqual(statuses(await deliveriesOf(webhook)), ['delivered', 'delivered'])
})

test('two processes keep the order of many records whose deliveries fail at random', async () => {
  const { receiver, webhook } = await ordered({ concurrency: 32 })
  const [documents, changes] = [12, 6]
  let answered = 0
  const failures = new Map<unknown, number>()
  // Never five failures in a row, which would open the circuit, and three at most for one event: from
  // the fourth on, a retry is hours away.
  receiver.answer((response, { headers }) => {
    const failed = failures.get(headers['webhook-id']) ?? 0
    const fails = ++answered % 4 === 0 && failed < 3
    if (fails) failures.set(headers['webhook-id'], failed + 1)
    setImmediate(() => response.writeHead(fails ? 500 : 204).end())
  })
  const ids: number[] = []
  for (let i = 0; i < documents; i++) ids.push(await create('0'))
  const writing = (async () => {
    for (let change = 1; change < changes; change++) for (const id of ids) await rename(id, `${change}`)
  })()
  const isOver = async () =>
    (await call('GET', `/webhooks/${webhook.id}/deliveries?status=delivered&limit=1`)).meta.total_count ===
    documents * changes
  for (let round = 0; round < 400 && !(await isOver()); round++) {
    await Promise.all([server.deliver(), beside.deliver()])
    server.clock.advance(minuteMs)
  }
  await writing
  assert.ok(await isOver())
  for (const id of ids) {
    const seen = titles(receiver.received.filter(({ body }) => body.data.id === id)).map(Number)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
    assert.deepEqual(
      [...new Set(seen)],
      Array.from({ length: changes }, (_, change) => change),
    )
  }
})

test('an event whose delivery is not written yet comes before later ones', async () => {
  const { receiver, webhook } = await ordered()
  for (let i = 0; i < 11; i++)
    await call('POST', '/webhooks', {
      url: receiver.url,
      events: ['document.created'],
      headers: { 'x-of': 'other' },
    })
  const id = await create('A1')
  await rename(id, 'A2')
  assert.deepEqual(statuses(await deliveriesOf(webhook)), ['pending'], 'only the second is written')
  const { database, clock } = server.context
  const { claims } = await database.write((trx) =>
    claimDue(trx, server.context, [webhook.id], 64, clock.now()),
  )
  assert.deepEqual(claims, [])
  await server.deliver()
  assert.deepEqual(titles(receiver.received.filter(({ headers }) => !headers['x-of'])), ['A1', 'A2'])
})

test('a backlog is ordered when the webhook becomes so, and released when it is not any more', async () => {
  const { receiver, webhook, path } = await ordered({ ordering: 'none' })
  await call('PATCH', path, { status: 'paused' })
  const id = await create('A1')
  await rename(id, 'A2')
  await rename(id, 'A3')
  await server.deliver()
  receiver.answer((response, { body }) => response.writeHead(body.data.title === 'A1' ? 500 : 204).end())
  await call('PATCH', path, { ordering: 'resource', status: 'active' })
  await server.deliver()
  assert.deepEqual(titles(receiver.received), ['A1'])
  const [head, second] = await deliveriesAbout(webhook, id)
  assert.equal(second.waiting_behind, head.id)
  await call('PATCH', path, { status: 'paused' })
  assert.deepEqual(
    (await deliveriesAbout(webhook, id)).map(({ waiting_for, waiting_behind }) => [
      waiting_for,
      waiting_behind,
    ]),
    Array(3).fill(['paused', null]),
  )
  await call('PATCH', path, { ordering: null, status: 'active' })
  await server.deliver()
  assert.deepEqual(titles(receiver.received).slice(1).toSorted(), ['A1', 'A2', 'A3'])
})

test('a backlog that is too long is not ordered', async () => {
  const { path, webhook } = await ordered({ ordering: 'none' })
  const counter = `deliveries/${webhook.id}:status=held`
  const { database } = server.context
  await database.write(async (trx) => trx.count(counter, 10_001))
  const refused = await server.call('PATCH', `/api/v1${path}`, { key, json: { ordering: 'resource' } })
  assert.equal(refused.status, 409)
  assert.match(refused.body.error.details, /more than 10,000 deliveries of the webhook wait \(10,001 do\)/)
  await database.write(async (trx) => trx.count(counter, -10_001))
})
