import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { startReceiver } from './receiver.ts'

const { server, key, call, deliveriesOf } = await startWithWebhooks()
const restMs = 5_000
const stop = { name: 'nothing', type: 'stop_if', condition: 'true' }
const hostile = `${'a'.repeat(60)}!`
/** Endless on a hostile title; true on any other but 'No'. */
const condition = 'data.title != "No" && !data.title.matches("^(a+)+$")'

/** Nothing of the tests before it rests, or is at work. */
async function rule(more: Json = {}): Promise<Json> {
  server.clock.advance(restMs)
  const { data } = await call('GET', '/automations?enabled=true&limit=100')
  for (const { id } of data) await call('PATCH', `/automations/${id}`, { enabled: false })
  return call('POST', '/automations', {
    name: 'A rule',
    enabled: true,
    trigger: { type: 'event', events: ['document.created'], condition },
    steps: [stop],
    ...more,
  })
}

async function created(...titles: string[]): Promise<void> {
  for (const title of titles) await call('POST', '/documents', { title })
  await server.automate()
}

async function runsOf({ id }: Json): Promise<Json[]> {
  return (await call('GET', `/automation-runs?automation_id=${id}&sort=created_at`)).data
}

const states = async (made: Json) => (await runsOf(made)).map(({ status, reason }) => [status, reason])

test('a condition that is ended on one event is tried on the others later; only that one fails', async () => {
  const made = await rule()
  await created('Before', hostile, 'After', 'No', 'Last')
  assert.deepEqual(await states(made), [
    ['stopped', null],
    ['failed', 'condition_failed'],
    ['pending', 'condition_put_off'],
    ['pending', 'condition_put_off'],
    ['pending', 'condition_put_off'],
  ])
  server.clock.advance(restMs)
  await server.automate()
  const runs = await runsOf(made)
  assert.deepEqual(
    runs.map(({ status, reason }) => [status, reason]),
    [
      ['stopped', null],
      ['failed', 'condition_failed'],
      ['stopped', null],
      ['stopped', null],
    ],
    'and there is no run of the event that does not meet it',
  )
  assert.match(runs[1]?.error, /^The condition failed\. It took longer than 50 ms/)
})

test('a run whose condition failed is resumed with the condition as it is now', async () => {
  const made = await rule()
  await created(hostile)
  const [failed] = await runsOf(made)
  assert.deepEqual([failed?.status, failed?.reason], ['failed', 'condition_failed'])
  const resume = async (now: string) => {
    await call('PATCH', `/automations/${made.id}`, {
      trigger: { type: 'event', events: ['document.created'], condition: now },
    })
    server.clock.advance(restMs)
    await call('POST', `/automation-runs/${failed?.id}/resume`)
    await server.automate()
    const { status, reason, attempts } = await call('GET', `/automation-runs/${failed?.id}`)
    return [status, reason, attempts.length]
  }
  assert.deepEqual(await resume('1 / (data.id - data.id) == 1'), ['failed', 'condition_failed', 0])
  assert.deepEqual(await resume('data.title.startsWith("aa")'), ['stopped', null, 1])
})

test('a run that was resumed and does not meet its condition ends, and says so', async () => {
  const made = await rule()
  await created(hostile)
  const [failed] = await runsOf(made)
  await call('PATCH', `/automations/${made.id}`, {
    trigger: { type: 'event', events: ['document.created'], condition: 'data.title == "No"' },
  })
  await call('POST', `/automation-runs/${failed?.id}/resume`)
  await server.automate()
  const after = await call('GET', `/automation-runs/${failed?.id}`)
  assert.deepEqual([after.status, after.reason, after.attempts], ['stopped', 'condition_not_met', []])
})

test('a dry run that ends a condition does not touch the rule at work', async () => {
  const made = await rule()
  await created('No', hostile)
  server.clock.advance(restMs)
  const { failed } = await call('POST', `/automations/${made.id}/dry-run`, {})
  assert.ok(failed >= 1, `${failed} failed`)
  await created('Fine')
  assert.deepEqual((await states(made)).at(-1), ['stopped', null])
})

test('a step whose expression rests waits for it, and one that fails names its field', async () => {
  const values = '($f := function() { $f() }; data.title = "endless" ? $f() : { "title": "x" })'
  const made = await rule({
    trigger: { type: 'event', events: ['document.created'], condition: 'data.category == "noted"' },
    steps: [{ name: 'note', type: 'change', resource: 'document', action: 'create', values }],
  })
  for (const title of ['endless', 'fine']) await call('POST', '/documents', { title, category: 'noted' })
  await server.automate()
  server.clock.advance(restMs)
  await server.automate()
  const runs = await runsOf(made)
  assert.deepEqual(
    runs.map(({ status, reason }) => [status, reason]),
    [
      ['failed', 'expression_failed'],
      ['succeeded', null],
    ],
  )
  assert.match(runs[0]?.error, /^The expression in 'values' failed\. It took longer than 50 ms/)
})

test('a filter that is ended on one event is tried on the others later, and no attempt is noted for that', async () => {
  const receiver = await startReceiver()
  const webhook = await call('POST', '/webhooks', {
    url: receiver.url,
    events: ['document.created'],
    filter: condition,
    concurrency: 1,
  })
  for (const title of [hostile, 'After', 'No']) await call('POST', '/documents', { title })
  await server.deliver()
  assert.equal(receiver.received.length, 0)
  // The one that fails is tried again, too, and may be so before the others.
  for (let round = 0; round < 10 && receiver.received.length === 0; round++) {
    server.clock.advance(restMs)
    await server.deliver()
  }
  assert.deepEqual(
    receiver.received.map(({ body }) => body.data.title),
    ['After'],
  )
  const rows = await deliveriesOf(webhook)
  const after = rows.find(({ status }) => status === 'delivered')
  assert.equal(after?.attempts, 1)
  const { log } = await call('GET', `/deliveries/${after?.id}`)
  assert.equal(log.length, 1)
  assert.deepEqual(
    rows.filter(({ reason }) => reason === 'filtered').map(({ attempts }) => attempts),
    [0],
  )
  const preview = await server.call('POST', '/api/v1/webhooks/preview', {
    key,
    json: { event_type: 'document.created', filter: condition },
  })
  assert.equal(preview.status, 200)
  await call('DELETE', `/webhooks/${webhook.id}`)
})

test('runs that one event causes by way of others are bounded in number', async () => {
  const create = (name: string) => {
    const values = '{ "title": "A leaf", "category": "leaf" }'
    return { name, type: 'change', resource: 'document', action: 'create', values }
  }
  const on = (category: string) => ({
    type: 'event',
    events: ['document.created'],
    condition: `data.category == "${category}"`,
  })
  const pause = { name: 'pause', type: 'wait', minutes: 1 }
  const above = await rule({
    trigger: on('root'),
    steps: [create('first'), pause, create('second'), create('third')],
  })
  const below = await call('POST', '/automations', {
    name: 'Below',
    enabled: true,
    trigger: on('leaf'),
    steps: [stop],
  })
  await call('POST', '/documents', { title: 'The root', category: 'root' })
  await server.automate()
  assert.deepEqual(await states(below), [['stopped', null]])
  // As if others had come of the first step: two runs there are, and one more may be.
  const [{ id: runId }] = await runsOf(above)
  const { database } = server.context
  const [like] = await runRows(below.id)
  assert.ok(like)
  const { id: _, ...row } = like
  const others = Array.from({ length: 247 }, (_, i) => 9_000_000 + i)
  await database.write(async ({ db }) => {
    await db
      .insertInto('automation_effects')
      .values(others.map((event_id) => ({ event_id, run_id: runId })))
      .execute()
    for (const event_id of others)
      await db
        .insertInto('automation_runs')
        .values({ ...row, event_id })
        .execute()
  })
  server.clock.advance(60_000)
  await server.automate()
  const rows = (await runRows(below.id)).filter(({ event_id }) => Number(event_id) < 9_000_000)
  assert.deepEqual(
    rows.map(({ status, reason }) => [status, reason]),
    [
      ['stopped', null],
      ['stopped', null],
      ['cut', 'chain_too_wide'],
    ],
  )
  assert.match(rows[2]?.error ?? '', /One event has caused 250 runs already/)

  function runRows(automationId: number) {
    return server.context.database.read
      .selectFrom('automation_runs')
      .selectAll()
      .where('automation_id', '=', automationId)
      .orderBy('id')
      .execute()
  }
})
