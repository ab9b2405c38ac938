import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { eventLog } from './event-log.ts'
import { postgresUrl } from './fresh-database.ts'
import { type Json, startServer } from './harness.ts'
import { until } from './until.ts'

/** Whoever follows the log, while others write and in whatever order their transactions end. */
const server = await startServer()
const { secret: key } = await server.credential('read write')
const { create, settled, list, follow } = eventLog(server, key)

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

test('the log is read from its end in pages that stand still, and followed from there', async () => {
  await settled()
  const forwards = (await follow(undefined)).seen.map((event) => event.id)
  const first = await list('?sort=-log&limit=4')
  assert.deepEqual(first.ids, forwards.slice(-4).reverse())
  assert.equal(first.meta.total_count, forwards.length)
  assert.equal(first.next, `/api/v1/events?sort=-log&limit=4&before=${first.ids[3]}`)

  await create('Written between two pages', { status: 'published' })
  await settled()
  const backwards = [...first.ids]
  for (let next: string | undefined = first.next; next !== undefined; ) {
    const page = await list(next.slice('/api/v1/events'.length))
    backwards.push(...page.ids)
    next = page.next
  }
  assert.deepEqual(backwards, forwards.toReversed())
  assert.deepEqual(
    (await follow(first.ids[0])).seen.map((event) => event.type),
    ['document.created', 'document.published'],
  )
  const byType = await list('?sort=-log&type=document.published&limit=2')
  const published = (await list('?type=document.published&limit=100')).ids
  assert.deepEqual(byType.ids, published.slice(-2).reverse())
  assert.match(byType.next ?? '', /sort=-log&type=document.published&limit=2&before=\d+$/)
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

  test('a page from the end leaves out what may still be passed, and what commits late stands on no page before', async () => {
    await settled()
    const late = await transaction()
    await late.begin()
    await create('Held back')
    const newest = await list('?sort=-log&limit=3')
    const lateId = await late.append(78)
    await late.end('COMMIT')
    await settled()
    const { seen } = await follow(newest.ids[0])
    assert.deepEqual(
      seen.map((event) => event.id === lateId || event.payload.data.title),
      [true, 'Held back'],
      'nothing is missed by whoever goes on from the newest page',
    )
    assert.deepEqual(
      (await list(`?sort=-log&limit=3&before=${seen[0].id}`)).ids,
      newest.ids,
      'the page that was shown stands as it was',
    )
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
