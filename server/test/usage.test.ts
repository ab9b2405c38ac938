import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../src/db/database.ts'
import { UsageRecorder } from '../src/usage/recorder.ts'
import { readUsage } from '../src/usage/store.ts'
import { type Json, startServer, type TestServer } from './harness.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer({ env: { COMSERV_RATE_LIMIT_STANDARD: '6' } })
const { secret: admin } = await server.credential('credentials:read credentials:write read', {
  tier: 'premium',
})
const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function report(id: number, query = ''): Promise<Json> {
  const { status, body, text } = await server.call('GET', `/api/v1/credentials/${id}/usage${query}`, {
    key: admin,
  })
  assert.equal(status, 200, text)
  return body
}

/** Writes down until so many requests are there: an answer can arrive before its request is counted. */
async function written(id: number, requests: number): Promise<Json> {
  return until(`${requests} requests of the credential ${id}`, async () => {
    await server.runTask('write down usage')
    const body = await report(id)
    return body.totals.requests >= requests ? body : undefined
  })
}

test('requests, errors and refusals by the rate limit are counted by the hour, and hours without any are zero', async () => {
  server.clock.advance(hourMs / 2)
  const { id, clientId, secret } = await server.credential('documents:read')
  const token = await server.token({ clientId, secret })
  await server.call('GET', '/api/v1/documents', { key: secret })
  await server.call('GET', '/api/v1/documents/999999', { key: secret })
  await server.call('GET', '/api/v1/%zz', { token })
  await written(id, 3)

  server.clock.advance(2 * hourMs)
  const statuses = []
  for (let i = 0; i < 8; i++)
    statuses.push((await server.call('GET', '/api/v1/documents', { key: secret })).status)
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 429, 429])
  const body = await written(id, 11)

  const none = { requests: 0, errors: 0, rate_limited: 0 }
  assert.deepEqual(
    { ...body, data: body.data.slice(-4) },
    {
      credential_id: id,
      per: 'hour',
      since: '2026-01-14T12:00:00Z',
      until: '2026-01-15T12:00:00Z',
      totals: { requests: 11, errors: 4, rate_limited: 2 },
      data: [
        { start: '2026-01-15T08:00:00Z', ...none },
        { start: '2026-01-15T09:00:00Z', requests: 3, errors: 2, rate_limited: 0 },
        { start: '2026-01-15T10:00:00Z', ...none },
        { start: '2026-01-15T11:00:00Z', requests: 8, errors: 2, rate_limited: 2 },
      ],
    },
  )
  assert.equal(body.data.length, 24)
  const days = await report(id, '?per=day')
  assert.equal(days.data.length, 30)
  assert.deepEqual(days.data.at(-1), {
    start: '2026-01-15T00:00:00Z',
    requests: 11,
    errors: 4,
    rate_limited: 2,
  })
  assert.deepEqual(days.totals, body.totals)
})

test('a request without a valid credential is counted for nobody', async () => {
  const { id, secret } = await server.credential('read')
  await server.call('DELETE', `/api/v1/credentials/${id}`, { key: admin })
  assert.equal((await server.call('GET', '/api/v1/users', { key: secret })).status, 401)
  assert.equal((await server.call('GET', '/api/v1/users')).status, 401)
  await server.runTask('write down usage')
  assert.deepEqual((await report(id)).totals, { requests: 0, errors: 0, rate_limited: 0 })
})

test('a credential shows when and from where it was last used, also when processes write out of turn', async () => {
  const { id, secret } = await server.credential('documents:read', { tier: 'premium' })
  const read = async () => (await server.call('GET', `/api/v1/credentials/${id}`, { key: admin })).body
  assert.deepEqual([(await read()).last_used_at, (await read()).last_used_ip], [null, null])
  const { database, clock, log } = server.context
  const early = new UsageRecorder(database, clock, log)
  early.record({ id, ownerId: 1 }, 200, '203.0.113.1')
  server.clock.advance(5_000)
  await server.call('GET', '/api/v1/documents', { key: secret })
  await written(id, 1)
  await early.flush()
  const { last_used_at, last_used_ip, updated_at } = await read()
  assert.deepEqual([Date.parse(last_used_at), last_used_ip], [server.clock.now(), '127.0.0.1'])
  assert.notEqual(updated_at, last_used_at)
  assert.equal((await report(id)).totals.requests, 2)
})

test('using a credential changes its tag, and stands in nobody’s way who changes it', async () => {
  const { id, secret } = await server.credential('documents:read', { tier: 'premium' })
  const path = `/api/v1/credentials/${id}`
  const etag = (await server.call('GET', path, { key: admin })).headers.get('etag') ?? ''
  const ask = (headers: Record<string, string>) => server.call('GET', path, { key: admin, headers })
  assert.equal((await ask({ 'if-none-match': etag })).status, 304)
  await server.call('GET', '/api/v1/documents', { key: secret })
  await written(id, 1)
  assert.equal((await ask({ 'if-none-match': etag })).status, 200, 'the representation is another one')

  const rename = (name: string, ifMatch: string) =>
    server.call('PATCH', path, { key: admin, json: { name }, headers: { 'if-match': ifMatch } })
  const renamed = await rename('Renamed', etag)
  assert.equal(renamed.status, 200, renamed.text)
  assert.equal((await rename('Too late', etag)).status, 412)
  assert.equal((await rename('In time', renamed.headers.get('etag') ?? '')).status, 200)
})

test('two processes add to the same rows at once, and a process that stops loses nothing', async () => {
  const { id, secret } = await server.credential('documents:read', { tier: 'premium' })
  const beside = await startServer({ beside: server })
  const call = (on: TestServer) => on.call('GET', '/api/v1/documents', { key: secret })
  await Promise.all(Array.from({ length: 40 }, (_, i) => call(i % 2 ? server : beside)))
  await Promise.all([server, beside].map((one) => one.runTask('write down usage')))
  await Promise.all(Array.from({ length: 10 }, () => call(beside)))
  await beside.stop()
  assert.equal((await written(id, 50)).totals.requests, 50)
})

test('a batch that cannot be written is kept for the next time', async () => {
  const { id } = await server.credential('read')
  const { database, clock, log } = server.context
  let isAway = true
  const unsteady: Database = {
    ...database,
    write: (change) => (isAway ? Promise.reject(new Error('away')) : database.write(change)),
  }
  const recorder = new UsageRecorder(unsteady, clock, log)
  recorder.record({ id, ownerId: 1 }, 200, '203.0.113.1')
  recorder.record({ id, ownerId: 1 }, 429, '203.0.113.2')
  await assert.rejects(recorder.flush(), /away/)
  recorder.record({ id, ownerId: 1 }, 500, '203.0.113.3')
  isAway = false
  await recorder.flush()
  await recorder.flush()
  assert.deepEqual((await report(id)).totals, { requests: 3, errors: 2, rate_limited: 1 })
  const { body } = await server.call('GET', `/api/v1/credentials/${id}`, { key: admin })
  assert.equal(body.last_used_ip, '203.0.113.3')
})

test('what waits to be written is bounded, and what does not fit is told', async () => {
  const { database, clock, log } = server.context
  const recorder = new UsageRecorder(database, clock, log)
  const first = 1_000_000
  for (let i = 0; i < 20_003; i++) recorder.record({ id: first + i, ownerId: 1 }, 200, '203.0.113.1')
  recorder.record({ id: first, ownerId: 1 }, 200, '203.0.113.1')
  await recorder.flush()
  const rows = database.read.selectFrom('credential_usage').where('credential_id', '>=', first)
  const { count, sum } = await rows
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.sum<number>('requests').as('sum')])
    .executeTakeFirstOrThrow()
  assert.deepEqual([count, sum], [20_000, 20_001])
  const warning = server.logged.find(({ msg }) => /not counted/.test(msg))
  assert.equal(warning.requests, 3)
})

test('a report covers what was asked for, in whole hours or days', async () => {
  const { id } = await server.credential('read')
  const spans: [string, number, string, string][] = [
    [
      'since=2026-01-10T10:20:00Z&until=2026-01-10T12:40:00Z',
      3,
      '2026-01-10T10:00:00Z',
      '2026-01-10T13:00:00Z',
    ],
    [
      'since=2026-01-10T10:00:00Z&until=2026-01-10T12:00:00Z',
      2,
      '2026-01-10T10:00:00Z',
      '2026-01-10T12:00:00Z',
    ],
    [
      'per=day&since=2025-01-01T05:00:00Z&until=2026-01-01T00:00:00Z',
      365,
      '2025-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z',
    ],
    [
      'since=2026-01-10T10:00:00-02:00&until=2026-01-10T13:00:00Z',
      1,
      '2026-01-10T12:00:00Z',
      '2026-01-10T13:00:00Z',
    ],
    ['until=2026-01-10T12:00:00Z', 24, '2026-01-09T12:00:00Z', '2026-01-10T12:00:00Z'],
    ['since=2025-12-15T12:00:00Z', 744, '2025-12-15T12:00:00Z', '2026-01-15T12:00:00Z'],
  ]
  for (const [query, length, since, until] of spans) {
    const body = await report(id, `?${query}`)
    assert.deepEqual([body.data.length, body.since, body.until], [length, since, until], query)
    assert.equal(body.data[0].start, since)
  }
})

test('a report refuses what it cannot cover and says why', async () => {
  const { id } = await server.credential('read')
  const cases: [string, RegExp][] = [
    ['since=2025-12-14T12:00:00Z', /by the hour covers at most 31 days/],
    ['per=day&since=2024-12-01T00:00:00Z', /by the day covers at most 366 days/],
    ['since=2026-01-15T13:00:00Z', /'since' query parameter must be before 'until'/],
    ['since=2026-01-15T09:00:00Z&until=2026-01-15T09:00:00Z', /must be before/],
    ['per=week', /'per' query parameter must be one of: hour, day/],
    ['until=9999-12-31T23:59:59Z', /between 1970 and 9999/],
    ['since=0000-01-01T00:00:00Z&until=0000-01-02T00:00:00Z', /between 1970 and 9999/],
    ['since=noon', /RFC 3339/],
  ]
  for (const [query, details] of cases) {
    const path = `/api/v1/credentials/${id}/usage?${query}`
    assertRefused(await server.call('GET', path, { key: admin }), 400, details)
  }
  const missing = await server.call('GET', '/api/v1/credentials/999999/usage', { key: admin })
  assertRefused(missing, 404, /no credential with id 999999/)
})

test('a report reads the rows of its credential and span alone, and old rows are pruned', async () => {
  const { database } = server.context
  const [plan = ''] = await queryPlans(database, (db) => readUsage(db, 1, 'hour', '2026-01-01', '2026-02-01'))
  assert.match(plan, /PRIMARY KEY \(credential_id=\? AND hour>\? AND hour<\?\)|credential_usage_pkey/)

  const count = async () => {
    const rows = database.read
      .selectFrom('credential_usage')
      .select((eb) => eb.fn.countAll<number>().as('total'))
    return (await rows.executeTakeFirstOrThrow()).total
  }
  server.clock.advance(399 * dayMs)
  const before = await count()
  await server.runTask('prune old usage')
  assert.equal(await count(), before)
  server.clock.advance(2 * dayMs)
  await Promise.all([1, 2].map(() => server.runTask('prune old usage')))
  assert.equal(await count(), 0)
})
