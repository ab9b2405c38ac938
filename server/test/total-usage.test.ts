import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { readTotalUsage } from '../src/usage/store.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson } from './people.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer({ env: { COMSERV_RATE_LIMIT_STANDARD: '4' } })
// Of the operator, and never counted down: premium credentials may ask as often as they like.
const { secret: admin } = await server.credential('admin', { tier: 'premium' })
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const none = { requests: 0, errors: 0, rate_limited: 0 }

async function report(query = '', key = admin): Promise<Json> {
  const { status, body, text } = await server.call('GET', `/api/v1/usage${query}`, { key })
  assert.equal(status, 200, text)
  return body
}

/** What is in the tables, without a request that would be counted itself. */
async function counted(ownerId: number, per: 'minute' | 'hour' = 'hour') {
  await server.runTask('write down usage')
  const rows = await readTotalUsage(server.context.database.read, ownerId, per, '2026', '2036')
  return rows.map(({ startMs, counts }) => [new Date(startMs).toISOString().slice(11, 16), counts])
}

const developer = await makePerson(server, 'developer')
const other = await makePerson(server, 'developer')

test('all requests of an owner are added up by the minute, from the first request on', async () => {
  const [one, two, others] = await Promise.all([
    server.credential('documents:read', { owner_id: developer.id }),
    server.credential('documents:read', { owner_id: developer.id }),
    server.credential('documents:read', { owner_id: other.id }),
  ])
  for (let i = 0; i < 6; i++) await server.call('GET', '/api/v1/documents', { key: one.secret })
  server.clock.advance(90_000)
  await server.call('GET', '/api/v1/documents/999999', { key: two.secret })
  await server.call('GET', '/api/v1/documents', { key: others.secret })
  const minutes = [
    ['08:30', { requests: 6, errors: 2, rate_limited: 2 }],
    ['08:31', { requests: 1, errors: 1, rate_limited: 0 }],
  ]
  await until(
    'all to be counted',
    async () => (await counted(developer.id, 'minute')).length === 2 || undefined,
  )
  assert.deepEqual(await counted(developer.id, 'minute'), minutes)
  assert.deepEqual(await counted(developer.id), [['08:00', { requests: 7, errors: 3, rate_limited: 2 }]])
  assert.deepEqual(await counted(other.id), [['08:00', { ...none, requests: 1 }]])
})

test('a developer is told of their own credentials, an administrator of all', async () => {
  const { secret: own } = await server.credential('credentials:read', {
    owner_id: developer.id,
    tier: 'premium',
  })
  const body = await report('?per=minute', own)
  assert.equal(body.per, 'minute')
  assert.deepEqual([body.since, body.until], ['2026-01-15T07:32:00Z', '2026-01-15T08:32:00Z'])
  assert.equal(body.data.length, 60)
  assert.deepEqual(body.data.slice(-3), [
    { start: '2026-01-15T08:29:00Z', ...none },
    { start: '2026-01-15T08:30:00Z', requests: 6, errors: 2, rate_limited: 2 },
    { start: '2026-01-15T08:31:00Z', requests: 1, errors: 1, rate_limited: 0 },
  ])
  assert.deepEqual(body.totals, { requests: 7, errors: 3, rate_limited: 2 })
  const all = await report('?per=day')
  assert.equal(all.data.length, 30)
  assert.deepEqual([all.totals.requests, all.totals.errors], [8, 3])
  assert.deepEqual(all.data.at(-1), { start: '2026-01-15T00:00:00Z', ...all.totals })
})

test('what two processes count at once adds up, for everybody as for each owner and credential', async () => {
  const { secret } = await server.credential('documents:read', { owner_id: other.id, tier: 'premium' })
  const beside = await startServer({ beside: server })
  const on = (i: number) => (i % 2 ? server : beside)
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => on(i).call('GET', '/api/v1/documents', { key: secret })),
  )
  await Promise.all([server, beside].map((one) => one.runTask('write down usage')))
  await beside.stop()
  await until('all to be counted', async () => {
    const [[, { requests }] = ['', none]] = (await counted(other.id)) as [string, typeof none][]
    return requests === 41 || undefined
  })
  const { rows } = await sql<{ requests: number; errors: number }>`
    select sum(requests) as requests, sum(errors) as errors from credential_usage
    union all select sum(requests), sum(errors) from usage_totals where owner_id = 0 and per = 'hour'
    union all select sum(requests), sum(errors) from usage_totals where owner_id = 0 and per = 'minute'
    union all select sum(requests), sum(errors) from usage_totals where owner_id > 0 and per = 'hour'
    union all select sum(requests), sum(errors) from usage_totals where owner_id > 0 and per = 'minute'
  `.execute(server.context.database.read)
  const [first, ...rest] = rows.map(({ requests, errors }) => [Number(requests), Number(errors)])
  assert.deepEqual(rest, Array(4).fill(first))
})

test('minutes are told of for a day, and refused for longer; then they are pruned, and hours are not', async () => {
  server.clock.advance(dayMs - 2 * hourMs)
  const since = (ms: number) => new Date(server.clock.now() - ms).toISOString()
  const whole = await report(`?per=minute&since=${since(dayMs - 60_000)}`)
  assert.equal(whole.data.length, 1_440)
  assert.ok(whole.totals.requests >= 48)
  const older = `?per=minute&since=${since(dayMs + 60_000)}&until=${since(dayMs - 60_000)}`
  assertRefused(
    await server.call('GET', `/api/v1/usage${older}`, { key: admin }),
    400,
    /Minutes are kept for 24 hours; move 'since', or use 'per=hour'/,
  )
  assertRefused(
    await server.call('GET', '/api/v1/usage?per=minute&since=2026-01-14T08:00:00Z', { key: admin }),
    400,
    /by the minute covers at most 24 hours/,
  )
  assertRefused(
    await server.call('GET', '/api/v1/usage?per=week', { key: admin }),
    400,
    /'per' query parameter must be one of: minute, hour, day/,
  )
  await server.runTask('prune old usage')
  assert.equal((await counted(developer.id, 'minute')).length, 2)
  server.clock.advance(4 * hourMs)
  await server.runTask('prune old usage')
  assert.deepEqual(await counted(developer.id, 'minute'), [])
  assert.equal((await counted(developer.id)).length, 1)
  server.clock.advance(400 * dayMs)
  await server.runTask('prune old usage')
  assert.deepEqual(await counted(developer.id), [])
})

test('a report reads as many rows as its span has minutes or hours, by the key of the totals', async () => {
  const { database } = server.context
  const start = '2026-01-15T08:00:00Z'
  const rows = (['minute', 'hour'] as const).flatMap((per) =>
    Array.from({ length: 2_000 }, (_, i) => ({ owner_id: 1_000 + i, per, start, ...none })),
  )
  await database.write((trx) => trx.db.insertInto('usage_totals').values(rows).execute())
  // PostgreSQL decides by what the tables hold, and learns of it by itself after a minute.
  if (database.dialect === 'postgres') await sql`analyze usage_totals`.execute(database.read)
  for (const per of ['minute', 'hour', 'day'] as const) {
    for (const owner of [undefined, 7]) {
      const [plan = ''] = await queryPlans(database, (db) =>
        readTotalUsage(db, owner, per, '2026-01', '2026-02'),
      )
      assert.match(
        plan,
        /PRIMARY KEY \(owner_id=\? AND per=\? AND start>\? AND start<\?\)|usage_totals_pkey/,
        `${per} ${owner}: ${plan}`,
      )
    }
  }
})
