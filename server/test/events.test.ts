import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { type EventFilter, listEvents } from '../src/events/store.ts'
import { eventLog } from './event-log.ts'
import { type Json, startServer } from './harness.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_EVENT_RETENTION_DAYS: '7' } })
const { secret: key } = await server.credential('read write')
const { create, settled, list } = eventLog(server, key)
const dayMs = 86_400_000

test('an event tells what happened, in the words that webhooks are sent', async () => {
  const id = await create('New Policy Document', { category: 'policies', status: 'published' })
  await settled()
  const { data, meta } = await list()
  assert.deepEqual(meta, { total_count: 2 })
  const { id: eventId, ...published } = data[1]
  const { body: document } = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.deepEqual(published, {
    type: 'document.published',
    occurred_at: document.created_at,
    resource_type: 'document',
    resource_id: id,
    payload: {
      event: 'document.published',
      timestamp: document.created_at,
      data: {
        id,
        title: 'New Policy Document',
        category: 'policies',
        status: 'published',
        author_id: document.author_id,
      },
    },
  })
  const stored = await server.context.database.read
    .selectFrom('events')
    .select('body')
    .where('id', '=', eventId)
    .executeTakeFirstOrThrow()
  const one = await server.call('GET', `/api/v1/events/${eventId}`, { key })
  assert.deepEqual(one.body, data[1])
  assert.ok(one.text.includes(`"payload":${stored.body}`), 'byte for byte what is stored')

  const again = await server.call('GET', `/api/v1/events/${eventId}`, {
    key,
    headers: { 'if-none-match': one.headers.get('etag') ?? '' },
  })
  assert.equal(again.status, 304)
  assertRefused(await server.call('GET', '/api/v1/events/999999', { key }), 404, /no event with id 999999/)
})

test('the log refuses what it does not know and says why', async () => {
  const cases: [string, RegExp][] = [
    ['after=0', /'after' query parameter must be from 1/],
    ['after=x', /'after' query parameter must be a whole number/],
    ['type=document.eaten', /'type' query parameter must be one of: user.created/],
    ['limit=101', /from 1 to 100/],
    [
      'page=2',
      /'page' query parameter is not known here; the query parameters are: after, before, sort, type, request_id, limit/,
    ],
    ['sort=-id', /'sort' query parameter must be one of: log, -log/],
    ['sort=-log&after=1', /'after' query parameter reads forwards and 'sort=-log' backwards/],
    ['before=1', /'before' query parameter requires 'sort=-log'/],
    ['before=1&sort=log', /'before' query parameter requires 'sort=-log'/],
    ['sort=-log&before=0', /'before' query parameter must be from 1/],
    ['cursor=x', /'cursor' query parameter is not known here/],
  ]
  for (const [query, details] of cases)
    assertRefused(await server.call('GET', `/api/v1/events?${query}`, { key }), 400, details)
})

test('every type comes with a schema that its example fulfils, and any valid credential may read them', async () => {
  const { secret } = await server.credential('webhooks:read')
  const { status, body } = await server.call('GET', '/api/v1/event-types', { key: secret })
  assert.equal(status, 200)
  assert.deepEqual(body.meta, { current_page: 1, total_pages: 1, total_count: 12 })
  const ajv = new Ajv({ strict: true, formats: { 'date-time': true } })
  for (const { name, description, schema, example } of body.data) {
    assert.match(description, /^[A-Z]/)
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
    const { $schema: _, ...plain } = schema
    const check = ajv.compile(plain)
    assert.equal(check(example), true, `${name}: ${ajv.errorsText(check.errors)}`)
    assert.equal(check({ ...example, event: 'other' }), false)
    const { id: __, ...incomplete } = example.data
    assert.equal(check({ ...example, data: incomplete }), false)
  }
  assert.deepEqual(body.data.find((type: Json) => type.name === 'document.published').example, {
    event: 'document.published',
    timestamp: '2023-05-21T15:32:10Z',
    data: { id: 42, title: 'New Policy Document', category: 'policies', status: 'published', author_id: 5 },
  })
})

test('users cause the events that the page promises', async () => {
  await server.newEvents()
  const json = { username: 'eventful', email: 'eventful@example.org', password: 'correct horse' }
  const { body } = await server.call('POST', '/api/v1/users', { key, json })
  await server.call('PATCH', `/api/v1/users/${body.id}`, { key, json: { status: 'inactive' } })
  await server.call('DELETE', `/api/v1/users/${body.id}`, { key })
  assert.deepEqual(await server.newEvents(), ['user.created', 'user.updated', 'user.deleted'])
  await settled()
  const { data } = await list('?type=user.deleted')
  assert.deepEqual(data[0].payload.data, {
    id: body.id,
    username: 'eventful',
    email: 'eventful@example.org',
    role: 'normal',
    status: 'inactive',
  })
})

test('events past their time are pruned with their totals, and whoever was behind goes on with the oldest kept', async () => {
  const { ids: before } = await list('?limit=1')
  server.clock.advance(3 * dayMs)
  const id = await create('Kept', { status: 'published' })
  const total = (await list()).meta.total_count
  await server.runTask('prune old events')
  assert.equal((await list()).meta.total_count, total)

  server.clock.advance(4 * dayMs + 1_000)
  await Promise.all([1, 2, 3].map(() => server.runTask('prune old events')))
  await settled()
  const { data, meta } = await list()
  assert.deepEqual(meta, { total_count: 2 })
  assert.deepEqual(
    data.map((event) => [event.resource_id, event.type]),
    [
      [id, 'document.created'],
      [id, 'document.published'],
    ],
  )
  assert.deepEqual((await list(`?after=${before[0]}`)).data, data)
  assert.deepEqual((await list(`?sort=-log&before=${before[0]}`)).data, [], 'what was older is gone, too')
  assert.equal((await list('?type=user.created')).meta.total_count, 0)
  assert.equal((await server.call('GET', `/api/v1/events/${before[0]}`, { key })).status, 404)
})

test('pruning goes through a long log in batches', async () => {
  const { database } = server.context
  const occurred_at = '2020-01-01T00:00:00Z'
  const data = { id: 1, title: 'Old', category: 'x', status: 'draft', author_id: 1 }
  const body = JSON.stringify({ event: 'document.updated', timestamp: occurred_at, data })
  const row = { type: 'document.updated', occurred_at, resource_type: 'document', resource_id: 1, body }
  const kept = (await list()).ids
  await database.read.deleteFrom('events').execute()
  await database.write(async (trx) => {
    await trx.db.insertInto('events').values(Array(1_203).fill(row)).execute()
    trx.count('events', 1_203 - kept.length)
    trx.count('events:type=document.updated', 1_203)
    for (const type of ['document.created', 'document.published'])
      for (const filter of ['', '&status=published', '&category=general&status=published'])
        trx.count(`events:type=${type}${filter}`, -1)
  })
  assert.equal((await list()).meta.total_count, 1_203)
  await Promise.all([1, 2].map(() => server.runTask('prune old events')))
  assert.deepEqual((await list()).meta, { total_count: 0 })
})

test('every way to read the log is a seek in an index, without sorting', async () => {
  const filters: [EventFilter, RegExp][] = [
    [{}, /SCAN events|events_order/],
    [{ after: 5 }, /INTEGER PRIMARY KEY \(rowid>\?\)|events_order.*Index Cond: .*ROW\(xact, id\) > ROW/s],
    [{ types: ['user.created'] }, /events_type/],
    [
      { types: ['user.created'], after: 5 },
      /events_type \(type=\? AND id>\?\)|events_type.*ROW\(xact, id\) > ROW/s,
    ],
    [{ sort: '-log' }, /SCAN events|Scan Backward using events_order/],
    [
      { sort: '-log', before: 5 },
      /INTEGER PRIMARY KEY \(rowid<\?\)|Scan Backward using events_order.*Index Cond: .*ROW\(xact, id\) < ROW/s,
    ],
    [
      { sort: '-log', types: ['user.created'], before: 5 },
      /events_type \(type=\? AND id<\?\)|Scan Backward using events_type.*ROW\(xact, id\) < ROW/s,
    ],
  ]
  for (const [filter, expected] of filters) {
    const [plan = ''] = await queryPlans(server.context.database, (db) => listEvents(db, filter, 20))
    assert.match(plan, expected)
    assert.doesNotMatch(plan, /sort|temp b-tree/i)
  }
})

test('several types are read by as many seeks, and only what they found is put in order', async () => {
  const types = ['user.created', 'user.updated', 'user.deleted']
  for (const filter of [{ types }, { types, after: 5 }, { types, sort: '-log', before: 5 }] as const) {
    const [plan = ''] = await queryPlans(server.context.database, (db) => listEvents(db, filter, 20))
    assert.equal(plan.match(/USING INDEX events_type|using events_type/g)?.length, 3, plan)
    assert.equal(plan.match(/SCAN events|temp b-tree|Sort Key|Seq Scan/gi)?.length ?? 0, 1, plan)
  }
})
