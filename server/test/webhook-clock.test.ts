import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { startWithWebhooks } from './delivering.ts'

/** Somebody sets the clock of the machine, while deliveries wait. */
const { server, call, subscribed, deliveriesOf } = await startWithWebhooks()
const { clock, context } = server

/** How many attempts come within a time that passes, second by second. */
async function attemptsWithin(seconds: number, received: readonly unknown[]): Promise<number> {
  const before = received.length
  for (let i = 0; i < seconds; i++) {
    clock.advance(1_000)
    await server.deliver()
  }
  return received.length - before
}

const steps: [string, number[]][] = [
  ['back', [-2 * hourMs]],
  ['forward', [2 * hourMs]],
  ['forward and back', [2 * hourMs, -2 * hourMs]],
]
for (const [direction, bys] of steps) {
  test(`a retry comes when it would have come, though the clock is set ${direction}`, async () => {
    const { receiver, webhook, publish } = await subscribed()
    receiver.answer(500)
    await publish()
    await server.deliver()
    const [first] = await deliveriesOf(webhook)
    const pauseMs = Date.parse(first.next_attempt_at) - clock.now()
    for (const by of bys) {
      clock.step(by)
      await server.deliver()
    }
    assert.equal(receiver.received.length, 1, 'not at once')
    const [moved] = await deliveriesOf(webhook)
    assert.equal(Date.parse(moved.next_attempt_at) - clock.now(), pauseMs, 'and is shown by the new time')
    assert.equal(await attemptsWithin(Math.ceil(pauseMs / 1_000) + 1, receiver.received), 1)
  })

  test(`an open circuit lasts as long as it would have, though the clock is set ${direction}`, async () => {
    const { receiver, webhook, publish } = await subscribed()
    receiver.answer(500)
    for (let i = 0; i < 6; i++) await publish()
    await server.deliver()
    const health = async () => (await call('GET', `/webhooks/${webhook.id}`)).health
    assert.equal((await health()).circuit, 'open')
    for (const by of bys) {
      clock.step(by)
      await server.deliver()
    }
    const { circuit, circuit_open_until, failing_since } = await health()
    assert.equal(circuit, 'open')
    const leftMs = Date.parse(circuit_open_until) - clock.now()
    assert.ok(leftMs > 0 && leftMs <= 30_000, String(leftMs))
    assert.ok(Math.abs(Date.parse(failing_since) - clock.now()) < minuteMs)
    receiver.answer(204)
    const before = receiver.received.length
    clock.advance(10 * minuteMs)
    await server.deliver()
    assert.ok(receiver.received.length > before)
    assert.equal((await health()).circuit, 'closed')
  })

  test(`a rate limit goes on, and what is new is sent, though the clock is set ${direction}`, async () => {
    const { receiver, webhook, publish } = await subscribed()
    await call('PATCH', `/webhooks/${webhook.id}`, { rate_limit_per_minute: 6 })
    await publish()
    await publish()
    await server.deliver()
    assert.equal(receiver.received.length, 1)
    for (const by of bys) {
      clock.step(by)
      await server.deliver()
    }
    assert.equal(receiver.received.length, 1)
    assert.equal(await attemptsWithin(11, receiver.received), 1)
    await publish()
    assert.equal(await attemptsWithin(11, receiver.received), 1)
    assert.ok((await deliveriesOf(webhook)).every(({ status }) => status === 'delivered'))
  })
}

test('a lease runs out when it would have, though the clock is set back', async () => {
  const { webhook, publish } = await subscribed()
  await publish()
  const lease = new Date(clock.now() + minuteMs).toISOString()
  const { database } = context
  await database.write(async (trx) => {
    await trx.db
      .updateTable('deliveries')
      .set({
        status: 'sending',
        attempts: 1,
        next_attempt_at: null,
        lease_token: 'of a frozen process',
        lease_until: lease,
      })
      .where('webhook_id', '=', webhook.id)
      .execute()
    trx.count(`deliveries/${webhook.id}:status=pending`, -1)
    trx.count(`deliveries/${webhook.id}:status=sending`, 1)
    trx.count(`deliveries/${webhook.id}:event_type=document.published&status=pending`, -1)
    trx.count(`deliveries/${webhook.id}:event_type=document.published&status=sending`, 1)
  })
  clock.step(-2 * hourMs)
  await server.deliver()
  assert.equal((await deliveriesOf(webhook))[0].status, 'sending')
  clock.advance(minuteMs + 1_000)
  await server.deliver()
  const [ended] = await deliveriesOf(webhook)
  assert.equal(ended.status, 'delivered')
  const { log } = await call('GET', `/deliveries/${ended.id}`)
  assert.deepEqual(
    log.map(({ outcome, duration_ms }: { outcome: string; duration_ms: number }) => [
      outcome,
      duration_ms >= 0,
    ]),
    [
      ['interrupted', true],
      ['succeeded', true],
    ],
  )
})

test('what waits longer than anything may, because the clock was set back before a start, does not', async () => {
  const { receiver, webhook, publish } = await subscribed()
  receiver.answer(500)
  for (let i = 0; i < 6; i++) await publish()
  await server.deliver()
  const { Dispatcher } = await import('../src/sending/dispatcher.ts')
  clock.step(-48 * hourMs)
  const restarted = new Dispatcher({
    ...context,
    database: { ...context.database, wasFree: true },
    hasOwnClock: true,
  })
  await restarted.takeBackLeft()
  for (const { next_attempt_at } of await deliveriesOf(webhook))
    assert.ok(Date.parse(next_attempt_at) - clock.now() <= 15 * minuteMs, next_attempt_at)
  const { health } = await call('GET', `/webhooks/${webhook.id}`)
  assert.ok(Date.parse(health.circuit_open_until) - clock.now() <= 15 * minuteMs)
  clock.step(48 * hourMs)
})

test('a step that every clock makes from time to time moves nothing, and a day of small ones neither', async () => {
  const before = server.logged.length
  for (let i = 0; i < 20; i++) {
    clock.step(90)
    clock.advance(hourMs)
    await server.deliver()
  }
  assert.deepEqual(
    server.logged.slice(before).filter(({ msg }) => /clock was set/.test(msg)),
    [],
  )
})
