import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { secret: otherKey } = await server.credential('read write')

async function create(title: string): Promise<{ id: number; etag: string }> {
  const { body, headers } = await server.call('POST', '/api/v1/documents', { key, json: { title } })
  return { id: body.id, etag: headers.get('etag') ?? '' }
}

test('a resource keeps its ETag until it changes, and every response about it has the current one', async () => {
  const { id, etag } = await create('tagged')
  const read = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.match(etag, /^"[^"]+"$/)
  assert.equal(read.headers.get('etag'), etag)
  const changed = await server.call('PATCH', `/api/v1/documents/${id}`, { key, json: { title: 'other' } })
  assert.notEqual(changed.headers.get('etag'), etag)
  const again = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.equal(again.headers.get('etag'), changed.headers.get('etag'))
})

test('a reader who has the resource already gets 304 without a body, with the rate limit headers', async () => {
  const { id, etag } = await create('cached')
  for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    for (const method of ['GET', 'HEAD']) {
      const { status, text, headers } = await server.call(method, `/api/v1/documents/${id}`, {
        key,
        headers: { 'if-none-match': tag },
      })
      assert.equal(status, 304, `${method} ${tag}`)
      assert.equal(text, '')
      assert.equal(headers.get('etag'), etag)
      assert.equal(headers.get('content-length'), null, 'of the resource it would be another one')
      assert.ok(headers.get('x-ratelimit-remaining'))
    }
  }
  const { status } = await server.call('GET', `/api/v1/documents/${id}`, {
    key,
    headers: { 'if-none-match': '"other"' },
  })
  assert.equal(status, 200)
})

test('a change made on a stale reading is refused with 412 and changes nothing', async () => {
  const { id, etag } = await create('contended')
  await server.call('PATCH', `/api/v1/documents/${id}`, {
    key,
    json: { title: 'first' },
    headers: { 'if-match': etag },
  })
  await server.newEvents()
  for (const [method, json] of [
    ['PATCH', { title: 'second' }],
    ['DELETE', undefined],
  ] as const) {
    const { status, body, headers } = await server.call(method, `/api/v1/documents/${id}`, {
      key,
      ...(json ? { json } : {}),
      headers: { 'if-match': etag },
    })
    assert.equal(status, 412)
    assert.equal(body.error.code, 'precondition_failed')
    assert.notEqual(headers.get('etag'), etag)
  }
  assert.deepEqual(await server.newEvents(), [])
  assert.equal((await server.call('GET', `/api/v1/documents/${id}`, { key })).body.title, 'first')
  const weak = await server.call('PATCH', `/api/v1/documents/${id}`, {
    key,
    json: { title: 'x' },
    headers: { 'if-match': `W/${etag}` },
  })
  assert.equal(weak.status, 412, 'If-Match compares strongly')
  const any = await server.call('PATCH', `/api/v1/documents/${id}`, {
    key,
    json: { title: 'x' },
    headers: { 'if-match': '*' },
  })
  assert.equal(any.status, 200)
})

test('of many changes with the same If-Match, exactly one succeeds', async () => {
  const { id, etag } = await create('raced')
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      server.call('PATCH', `/api/v1/documents/${id}`, {
        key,
        json: { title: `writer ${i}` },
        headers: { 'if-match': etag },
      }),
    ),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(412)])
})

const documentsNow = async (): Promise<number> =>
  (await server.call('GET', '/api/v1/documents?limit=1', { key })).body.meta.total_count

function post(idempotencyKey: string, json: Json, caller = key) {
  return server.call('POST', '/api/v1/documents', {
    key: caller,
    json,
    headers: { 'idempotency-key': idempotencyKey },
  })
}

test('a repeated POST gets the same response and writes nothing more', async () => {
  const before = await documentsNow()
  const first = await post('retry-1', { title: 'once' })
  await server.newEvents()
  const again = await post('retry-1', { title: 'once' })
  assert.equal(again.status, 201)
  assert.deepEqual(again.body, first.body)
  assert.equal(again.headers.get('location'), first.headers.get('location'))
  assert.equal(again.headers.get('etag'), first.headers.get('etag'))
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  assert.equal(first.headers.get('idempotency-replayed'), null)
  assert.equal(await documentsNow(), before + 1)
  assert.deepEqual(await server.newEvents(), [])
})

test('the same key with another body is 422, of another caller is another key, and after 24 hours is new', async () => {
  const first = await post('retry-2', { title: 'once' })
  const other = await post('retry-2', { title: 'something else' })
  assert.equal(other.status, 422)
  assert.equal(other.body.error.code, 'idempotency_mismatch')
  const foreign = await post('retry-2', { title: 'once' }, otherKey)
  assert.notEqual(foreign.body.id, first.body.id)
  server.clock.advance(24 * 3_600_000 + 1_000)
  const later = await post('retry-2', { title: 'something else' })
  assert.equal(later.status, 201)
  assert.notEqual(later.body.id, first.body.id)
})

test('a refused request keeps nothing: the same key works once the request is right', async () => {
  const refused = await post('retry-3', { title: '' })
  assert.equal(refused.status, 400)
  const conflict = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'x', author_id: 999_999 },
    headers: { 'idempotency-key': 'retry-3' },
  })
  assert.equal(conflict.status, 400)
  assert.equal((await post('retry-3', { title: 'right' })).status, 201)
})

test('ten requests at once under one key make one document; the others replay it or are told to wait', async () => {
  const before = await documentsNow()
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('race-1', { title: 'raced' })))
  const made = answers.filter(({ status }) => status === 201)
  assert.equal(new Set(made.map(({ body }) => body.id)).size, 1)
  for (const { status, body, headers } of answers.filter((answer) => answer.status !== 201)) {
    assert.equal(status, 409)
    assert.match(body.error.details, /in flight/)
    assert.equal(headers.get('retry-after'), '1')
  }
  assert.equal(await documentsNow(), before + 1)
})

test('two processes that get one key at once write one row', async () => {
  const beside = await startServer({ beside: server })
  const before = await documentsNow()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      (i % 2 === 0 ? server : beside).call('POST', '/api/v1/documents', {
        key,
        json: { title: 'two processes' },
        headers: { 'idempotency-key': 'race-2' },
      }),
    ),
  )
  const made = answers.filter(({ status }) => status === 201)
  assert.ok(made.length >= 2, 'each process answers at least one of them')
  assert.equal(new Set(made.map(({ body }) => body.id)).size, 1)
  assert.ok(answers.every(({ status }) => status === 201 || status === 409))
  assert.equal(await documentsNow(), before + 1)
  await beside.stop()
})

test('the response to a new credential is stored sealed, and replays with the same secret', async () => {
  const make = () =>
    server.call('POST', '/api/v1/credentials', {
      key,
      json: { name: 'sealed', scopes: ['read'] },
      headers: { 'idempotency-key': 'sealed-1' },
    })
  const first = await make()
  assert.equal((await make()).body.client_secret, first.body.client_secret)
  const rows = await server.context.database.read.selectFrom('idempotency_keys').selectAll().execute()
  assert.ok(rows.length > 0 && rows.every((row) => !row.answer.includes(first.body.client_secret)))
})

test('a malformed idempotency key is refused', async () => {
  for (const bad of ['has space', 'x'.repeat(256)])
    assert.equal((await post(bad, { title: 'x' })).status, 400)
})
