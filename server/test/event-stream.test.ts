import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../src/lib/timestamps.ts'
import { type Json, startServer } from './harness.ts'
import { type Listening, listen, nextOf } from './listening.ts'
import { signedInAs } from './people.ts'
import { until } from './until.ts'

const server = await startServer()
const beside = await startServer({ beside: server })
const { secret: admin } = await server.credential('admin')

const streaming = (key: string, query = '', headers = {}, at = server) =>
  listen(at.url, { 'x-api-key': key, ...headers }, query)
const typesOf = async (listening: Listening, count: number) =>
  (await nextOf(listening, count)).map(({ data }) => data.type)

/** Resolves when the log shows it, which on PostgreSQL waits for changes of the tests beside this one. */
async function create(title: string, more: object = {}): Promise<number> {
  const json = { title, content: 'x', category: 'general', ...more }
  const { body, status, text } = await server.call('POST', '/api/v1/documents', { key: admin, json })
  assert.equal(status, 201, text)
  await until('the event in the log', async () => {
    const newest = await server.call('GET', '/api/v1/events?sort=-log&limit=10', { key: admin })
    const events: Json[] = newest.body.data
    return events.find((event) => event.type === 'document.created' && event.resource_id === body.id)
  })
  return body.id
}

test('a stream brings each event as it happens, exactly as the list shows it', async () => {
  const listening = await streaming(admin)
  assert.equal(listening.status, 200)
  const { headers } = listening
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('x-accel-buffering'), 'no')
  assert.equal(headers.get('content-encoding'), null)
  assert.match(headers.get('ratelimit-policy') ?? headers.get('x-ratelimit-limit') ?? '', /\d/)
  await create('First')
  const [message] = await nextOf(listening, 1)
  const { body } = await server.call('GET', '/api/v1/events?sort=-log&limit=1', { key: admin })
  assert.deepEqual(message?.data, body.data[0])
  assert.equal(message?.id, String(body.data[0].id))
  assert.equal(message?.event, undefined)
  listening.close()
})

test('a stream begins with what is new, after an event, or with the oldest', async () => {
  const before = await server.call('GET', '/api/v1/events', { key: admin })
  const fresh = await streaming(admin)
  const all = await streaming(admin, '?after=0')
  await create('Second')
  assert.deepEqual(await typesOf(fresh, 1), ['document.created'])
  const total = before.body.meta.total_count + 1
  const ids = (await nextOf(all, total)).map(({ data }) => data.id)
  const listed = await server.call('GET', '/api/v1/events?limit=100', { key: admin })
  assert.deepEqual(
    ids,
    listed.body.data.map(({ id }: { id: number }) => id),
  )
  const [first] = ids
  const resumed = await streaming(admin, '?after=0', { 'last-event-id': String(first) })
  assert.deepEqual(
    (await nextOf(resumed, total - 1)).map(({ data }) => data.id),
    ids.slice(1),
  )
  for (const each of [fresh, all, resumed]) each.close()
})

test('a client that was connected and got nothing resumes without a gap', async () => {
  const listening = await streaming(admin, '?types=document.deleted')
  const id = await create('Third')
  const all = await streaming(admin)
  await server.call('DELETE', `/api/v1/documents/${id}`, { key: admin })
  assert.deepEqual(await typesOf(all, 1), ['document.deleted'])
  const { lastId } = all
  // The first stream has read no more than its first block.
  const first = await listening.next()
  assert.equal(first?.id, lastId)
  const again = await streaming(admin, '?types=document.deleted', { 'last-event-id': '0' })
  assert.equal((await again.next())?.id, lastId)
  for (const each of [listening, all, again]) each.close()
})

test('types may be patterns, as webhooks take them, as far as the caller may read them', async () => {
  const documents = await streaming(admin, '?types=document.*')
  const both = await streaming(admin, '?types=user.*,document.deleted')
  const all = await streaming(admin, '?types=*')
  const id = await create('Patterned')
  await server.call('DELETE', `/api/v1/documents/${id}`, { key: admin })
  assert.deepEqual(await typesOf(documents, 2), ['document.created', 'document.deleted'])
  assert.deepEqual(await typesOf(all, 2), ['document.created', 'document.deleted'])
  assert.deepEqual(await typesOf(both, 1), ['document.deleted'])
  for (const each of [documents, both, all]) each.close()
  const { secret } = await server.credential('events:read documents:read')
  const mine = await streaming(secret, '?types=*')
  await create('Seen')
  assert.deepEqual(await typesOf(mine, 1), ['document.created'])
  mine.close()
  const refused = await server.call('GET', '/api/v1/events/stream?types=user.*', { key: secret })
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'permission_denied'])
})

test('types are a list, and an unknown type, position or parameter is refused', async () => {
  const listening = await streaming(admin, '?types=user.created,document.deleted')
  const id = await create('Fourth')
  await server.call('DELETE', `/api/v1/documents/${id}`, { key: admin })
  assert.deepEqual(await typesOf(listening, 1), ['document.deleted'])
  listening.close()
  for (const query of ['?types=document.made', '?types=', '?after=-1', '?after=x', '?type=user.created']) {
    const { status, body } = await server.call('GET', `/api/v1/events/stream${query}`, { key: admin })
    assert.equal(status, 400, query)
    assert.match(body.error.details, /query parameter/)
  }
  const refused = await server.call('GET', '/api/v1/events/stream', {
    key: admin,
    headers: { 'last-event-id': 'yesterday' },
  })
  assert.equal(refused.status, 400)
  assert.equal(refused.body.error.details, "The 'Last-Event-ID' header must be the id of an event, or 0.")
})

test('a caller gets what the list shows to it, and nothing else', async () => {
  const { secret: reader } = await server.credential('events:read documents:read')
  const { secret: ruled } = await server.credential('events:read documents:read', {
    rules: [{ scope: 'documents:read', where: { category: ['general'] } }],
  })
  const listening = await streaming(reader)
  const narrowed = await streaming(ruled)
  const json = { username: 'hidden', email: 'hidden@example.org', password: 'correct horse', role: 'normal' }
  await server.call('POST', '/api/v1/users', { key: admin, json })
  await create('Hidden', { category: 'secret' })
  await create('Seen')
  assert.deepEqual(await typesOf(listening, 2), ['document.created', 'document.created'])
  const [only] = await nextOf(narrowed, 1)
  assert.equal(only?.data.payload.data.title, 'Seen')
  const named = await server.call('GET', '/api/v1/events/stream?types=user.created', { key: reader })
  assert.equal(named.status, 403)
  const fromStart = await streaming(ruled, '?after=0')
  const listed = await server.call('GET', '/api/v1/events?limit=100', { key: ruled })
  const ids = (await nextOf(fromStart, listed.body.data.length)).map(({ data }) => data.id)
  assert.deepEqual(
    ids,
    listed.body.data.map(({ id }: { id: number }) => id),
  )
  for (const each of [listening, narrowed, fromStart]) each.close()
})

test('an event of one process reaches the streams of another', async () => {
  const listening = await streaming(admin, '', {}, beside)
  await create('Elsewhere')
  assert.deepEqual(await typesOf(listening, 1), ['document.created'])
  listening.close()
})

test('who listens first and leaves takes nobody along', async () => {
  const first = await streaming(admin, '', {}, beside)
  const second = await streaming(admin, '', {}, beside)
  first.close()
  await until('the end of the first', () => (beside.context.eventStreams.size === 1 ? true : undefined))
  for (const title of ['One', 'Two', 'Three']) {
    await create(title)
    assert.equal((await nextOf(second, 1))[0]?.data.payload.data.title, title)
  }
  second.close()
})

const endings: [string, string, (id: number) => Promise<unknown>, RegExp][] = [
  [
    'revoked',
    'authentication_failed',
    (id) => server.call('DELETE', `/api/v1/credentials/${id}`, { key: admin }),
    /^The credential was revoked\.$/,
  ],
  [
    'demoted',
    'permission_denied',
    (id) =>
      server.call('PATCH', `/api/v1/credentials/${id}`, { key: admin, json: { scopes: ['users:read'] } }),
    /events:read/,
  ],
]
for (const [name, code, end, details] of endings) {
  test(`the stream of a ${name} credential ends at once with the reason, and brings no event more`, async () => {
    const { secret, id } = await server.credential('read')
    const listening = await streaming(secret)
    await create('Before')
    await nextOf(listening, 1)
    await end(id)
    await create('After')
    const message = await listening.next()
    assert.equal(message?.event, 'error')
    assert.equal(message?.data.error.code, code)
    assert.match(message?.data.error.details, details)
    assert.equal(await listening.next(), undefined)
  })
}

test('the stream of a person ends with the session, and does not keep it alive', async () => {
  const person = await signedInAs(server, 'admin')
  const listening = await listen(server.url, { cookie: person.cookie })
  assert.equal(listening.status, 200)
  server.clock.advance(25 * 60 * 60 * 1_000)
  const message = await listening.next()
  assert.equal(message?.data.error.details, 'The session has ended; sign in again.')
  assert.equal(await listening.next(), undefined)
})

test('the stream of a token ends when the token expires', async () => {
  const credential = await server.credential('read')
  const token = await server.token(credential)
  const listening = await listen(server.url, { authorization: `Bearer ${token}` })
  server.clock.advance(2 * 60 * 60 * 1_000)
  assert.match((await listening.next())?.data.error.details, /^The access token has expired/)
  assert.equal(await listening.next(), undefined)
})

test('a caller has 20 streams at most, and the next is refused until one ends', async () => {
  const { secret } = await server.credential('read')
  const open = await Promise.all(Array.from({ length: 20 }, () => streaming(secret)))
  const refused = await server.call('GET', '/api/v1/events/stream', { key: secret })
  assert.equal(refused.status, 429)
  assert.match(refused.body.error.details, /^You have 20 event streams open, the most at once; end one/)
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  open[0]?.close()
  const next = await until('a stream that may begin', async () => {
    const listening = await streaming(secret)
    return listening.status === 200 ? listening : undefined
  })
  for (const each of [...open, next]) each.close()
})

test('a stream counts as one request, in the limit and in the log', async () => {
  const { secret, id } = await server.credential('read')
  const listening = await streaming(secret)
  await create('Counted')
  await nextOf(listening, 1)
  listening.close()
  const of = () =>
    server.logged.filter((line) => line.path === '/api/v1/events/stream' && line.credential === id)
  await until('the line in the log', () => of()[0])
  assert.equal(of().length, 1)
})

test('HEAD shows the headers, and opens no stream', async () => {
  const { status, headers, text } = await server.call('HEAD', '/api/v1/events/stream', { key: admin })
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.equal(text, '')
})

test('a position that is no longer kept is refused with what was lost; one at the end of what was pruned is not', async () => {
  const { body } = await server.call('GET', '/api/v1/events?limit=100', { key: admin })
  const [first, ...others] = body.data.map(({ id }: { id: number }) => id)
  server.clock.advance(31 * dayMs)
  await server.runTask('prune old events')
  const { secret } = await server.credential('read')
  const lost = await server.call('GET', `/api/v1/events/stream?after=${first}`, { key: secret })
  assert.equal(lost.status, 410)
  assert.match(
    lost.body.error.details,
    new RegExp(
      `^Events after ${first} are lost: those up to .* were removed after 30 days\\. Connect without`,
    ),
  )
  const resumed = await streaming(secret, `?after=${others.at(-1)}`)
  assert.equal(resumed.status, 200)
  const writer = await server.credential('documents:write')
  const later = await server.call('POST', '/api/v1/documents', {
    key: writer.secret,
    json: { title: 'Later', content: 'x', category: 'general' },
  })
  assert.equal(later.status, 201, later.text)
  assert.deepEqual(await typesOf(resumed, 1), ['document.created'])
  const unknown = await server.call('GET', '/api/v1/events/stream?after=987654321', { key: secret })
  assert.equal(unknown.status, 410)
  assert.match(unknown.body.error.details, /^There has been no event 987654321:/)
  resumed.close()
})

test('a server that stops ends its streams', async () => {
  const { secret } = await server.credential('read')
  const listening = await streaming(secret, '', {}, beside)
  const stopped = beside.stop()
  assert.equal(await listening.next(), undefined)
  await stopped
})
