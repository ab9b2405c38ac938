import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')

async function create(json: Json): Promise<number> {
  const { status, body, text } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { events: ['document.created'], ...json },
  })
  assert.equal(status, 201, text)
  return body.id
}

const theirs = await signedInAs(server, 'developer')
const first = await create({ url: 'https://hooks.example.com/orders', description: 'Orders of the shop' })
const second = await create({
  url: 'https://chat.example.org/in',
  description: 'Orders, for the team',
  events: ['document.created', 'user.updated'],
})
const third = await create({ url: 'https://archive.example.net/v2/store' })
const paused = await create({ url: 'https://quiet.example.com/', description: 'Paused' })
await server.call('PATCH', `/api/v1/webhooks/${paused}`, { key, json: { status: 'paused' } })
const own = await create({ url: 'https://own.example.com/', owner_id: theirs.id })

async function found(query: string, call: typeof server.call = server.call, by: Json = { key }) {
  const { status, body, text } = await call('GET', `/api/v1/webhooks?${query}`, by)
  assert.equal(status, 200, text)
  assert.equal(body.meta.total_count, body.data.length, text)
  return body.data.map(({ id }: Json) => id)
}

/** As failed attempts leave it, for so many minutes. */
async function failing(id: number, minutes: number): Promise<void> {
  const failing_since = new Date(server.clock.now() - minutes * 60_000).toISOString()
  await server.context.database.write(({ db }) =>
    db
      .updateTable('webhooks')
      .set({ failing_since, last_failure_at: failing_since, consecutive_failures: 2 })
      .where('id', '=', id)
      .execute(),
  )
}

test('a search finds webhooks by words of their description and of their URL', async () => {
  assert.deepEqual(await found('q=orders'), [second, first])
  assert.deepEqual(await found('q=chat.example.org'), [second])
  assert.deepEqual(await found('q=hooks.exam'), [first])
  assert.deepEqual(await found('q=store+v2'), [third])
  assert.deepEqual(await found('q=elsewhere'), [])
})

test('the index follows changes of the URL and the description, and a deletion', async () => {
  const id = await create({ url: 'https://before.example.com/', description: 'Short-lived' })
  const path = `/api/v1/webhooks/${id}`
  await server.call('PATCH', path, { key, json: { url: 'https://after.example.com/' } })
  assert.deepEqual([await found('q=before'), await found('q=after')], [[], [id]])
  await server.call('PATCH', path, { key, json: { description: 'Renamed' } })
  assert.deepEqual([await found('q=lived'), await found('q=renamed after')], [[], [id]])
  await server.call('DELETE', path, { key })
  assert.deepEqual(await found('q=renamed'), [])
})

test('webhooks are filtered by status, event type and owner, and filters add up', async () => {
  assert.deepEqual(await found('status=paused'), [paused])
  assert.deepEqual(await found('status=disabled'), [])
  assert.deepEqual(await found('event_type=user.updated'), [second])
  assert.deepEqual(await found('event_type=document.created&q=orders'), [second, first])
  assert.deepEqual(await found(`owner_id=${theirs.id}&status=active`), [own])
})

test('those that fail come first, then all others, newest first, by pages and by cursors', async () => {
  await failing(first, 90)
  await failing(third, 5)
  const order = [third, first, own, paused, second]
  assert.deepEqual(await found('sort=-failing_since'), order)
  assert.deepEqual(await found('status=failing&sort=-failing_since'), [third, first])
  for (const limit of [1, 2, 3]) {
    const byCursor = []
    for (let path = `/api/v1/webhooks?sort=-failing_since&limit=${limit}`; path; ) {
      const { body, headers } = await server.call('GET', path, { key })
      byCursor.push(...body.data.map(({ id }: Json) => id))
      path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
    }
    assert.deepEqual(byCursor, order, `by ${limit}`)
  }
  const { body } = await server.call('GET', '/api/v1/webhooks?sort=-failing_since&limit=2&page=2', { key })
  assert.deepEqual(
    body.data.map(({ id }: Json) => id),
    [own, paused],
  )
})

test('one that is paused or works again is not among those that fail', async () => {
  const path = `/api/v1/webhooks/${third}`
  await server.call('PATCH', path, { key, json: { status: 'paused' } })
  assert.deepEqual(await found('status=failing'), [first])
  await server.call('PATCH', path, { key, json: { status: 'active' } })
  assert.deepEqual(await found('sort=-failing_since'), [first, own, paused, third, second])
})

test('people who see their own webhooks find no others', async () => {
  for (const query of ['q=example', 'status=active', 'event_type=document.created', 'sort=-failing_since'])
    assert.deepEqual(await found(query, theirs.call, {}), [own], query)
  assert.deepEqual(await found('status=failing', theirs.call, {}), [])
})

test('an unknown value of a filter is refused', async () => {
  for (const query of ['status=gone', 'event_type=ping', 'sort=failing_since', 'q='])
    assertRefused(
      await server.call('GET', `/api/v1/webhooks?${query}`, { key }),
      400,
      /status|event_type|sort|q/,
    )
})
