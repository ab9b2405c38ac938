import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { sql } from 'kysely'
import pg from 'pg'
import { type EventFilter, listEvents } from '../src/events/store.ts'
import { postgresUrl } from './fresh-database.ts'
import { type Json, startServer, type TestServer } from './harness.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer({ env: { COMSERV_EVENT_RETENTION_DAYS: '7' } })
const { secret: key } = await server.credential('read write')
const dayMs = 86_400_000

async function create(title: string, more: object = {}, on: TestServer = server): Promise<number> {
  const { status, body, text } = await on.call('POST', '/api/v1/documents', { key, json: { title, ...more } })
  assert.equal(status, 201, text)
  return body.id
}

/** Other suites write to other databases of the same PostgreSQL server, and their transactions hold our events back, too. */
async function settled(): Promise<void> {
  if (postgresUrl === undefined) return
  const unsettled = server.context.database.read
    .selectFrom('events')
    .select('id')
    .where(sql<boolean>`xact >= pg_snapshot_xmin(pg_current_snapshot())`)
    .limit(1)
  await until('older transactions to end', async () =>
    (await unsettled.execute()).length === 0 ? true : undefined,
  )
}

async function list(
  query = '',
): Promise<{ ids: number[]; data: Json[]; meta: Json; next: string | undefined }> {
  const { status, body, text, headers } = await server.call('GET', `/api/v1/events${query}`, { key })
  assert.equal(status, 200, text)
  const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return { ids: body.data.map((event: Json) => event.id), data: body.data, meta: body.meta, next }
}

/** Everything that is in the log after an event, as a program that follows it would read it. */
async function follow(
  after: number | undefined,
  limit = 100,
): Promise<{ seen: Json[]; last: number | undefined }> {
  const seen: Json[] = []
  for (let last = after; ; ) {
    const { data } = await list(`?limit=${limit}${last === undefined ? '' : `&after=${last}`}`)
    if (data.length === 0) return { seen, last }
    seen.push(...data)
    last = data.at(-1).id
  }
}

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

test('a program that goes on after the last event reads each once, in order, by type and in all', async () => {
  for (let i = 0; i < 7; i++) await create(`Followed ${i}`, i % 2 === 0 ? { status: 'published' } : {})
  await settled()
  const { seen, last } = await follow(undefined, 3)
  assert.equal(seen.length, (await list()).meta.total_count)
  assert.equal(new Set(seen.map((event) => event.id)).size, seen.length)
  assert.deepEqual(await list(`?after=${last}`), {
    ids: [],
    data: [],
    meta: { total_count: seen.length },
    next: undefined,
  })

  const published = seen.filter((event) => event.type === 'document.published')
  const first = await list('?type=document.published&limit=2')
  assert.equal(first.meta.total_count, published.length)
  assert.equal(first.next, `/api/v1/events?type=document.published&limit=2&after=${published[1].id}`)
  const ids = [...first.ids]
  for (let next: string | undefined = first.next; next !== undefined; ) {
    const slice = await list(next.slice('/api/v1/events'.length))
    ids.push(...slice.ids)
    next = slice.next
  }
  assert.deepEqual(
    ids,
    published.map((event) => event.id),
  )

  await create('Newcomer')
  await settled()
  assert.deepEqual(
    (await follow(last)).seen.map((event) => event.payload.data.title),
    ['Newcomer'],
  )
})

test('a program that follows the log while two processes write misses nothing and sees nothing twice', async () => {
  const beside = await startServer({ beside: server })
  await settled()
  const { last } = await follow(undefined)
  const titles = Array.from({ length: 120 }, (_, i) => `Raced ${i}`)
  let isWriting = true
  const writing = Promise.all(
    titles.map((title, i) =>
      create(title, i % 3 === 0 ? { status: 'published' } : {}, i % 2 ? beside : server),
    ),
  ).finally(() => {
    isWriting = false
  })
  const seen: Json[] = []
  let after = last
  do {
    const slice = await list(`?limit=7&after=${after}`)
    seen.push(...slice.data)
    after = slice.ids.at(-1) ?? after
  } while (isWriting)
  await writing
  await settled()
  seen.push(...(await follow(after)).seen)
  const created = seen.filter((event) => event.type === 'document.created')
  assert.deepEqual(created.map((event) => event.payload.data.title).sort(), [...titles].sort())
  assert.equal(seen.length, 160)
  assert.equal(new Set(seen.map((event) => event.id)).size, 160)
  await beside.stop()
})

test('the log refuses what it does not know and says why', async () => {
  const cases: [string, RegExp][] = [
    ['after=0', /'after' query parameter must be from 1/],
    ['after=x', /'after' query parameter must be a whole number/],
    ['type=document.eaten', /'type' query parameter must be one of: user.created/],
    ['limit=101', /from 1 to 100/],
    ['page=2', /'page' query parameter is not known here; the query parameters are: after, type, limit/],
    ['cursor=x', /'cursor' query parameter is not known here/],
  ]
  for (const [query, details] of cases)
    assertRefused(await server.call('GET', `/api/v1/events?${query}`, { key }), 400, details)
})

test('every type comes with a schema that its example fulfils, and any valid credential may read them', async () => {
  const { secret } = await server.credential('webhooks:read')
  const { status, body } = await server.call('GET', '/api/v1/event-types', { key: secret })
  assert.equal(status, 200)
  assert.deepEqual(body.meta, { current_page: 1, total_pages: 1, total_count: 8 })
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
    trx.count('events:type=document.created', -1)
    trx.count('events:type=document.published', -1)
  })
  assert.equal((await list()).meta.total_count, 1_203)
  await Promise.all([1, 2].map(() => server.runTask('prune old events')))
  assert.deepEqual((await list()).meta, { total_count: 0 })
})

test('every way to read the log is a seek in an index, without sorting', async () => {
  const filters: [EventFilter, RegExp][] = [
    [{}, /SCAN events|events_order/],
    [{ after: 5 }, /INTEGER PRIMARY KEY \(rowid>\?\)|events_order.*Index Cond: .*ROW\(xact, id\) > ROW/s],
    [{ type: 'user.created' }, /events_type/],
    [
      { type: 'user.created', after: 5 },
      /events_type \(type=\? AND id>\?\)|events_type.*ROW\(xact, id\) > ROW/s,
    ],
  ]
  for (const [filter, expected] of filters) {
    const [plan = ''] = await queryPlans(server.context.database, (db) => listEvents(db, filter, 20))
    assert.match(plan, expected)
    assert.doesNotMatch(plan, /sort|temp b-tree/i)
  }
})

// What follows needs transactions that are open side by side, which the embedded database does not have.
if (postgresUrl !== undefined) {
  const insert = `INSERT INTO events (type, occurred_at, resource_type, resource_id, body)
    VALUES ('document.deleted', $1, 'document', $2, $3) RETURNING id`

  let slots = 1_000

  async function transaction() {
    const { database } = server.context.config
    const client = new pg.Client({ connectionString: database.kind === 'postgres' ? database.url : '' })
    await client.connect()
    await client.query('BEGIN')
    // Of its own, so that transactions do not wait for each other.
    const slot = ++slots
    return {
      /** Gives the transaction its number, as its first write would. */
      begin: () => client.query('SELECT pg_current_xact_id()'),
      async append(resourceId: number): Promise<number> {
        const timestamp = new Date(server.clock.now()).toISOString().replace('.000', '')
        const data = { id: resourceId, title: 'Late', category: 'x', status: 'draft', author_id: 1 }
        const body = JSON.stringify({ event: 'document.deleted', timestamp, data })
        const { rows } = await client.query(insert, [timestamp, resourceId, body])
        for (const scope of ['events', 'events:type=document.deleted'])
          await client.query(
            'INSERT INTO counters VALUES ($1, $2, 1) ON CONFLICT (scope, slot) DO UPDATE SET count = counters.count + 1',
            [scope, slot],
          )
        return Number(rows[0].id)
      },
      async end(word: 'COMMIT' | 'ROLLBACK') {
        await client.query(word)
        await client.end()
      },
    }
  }

  test('an event of a transaction that commits late is read after it has, and nothing passes it', async () => {
    await settled()
    const { last = 1 } = await follow(undefined)
    const late = await transaction()
    await late.begin()
    const document = await create('Committed early')
    assert.deepEqual((await follow(last)).seen, [], 'held back while the older transaction is open')
    const total = (await list()).meta.total_count
    const lateId = await late.append(77)
    await late.end('COMMIT')
    await settled()
    const { seen } = await follow(last)
    assert.deepEqual(
      seen.map((event) => event.resource_id),
      [77, document],
      'in the order of the transactions, not of the ids',
    )
    assert.ok(lateId > seen[1].id)
    assert.equal((await list()).meta.total_count, total + 1)
  })

  test('an event with a smaller id than one that was read before is not missed', async () => {
    await settled()
    const { last = 1 } = await follow(undefined)
    const older = await transaction()
    await older.begin()
    const younger = await transaction()
    const youngerId = await younger.append(1)
    const olderId = await older.append(2)
    assert.ok(youngerId < olderId)
    await older.end('COMMIT')
    const first = await until('the event of the older transaction', async () => {
      const slice = await follow(last)
      return slice.seen.length > 0 ? slice : undefined
    })
    assert.deepEqual(
      first.seen.map((event) => event.id),
      [olderId],
    )
    await younger.end('COMMIT')
    await settled()
    const second = await follow(first.last)
    assert.deepEqual(
      second.seen.map((event) => event.id),
      [youngerId],
    )
    assert.deepEqual((await follow(second.last)).seen, [])
  })

  test('a transaction that is rolled back holds nothing back any more', async () => {
    await settled()
    const { last = 1 } = await follow(undefined)
    const doomed = await transaction()
    await doomed.append(3)
    const id = await create('Waits')
    await doomed.end('ROLLBACK')
    await settled()
    assert.deepEqual(
      (await follow(last)).seen.map((event) => event.resource_id),
      [id],
    )
  })

  test('a log that came from another server by a dump is read on from where a program was', async () => {
    await settled()
    const { last = 1 } = await follow(undefined)
    const unread = await create('Before the move')
    const client = new pg.Client({
      connectionString: (server.context.config.database as { url: string }).url,
    })
    await client.connect()
    await client.query(`UPDATE events SET xact = (xact::text::bigint + 1000000000)::text::xid8`)
    await client.end()
    assert.deepEqual((await follow(last)).seen, [], 'hidden until a process starts')
    const beside = await startServer({ beside: server })
    const written = await create('After the move', {}, beside)
    await settled()
    assert.deepEqual(
      (await follow(last)).seen.map((event) => event.resource_id),
      [unread, written],
    )
    await beside.stop()
  })
}
