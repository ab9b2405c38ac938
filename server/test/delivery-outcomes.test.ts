import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { deleteOutcomes, readOutcomes } from '../src/sending/outcomes-store.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { makePerson } from './people.ts'
import { queryPlans } from './query-plan.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({
  clock: new TestClock('2026-01-15T08:30:00Z'),
  env: { COMSERV_WEBHOOK_RETRY_SCHEDULE: '60,60' },
})
const { secret: key } = await server.credential('admin')
const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function call(method: string, path: string, json?: unknown, as = key): Promise<Json> {
  const answer = await server.call(method, `/api/v1${path}`, {
    key: as,
    ...(json === undefined ? {} : { json }),
  })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

const outcomes = (query = '', as = key) => call('GET', `/delivery-outcomes${query}`, undefined, as)
const news = (title: string) => call('POST', '/documents', { title })

const developer = await makePerson(server, 'developer')
const good = await startReceiver()
const bad = await startReceiver()
const events = ['document.created']
const { id: goodId } = await call('POST', '/webhooks', { url: good.url, events })
const { id: badId } = await call('POST', '/webhooks', { url: bad.url, events, owner_id: developer.id })

test('attempts count in the hour in which they ended, and a delivery that is given up once more', async () => {
  bad.answer(500)
  await news('First')
  await server.deliver()
  for (let i = 0; i < 2; i++) {
    server.clock.advance(hourMs)
    await server.deliver()
  }
  const body = await outcomes(`?webhook_id=${badId}`)
  assert.deepEqual(
    { ...body, data: body.data.slice(-3) },
    {
      webhook_id: badId,
      per: 'hour',
      since: '2026-01-14T11:00:00Z',
      until: '2026-01-15T11:00:00Z',
      totals: { delivered: 0, failed_attempts: 3, failed: 1 },
      data: [
        { start: '2026-01-15T08:00:00Z', delivered: 0, failed_attempts: 1, failed: 0 },
        { start: '2026-01-15T09:00:00Z', delivered: 0, failed_attempts: 1, failed: 0 },
        { start: '2026-01-15T10:00:00Z', delivered: 0, failed_attempts: 1, failed: 1 },
      ],
    },
  )
  assert.equal(body.data.length, 24)
  assert.deepEqual((await outcomes(`?webhook_id=${goodId}`)).totals, {
    delivered: 1,
    failed_attempts: 0,
    failed: 0,
  })
  const all = await outcomes('?per=day')
  assert.equal(all.webhook_id, null)
  assert.equal(all.data.length, 30)
  assert.deepEqual(all.data.at(-1), {
    start: '2026-01-15T00:00:00Z',
    delivered: 1,
    failed_attempts: 3,
    failed: 1,
  })
})

test('tests and resends count, too, and the report agrees with the log of attempts', async () => {
  bad.answer(204)
  await call('POST', `/webhooks/${badId}/test`)
  const [failed] = (await call('GET', `/webhooks/${badId}/deliveries?status=failed`)).data
  await call('POST', `/deliveries/${failed.id}/resend`)
  server.clock.advance(hourMs)
  await server.deliver()
  bad.answer(410)
  await call('POST', `/webhooks/${goodId}/test`)
  assert.deepEqual((await outcomes(`?webhook_id=${badId}`)).totals, {
    delivered: 2,
    failed_attempts: 3,
    failed: 1,
  })
  const { rows } = await sql<{ outcome: string; count: number }>`
    select outcome, count(*) as count from delivery_attempts group by outcome order by outcome
  `.execute(server.context.database.read)
  const { totals } = await outcomes()
  assert.deepEqual(
    rows.map(({ outcome, count }) => [outcome, Number(count)]),
    [
      ['failed', totals.failed_attempts],
      ['succeeded', totals.delivered],
    ],
  )
})

test('who is not an administrator is told of their own webhooks, also after one has changed hands', async () => {
  const { secret } = await server.credential('webhooks:read', { owner_id: developer.id })
  const own = await outcomes('', secret)
  assert.deepEqual(own.totals, { delivered: 2, failed_attempts: 3, failed: 1 })
  assert.deepEqual((await outcomes(`?webhook_id=${badId}`, secret)).totals, own.totals)
  const path = `/api/v1/delivery-outcomes?webhook_id=${goodId}`
  assertRefused(await server.call('GET', path, { key: secret }), 404, /no webhook with id/)
  await call('PATCH', `/webhooks/${goodId}`, { owner_id: developer.id })
  assert.deepEqual((await outcomes('', secret)).totals, (await outcomes()).totals)
})

test('what two processes send at once adds up, for all as for each webhook', async () => {
  const beside = await startServer({ beside: server })
  bad.answer(204)
  await Promise.all(Array.from({ length: 30 }, (_, i) => news(`Raced ${i}`)))
  await Promise.all([server.deliver(), beside.deliver()])
  await Promise.all([server.deliver(), beside.deliver()])
  await beside.stop()
  const [all, one, other] = await Promise.all(
    ['', `?webhook_id=${goodId}`, `?webhook_id=${badId}`].map((query) => outcomes(query)),
  )
  assert.ok(one.totals.delivered > 30 && other.totals.delivered > 30)
  assert.equal(all.totals.delivered, one.totals.delivered + other.totals.delivered)
})

test('an attempt that was interrupted counts for nothing', async () => {
  const before = (await outcomes()).totals
  let answer = () => undefined as unknown
  good.answer((response) => {
    answer = () => response.writeHead(204).end()
  })
  const arrived = good.arrived(good.received.length + 1)
  const testing = server.call('POST', `/api/v1/webhooks/${goodId}/test`, { key })
  await arrived
  good.answer(204)
  server.clock.advance(hourMs)
  const beside = await startServer({ beside: server })
  // Takes back what has been under way for longer than its lease.
  await beside.deliver()
  answer()
  await testing
  await beside.stop()
  const [ping] = (await call('GET', `/webhooks/${goodId}/deliveries?event_type=ping&limit=1`)).data
  const { log } = await call('GET', `/deliveries/${ping.id}`)
  assert.deepEqual(
    log.map(({ outcome }: Json) => outcome),
    ['interrupted', 'succeeded'],
  )
  assert.deepEqual((await outcomes()).totals, { ...before, delivered: before.delivered + 1 })
})

test('a report refuses what it cannot cover and says why', async () => {
  const cases: [string, number, RegExp][] = [
    ['per=minute', 400, /'per' query parameter must be one of: hour, day/],
    ['webhook_id=0', 400, /'webhook_id' query parameter must be from 1/],
    ['webhook_id=999999', 404, /no webhook with id 999999/],
    ['since=2025-01-01T00:00:00Z', 400, /by the hour covers at most 31 days/],
  ]
  for (const [query, status, details] of cases)
    assertRefused(await server.call('GET', `/api/v1/delivery-outcomes?${query}`, { key }), status, details)
})

test('a report reads the rows of its webhooks and span alone, and old rows are pruned', async () => {
  const { database } = server.context
  const row = { hour: '2026-01-15T08:00:00Z', slot: 0, delivered: 1, failed_attempts: 0, failed: 0 }
  const rows = Array.from({ length: 2_000 }, (_, i) => ({ ...row, webhook_id: 1_000 + i }))
  await database.write((trx) => trx.db.insertInto('delivery_outcomes').values(rows).execute())
  if (database.dialect === 'postgres') await sql`analyze delivery_outcomes`.execute(database.read)
  for (const filter of [{}, { webhook_id: 1 }, { owner_id: 1 }]) {
    const [plan = ''] = await queryPlans(database, (db) =>
      readOutcomes(db, filter, 'hour', '2026-01-01', '2026-02-01'),
    )
    const keyed = /PRIMARY KEY \(webhook_id=\? AND hour>\? AND hour<\?\)|delivery_outcomes_pkey/
    assert.match(plan, keyed, JSON.stringify(filter))
  }
  const [pruning = ''] = await queryPlans(database, (db) => deleteOutcomes(db, '2026-01', 5))
  assert.doesNotMatch(pruning, /SCAN delivery_outcomes$/m)

  server.clock.advance(401 * dayMs)
  await server.runTask('prune old delivery outcomes')
  const left = await database.read.selectFrom('delivery_outcomes').select('hour').execute()
  assert.deepEqual(left, [])
})
