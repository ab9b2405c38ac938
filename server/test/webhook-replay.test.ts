import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countDelivery } from '../src/events/outbox.ts'
import { dayMs, hourMs } from '../src/lib/timestamps.ts'
import { notSent, startWithWebhooks } from './delivering.ts'
import { eventLog } from './event-log.ts'
import type { Json } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

/** Sending a webhook what is past: a span of time, by what became of each event. */
const { server, key, call, deliveriesOf } = await startWithWebhooks()
const { settled } = eventLog(server, key)
const now = () => new Date(server.clock.now()).toISOString()
/** An hour in which nothing happens, so that no two tests share a span. @returns the time after it */
const anHourLater = async () => {
  server.clock.advance(hourMs)
  await settled()
  return now()
}
const create = async (title: string, more: Json = {}) =>
  (await call('POST', '/documents', { title, ...more })).id
const recover = ({ id }: Json, body: Json) => call('POST', `/webhooks/${id}/recover`, body)
const refused = ({ id }: Json, json: Json) =>
  server.call('POST', `/api/v1/webhooks/${id}/recover`, { key, json })
const idsAt = ({ received }: { received: { body: Json }[] }) => received.map(({ body }) => body.data.id)

async function hook(events: string[], more: Json = {}) {
  const receiver = await startReceiver()
  const webhook: Json = await call('POST', '/webhooks', { url: receiver.url, events, ...more })
  return { receiver, webhook }
}

/** Documents in the hour before, in it and after it. */
async function threeHours() {
  const before = await create('Before')
  const since = await anHourLater()
  const within = [await create('First'), await create('Second')]
  const until = await anHourLater()
  const after = await create('After')
  await anHourLater()
  return { before, since, within, until, after }
}

test('a new webhook is given the past of a span, in the order of the log, once', async () => {
  const { since, within, until } = await threeHours()
  const { receiver, webhook } = await hook(['document.*'])
  const wanted = { since, until, include: ['missed'] }
  assert.deepEqual(await recover(webhook, wanted), { ...notSent, newly_sent: 2 })
  assert.deepEqual(await recover(webhook, wanted), notSent, 'they are on their way')
  await server.deliver()
  assert.deepEqual(idsAt(receiver), within)
  const [last, first] = await deliveriesOf(webhook)
  assert.deepEqual([first?.generation, first?.status, first?.test], [1, 'delivered', false])
  assert.deepEqual([first?.resource.id, last?.resource.id], within)
  assert.deepEqual(await recover(webhook, wanted), notSent, 'they were delivered')
  const { data } = await call('GET', '/events?limit=100&type=document.created')
  const logged = data.find(({ resource_id }: Json) => resource_id === within[0])
  assert.deepEqual(receiver.received[0]?.body, logged.payload)
})

test('what was delivered in a span is sent again as often as one asks, each event once', async () => {
  const { receiver, webhook } = await hook(['document.created', 'document.deleted'])
  const { since, within, until } = await threeHours()
  await call('DELETE', `/documents/${within[0]}`)
  await server.deliver()
  const sent = receiver.received.length
  const wanted = { since, until, include: ['delivered'] }
  for (const generation of [2, 3]) {
    receiver.received.length = 0
    assert.deepEqual(await recover(webhook, wanted), { ...notSent, resent: 2 })
    await server.deliver()
    assert.deepEqual(idsAt(receiver), within)
    const again = (await deliveriesOf(webhook)).filter((one) => one.generation === generation)
    assert.equal(again.length, 2)
    assert.deepEqual(
      again.map(({ status }) => status),
      ['delivered', 'delivered'],
    )
  }
  assert.equal(sent, 5)
  const all = await recover(webhook, { since: new Date(0).toISOString(), include: ['delivered'] })
  assert.deepEqual(all, { ...notSent, resent: 5 })
})

test('without `include`, only what failed in the span is sent again', async () => {
  const { receiver, webhook } = await hook(['document.created', 'document.published'])
  receiver.answer(410)
  const { since, within, until } = await threeHours()
  await create('Published', { status: 'published' })
  await server.deliver()
  assert.equal((await call('GET', `/webhooks/${webhook.id}`)).status, 'disabled')
  await fail(webhook)
  receiver.answer(204)
  receiver.received.length = 0
  assertRefused(await refused(webhook, { since }), 409, /is disabled/)
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  assert.deepEqual(await recover(webhook, { since, until, types: ['document.published'] }), notSent)
  assert.deepEqual(await recover(webhook, { since, until }), { ...notSent, resent: 2 })
  await server.deliver()
  assert.deepEqual(idsAt(receiver).toSorted(), within)
  const types = ['document.published']
  assert.deepEqual(await recover(webhook, { since, types }), { ...notSent, resent: 1 })
  assert.deepEqual(await recover(webhook, { since }), { ...notSent, resent: 2 }, 'what is left of them')
})

/** As if all that is not delivered had been given up. */
async function fail({ id }: Json): Promise<void> {
  await server.context.database.write(async (trx) => {
    const open = trx.db.selectFrom('deliveries').selectAll().where('webhook_id', '=', id)
    const failed = {
      status: 'failed',
      next_attempt_at: null,
      finished_at: now(),
      reason: null,
      standing: null,
    } as const
    for (const row of await open.where('finished_at', 'is', null).execute()) {
      await trx.db
        .updateTable('deliveries')
        .set({ ...failed, attempts: Math.max(row.attempts, 1) })
        .where('id', '=', row.id)
        .execute()
      countDelivery(trx, row, row.status, -1)
      countDelivery(trx, row, 'failed', 1)
    }
  })
}

test('failed, missed and delivered go together, and what is under way is not sent twice', async () => {
  const { receiver, webhook } = await hook(['document.created'])
  const change = (json: Json) => call('PATCH', `/webhooks/${webhook.id}`, json)
  const since = await anHourLater()
  receiver.answer(500)
  const failed = await create('Failed')
  await server.deliver()
  await fail(webhook)
  receiver.answer(204)
  const delivered = await create('Delivered')
  await server.deliver()
  await change({ events: ['user.created'] })
  const missed = await create('Missed')
  await change({ events: ['document.created'], status: 'paused' })
  const held = await create('Held')
  await server.deliver()
  await settled()
  receiver.received.length = 0
  const include = ['failed', 'missed', 'delivered']
  assert.deepEqual(await recover(webhook, { since, include }), { ...notSent, resent: 2, newly_sent: 1 })
  await change({ status: 'active' })
  await server.deliver()
  assert.deepEqual(idsAt(receiver).toSorted(), [failed, delivered, missed, held].toSorted())
})

test('what somebody cancelled stays so, and what a filter or a subscription kept out can be sent now', async () => {
  const { receiver, webhook } = await hook(['document.created'], { filter: 'data.category == "reports"' })
  const since = await anHourLater()
  const kept = await create('Kept out', { category: 'policies' })
  await server.deliver()
  assert.deepEqual(
    (await deliveriesOf(webhook)).map(({ reason }) => reason),
    ['filtered'],
  )
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'paused', filter: null })
  await create('Cancelled')
  const [waiting] = await deliveriesOf(webhook)
  await call('POST', `/deliveries/${waiting?.id}/cancel`)
  await call('PATCH', `/webhooks/${webhook.id}`, { status: 'active' })
  await settled()
  assert.deepEqual(await recover(webhook, { since, include: ['missed'] }), { ...notSent, resent: 1 })
  await server.deliver()
  assert.deepEqual(idsAt(receiver), [kept])
})

test('rules of the webhook exclude what is past, too', async () => {
  const since = await anHourLater()
  const shown = await create('Shown', { category: 'policies' })
  await create('Not shown', { category: 'reports' })
  await settled()
  const rules = [{ scope: 'documents:read', where: { category: ['policies'] } }]
  const { receiver, webhook } = await hook(['document.created'], { rules })
  assert.deepEqual(await recover(webhook, { since, include: ['missed'] }), { ...notSent, newly_sent: 1 })
  await server.deliver()
  assert.deepEqual(idsAt(receiver), [shown])
  assert.equal((await deliveriesOf(webhook)).length, 1)
})

test('a request sends at most 1,000, and its cursor continues until nothing is left, whatever comes meanwhile', async () => {
  const since = await anHourLater()
  const items = Array.from({ length: 100 }, (_, i) => ({ action: 'create', data: { title: `Row ${i}` } }))
  for (let i = 0; i < 12; i++) await call('POST', '/documents/batch', { items })
  await settled()
  const { webhook } = await hook(['document.created'])
  const wanted = { since, include: ['missed', 'delivered'] }
  const first = await recover(webhook, wanted)
  assert.equal(first.newly_sent, 1_000)
  assert.ok(first.remaining >= 200, String(first.remaining))
  const late = await create('Sent by itself')
  await settled()
  const rest = await recover(webhook, { ...wanted, cursor: first.next_cursor })
  assert.deepEqual(rest, { ...notSent, newly_sent: 200 })
  assert.deepEqual(await recover(webhook, { ...wanted, cursor: first.next_cursor }), notSent, 'repeated')
  const { meta } = await call('GET', `/webhooks/${webhook.id}/deliveries?limit=1`)
  assert.equal(meta.total_count, 1_201, `with ${late}`)
})

test('a span that makes no sense, types without a subscription and a cursor of somebody else are refused', async () => {
  const { webhook } = await hook(['document.created'])
  const since = now()
  const until = new Date(server.clock.now() - dayMs).toISOString()
  assertRefused(await refused(webhook, { since, until }), 400, /'until' field must be later than 'since'/)
  assertRefused(
    await refused(webhook, { since, types: ['user.*'] }),
    409,
    /subscribes to none of these types; add them to its 'events'/,
  )
  for (const cursor of ['x', 'WzEsMg', Buffer.from('["a",2]').toString('base64url')])
    assertRefused(
      await refused(webhook, { since, include: ['missed'], cursor }),
      400,
      /'cursor' field is not one that this API made/,
    )
  assertRefused(await refused(webhook, { since, include: [] }), 400, /include/)
  assertRefused(await refused(webhook, { since, include: ['pending'] }), 400, /include/)
  assertRefused(await refused(webhook, { until: since }), 400, /since/)
})

test('the audit log tells what was asked for, and how much was sent', async () => {
  const since = await anHourLater()
  await create('Audited')
  await settled()
  const { webhook } = await hook(['document.created'])
  const include = ['missed']
  await recover(webhook, { since, include, types: ['document.*'] })
  const { data } = await call('GET', '/audit-log?action=webhook.recover&limit=1')
  assert.deepEqual(data[0].after, {
    since,
    include,
    types: ['document.*'],
    resent: 0,
    newly_sent: 1,
    hastened: 0,
  })
})
