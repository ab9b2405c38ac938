import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Type } from 'typebox'
import { closed } from '../src/api/schemas.ts'
import { createApp } from '../src/app.ts'
import { allowApplication } from './allowing.ts'
import { type CallOptions, type Json, startServer } from './harness.ts'
import { makePerson, signedInAs, signIn } from './people.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer({ env: { COMSERV_ERASE_WAIT_HOURS: '0' } })
const { secret: admin } = await server.credential('admin')
const dayMs = 86_400_000

/** The request log, once all that was answered is in it: a response can arrive before its request is recorded. */
async function logged(query: string, atLeast = 1, options: CallOptions = { key: admin }): Promise<Json[]> {
  return until(`${atLeast} rows for ${query}`, async () => {
    await server.context.requestLog.flush()
    const { status, body, text } = await server.call('GET', `/api/v1/requests?limit=100&${query}`, options)
    assert.equal(status, 200, text)
    return body.data.length >= atLeast ? body.data : undefined
  })
}

test('a request of an application is logged for its person, beside those of others', async () => {
  const person = await makePerson(server, 'editor')
  const { application, tokens } = await allowApplication(server, person)
  const headers = { 'x-request-id': 'by-an-application' }
  await server.call('GET', '/api/v1/documents', { token: tokens.access_token, headers })
  const [row] = await logged('request_id=by-an-application')
  assert.ok(row)
  const { user_id, credential_id, session_id, application_id } = row
  assert.deepEqual([user_id, credential_id, session_id], [person.id, null, null])
  assert.equal(application_id, application.id)
  for (const query of ['caller=application', 'caller=program', `application_id=${application.id}`])
    assert.ok(
      (await logged(query)).some(({ id }) => id === row.id),
      query,
    )
  const others = await logged('caller=session', 0)
  assert.ok(others.every(({ application_id, session_id }) => application_id === null && session_id !== null))
  const { secret: own } = await server.credential('credentials:read')
  assert.equal((await server.call('GET', `/api/v1/requests/${row.id}`, { key: own })).status, 404)
})

test('a request of a key is logged with its route, and without the path, the query and the body', async () => {
  const { id, secret: key } = await server.credential('documents:read documents:write')
  const made = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'Confidential title', category: 'reports' },
    headers: { 'x-request-id': 'a-create' },
  })
  await server.call('GET', `/api/v1/documents/${made.body.id}`, { key })
  await server.call('GET', '/api/v1/documents?q=confidentialword', { key })
  const rows = await logged(`credential_id=${id}&sort=occurred_at`, 3)
  const told = rows.map(({ id: _, occurred_at, duration_ms, request_id, ...row }: Json) => {
    assert.ok(duration_ms >= 0 && duration_ms < 60_000)
    assert.match(occurred_at, /^2026-01-15T08:(29:\d\d|30:00)Z$/)
    assert.match(
      request_id,
      /^(a-create|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/,
    )
    return row
  })
  const common = {
    credential_id: id,
    session_id: null,
    application_id: null,
    user_id: 1,
    deprecated: false,
    error: null,
    ip: '127.0.0.1',
  }
  const route = '/api/v1/documents'
  const byMethod = (a: Json, b: Json) => `${a.method}${a.route}`.localeCompare(`${b.method}${b.route}`)
  assert.deepEqual(told.toSorted(byMethod), [
    { ...common, method: 'GET', route, status: 200 },
    { ...common, method: 'GET', route: `${route}/:id`, status: 200 },
    { ...common, method: 'POST', route, status: 201 },
  ])
  const stored = await server.context.database.read.selectFrom('requests').selectAll().execute()
  assert.doesNotMatch(JSON.stringify(stored), /confidential|127\.0\.0\.1/i)
})

test('an error is logged with its code and sentence, and never with a value that was sent', async () => {
  const { id, secret: key } = await server.credential('documents:read users:write users:read admin')
  const post = (path: string, json: object) => server.call('POST', `/api/v1${path}`, { key, json })
  const calls: [() => Promise<{ status: number }>, number, string | null][] = [
    [
      () => post('/documents', { title: 'x', category: 'y', author_id: 987654 }),
      400,
      "The 'author_id' field names the user …, who does not exist.",
    ],
    [
      () => server.call('GET', '/api/v1/documents/987654', { key }),
      404,
      'There is no document with id 987654.',
    ],
    [
      () => server.call('GET', '/api/v1/documents?limit=987654', { key }),
      400,
      "The 'limit' query parameter must be from 1 to 100.",
    ],
    [
      () => server.call('GET', '/api/v1/documents?sekrit=x', { key }),
      400,
      "The '…' query parameter is not known here; the query parameters are: ",
    ],
    [() => server.call('GET', '/api/v1/documentz', { key }), 404, 'There is nothing at /api/v1/documentz.'],
    [() => post('/users', { username: 'sekrit sekrit', email: 'sekrit@example.org' }), 400, null],
    [() => post('/roles', { name: 'admin', description: 'x', scopes: ['read'] }), 409, null],
    [
      () =>
        post('/webhooks', {
          url: 'https://sekrit.invalid:1/x',
          events: ['user.created'],
          headers: { 'sekrit field': 'x' },
        }),
      400,
      null,
    ],
    [
      () =>
        server.call('POST', '/api/v1/documents', {
          key,
          body: '{"sekrit": tru',
          headers: { 'content-type': 'application/json' },
        }),
      400,
      null,
    ],
    [
      () =>
        server.call('POST', '/api/v1/documents/import', {
          key,
          body: 'sekrit,title\n1,2',
          headers: { 'content-type': 'text/csv' },
        }),
      400,
      null,
    ],
  ]
  for (const [call, status, expected] of calls) {
    const before = (await logged(`credential_id=${id}&status_class=4xx`, 0)).length
    const answer = await call()
    assert.equal(answer.status, status, JSON.stringify(answer))
    const rows = await logged(`credential_id=${id}&status_class=4xx`, before + 1)
    const [newest] = rows.toSorted((a, b) => b.id - a.id)
    assert.equal(newest.status, status)
    if (expected !== null) assert.ok(newest.error.details.startsWith(expected), newest.error.details)
    assert.doesNotMatch(JSON.stringify(newest), /sekrit/)
  }
})

test('the session of a person, a credential that does not work any more, and nobody', async () => {
  const person = await signedInAs(server, 'editor')
  await person.call('GET', '/api/v1/documents')
  const [row] = await logged(`user_id=${person.id}`)
  assert.deepEqual([row.credential_id, row.route], [null, '/api/v1/documents'])
  assert.equal(typeof row.session_id, 'number')
  assert.equal((await logged(`session_id=${row.session_id}`))[0].user_id, person.id)

  const { id, secret } = await server.credential('read')
  await server.call('DELETE', `/api/v1/credentials/${id}`, { key: admin })
  assert.equal((await server.call('GET', '/api/v1/users', { key: secret })).status, 401)
  const [refused] = await logged(`credential_id=${id}`)
  assert.deepEqual([refused.status, refused.error.code], [401, 'authentication_failed'])

  server.clock.advance(60_000)
  const since = new Date(server.clock.now() - 30_000).toISOString()
  await server.call('GET', '/api/v1/users')
  await server.call('GET', '/api/v1/users', { key: `${secret}x` })
  await server.call('GET', '/health/live')
  await server.call('GET', '/metrics', { key: admin })
  await server.call('GET', '/api/v1/users', { key: admin })
  await logged(`route=/api/v1/users&since=${since}`)
  // Those that asked for the log are in it, too.
  const routes = (await logged(`since=${since}`, 2)).map(({ route }) => route)
  assert.deepEqual(new Set(routes), new Set(['/api/v1/requests', '/api/v1/users']))
  assert.equal(routes.filter((route) => route === '/api/v1/users').length, 1)
})

test('administrators see all requests, others those of their own, and a credential none of sessions', async () => {
  const developer = await signedInAs(server, 'developer')
  const editor = await signedInAs(server, 'editor')
  const boss = await signedInAs(server, 'admin')
  const made = await developer.call('POST', '/api/v1/credentials', {
    json: { name: 'mine', scopes: ['credentials:read', 'documents:read'] },
  })
  assert.equal(made.status, 201, made.text)
  const key = made.body.client_secret
  await server.call('GET', '/api/v1/documents', { key })
  await editor.call('GET', '/api/v1/me')
  await logged(`credential_id=${made.body.id}`)
  await logged(`user_id=${editor.id}`)

  const list = async (caller: (method: string, path: string) => Promise<{ status: number; body: Json }>) => {
    const { status, body } = await caller('GET', '/api/v1/requests?limit=100')
    assert.equal(status, 200)
    return { users: new Set(body.data.map(({ user_id }: Json) => user_id)), rows: body.data }
  }
  const byKey = (method: string, path: string) => server.call(method, path, { key })
  assert.deepEqual((await list(developer.call)).users, new Set([developer.id]))
  assert.deepEqual((await list(editor.call)).users, new Set([editor.id]))
  const ofKey = (await list(byKey)).rows
  const ofSessions = await byKey('GET', '/api/v1/requests?caller=session')
  assert.equal(ofSessions.body.meta.total_count, 0)
  assert.ok(ofKey.length > 0 && ofKey.every((row: Json) => row.credential_id === made.body.id))
  assert.ok((await list(boss.call)).users.size > 2)

  const [ofEditor] = await logged(`user_id=${editor.id}`)
  const [ofSession] = await logged(`user_id=${developer.id}&route=/api/v1/credentials`)
  const path = (row: Json) => `/api/v1/requests/${row.id}`
  assert.deepEqual((await editor.call('GET', path(ofEditor))).body, ofEditor)
  assert.deepEqual((await boss.call('GET', path(ofEditor))).body, ofEditor)
  assertRefused(await developer.call('GET', path(ofEditor)), 404, /There is no request with id/)
  assert.equal((await developer.call('GET', path(ofSession))).status, 200)
  assertRefused(await byKey('GET', path(ofSession)), 404, /There is no request with id/)
  assert.equal((await byKey('GET', path(ofKey[0]))).status, 200)
  assert.equal(
    (await developer.call('GET', `/api/v1/requests?user_id=${editor.id}`)).body.meta.total_count,
    0,
  )

  const without = await server.credential('documents:read')
  assertRefused(
    await server.call('GET', '/api/v1/requests', { key: without.secret }),
    403,
    /credentials:read/,
  )
})

test('each filter narrows the list, alone and together with others', async () => {
  const { id, secret: key } = await server.credential('read documents:write')
  const document = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'x', category: 'y' },
  })
  server.clock.advance(10 * 60_000)
  const since = new Date(server.clock.now() - 60_000).toISOString()
  await server.call('GET', `/api/v1/documents/${document.body.id}`, { key })
  await server.call('DELETE', `/api/v1/documents/${document.body.id}`, { key })
  await server.call('GET', `/api/v1/documents/${document.body.id}`, {
    key,
    headers: { 'x-request-id': 'mine' },
  })
  await server.call('GET', `/api/v1/documents/${document.body.id}`, {
    key: `${key}`,
    headers: { 'if-none-match': '"x"' },
  })
  await logged(`credential_id=${id}`, 5)
  const cases: [string, number][] = [
    ['', 5],
    ['method=GET', 3],
    ['method=DELETE', 1],
    ['status=404', 2],
    ['status=201', 1],
    ['status=404&method=DELETE', 0],
    ['status_class=4xx', 2],
    ['status_class=2xx', 3],
    ['status_class=5xx', 0],
    ['status_class=4xx&status=200', 0],
    ['route=/api/v1/documents/:id', 4],
    ['route=/api/v1/documents/:id&method=DELETE&status=204', 1],
    ['request_id=mine', 1],
    ['request_id=others', 0],
    [`since=${since}`, 4],
    [`until=${since}`, 1],
    ['deprecated=true', 0],
    ['deprecated=false', 5],
    ['session_id=1', 0],
    ['caller=credential', 5],
    ['caller=session', 0],
    ['user_id=1&method=POST', 1],
  ]
  for (const [filter, count] of cases) {
    const { status, body, text } = await server.call(
      'GET',
      `/api/v1/requests?credential_id=${id}&${filter}`,
      {
        key: admin,
      },
    )
    assert.equal(status, 200, text)
    assert.deepEqual([body.data.length, body.meta.total_count], [count, count], filter)
  }
  const refused = await server.call('GET', '/api/v1/requests?status=99', { key: admin })
  assertRefused(refused, 400, /'status' query parameter must be from 100 to 599/)
})

test('the list is read by pages and by cursors, and each row once', async () => {
  const { id, secret: key } = await server.credential('read')
  for (let i = 0; i < 7; i++) await server.call('GET', '/api/v1/documents', { key })
  const all = await logged(`credential_id=${id}`, 7)
  const seen: number[] = []
  let next: string | undefined = `/api/v1/requests?credential_id=${id}&limit=3`
  while (next !== undefined) {
    const answer = await server.call('GET', next, { key: admin })
    seen.push(...answer.body.data.map((row: Json) => row.id))
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  }
  assert.deepEqual(
    seen,
    all.map(({ id }) => id),
  )
  const second = await server.call('GET', `/api/v1/requests?credential_id=${id}&limit=3&page=2`, {
    key: admin,
  })
  assert.deepEqual(second.body.data, all.slice(3, 6))
})

test('the log tells which credentials still call a deprecated route', async () => {
  const app = createApp(server.context)
  after(() => app.close())
  const deprecation = { since: '2025-01-01', sunset: '2027-01-01', link: '/docs', note: 'Use another.' }
  app.route({
    method: 'GET',
    url: '/api/v1/old-things',
    config: { access: 'documents:read', deprecation, sdk: { none: 'made for this test' } },
    schema: {
      operationId: 'old',
      summary: 'Old',
      tags: ['Old'],
      response: { 200: closed({ is: Type.Boolean() }) },
    },
    handler: async () => ({ is: true }),
  })
  await app.ready()
  const first = await server.credential('read')
  const second = await server.credential('read')
  const old = (key: string) =>
    app.inject({ method: 'GET', url: '/api/v1/old-things', headers: { 'x-api-key': key } })
  await old(first.secret)
  await old(first.secret)
  server.clock.advance(60_000)
  await old(second.secret)
  await server.call('GET', '/api/v1/documents', { key: first.secret })
  const rows = await logged('deprecated=true', 3)
  assert.deepEqual(new Set(rows.map((row) => row.credential_id)), new Set([first.id, second.id]))
  const uses = async (query = '', key = admin) =>
    (await server.call('GET', `/api/v1/deprecated-uses${query}`, { key })).body.data.map(
      ({ last_request_at: _, ...use }: Json) => use,
    )
  const use = { user_id: 1, method: 'GET', route: '/api/v1/old-things' }
  assert.deepEqual(await uses(), [
    { ...use, credential_id: second.id, requests: 1 },
    { ...use, credential_id: first.id, requests: 2 },
  ])
  const since = new Date(server.clock.now() - 30_000).toISOString()
  assert.deepEqual(await uses(`?since=${since}`), [{ ...use, credential_id: second.id, requests: 1 }])
  const developer = await signedInAs(server, 'developer')
  assert.deepEqual((await developer.call('GET', '/api/v1/deprecated-uses')).body, { data: [] })
})

test('from a request to its events, and to their deliveries', async () => {
  const { secret: key } = await server.credential('admin')
  const url = 'http://receiver.example:9/hook'
  const webhook = await server.call('POST', '/api/v1/webhooks', {
    key: admin,
    json: { url, events: ['document.created', 'document.published'] },
  })
  assert.equal(webhook.status, 201, webhook.text)
  const headers = { 'x-request-id': 'publishes-at-once' }
  const json = { title: 'x', category: 'y', status: 'published' }
  await server.call('POST', '/api/v1/documents', { key, json, headers })
  await server.call('POST', '/api/v1/documents', { key, json })
  const find = async (by: string, query = '') =>
    (await server.call('GET', `/api/v1/events?request_id=publishes-at-once${query}`, { key: by })).body
  const found = await find(admin)
  assert.deepEqual(
    found.data.map(({ type }: Json) => type),
    ['document.created', 'document.published'],
  )
  assert.equal(found.meta.total_count, 2)
  const reversed = await find(admin, '&sort=-log&type=document.published')
  assert.deepEqual([reversed.data.length, reversed.meta.total_count], [1, 1])
  const ofUsers = await server.credential('events:read users:read')
  assert.deepEqual(
    (await find(ofUsers.secret)).meta,
    { total_count: 0 },
    'events that the caller may not read',
  )
  const narrowed = await signedInAs(server, 'developer')
  const seen = await narrowed.call('GET', '/api/v1/events?request_id=publishes-at-once')
  assert.equal(seen.body.meta.total_count, 2)

  const path = `/api/v1/events/${found.data[0].id}/deliveries`
  const deliveries = await server.call('GET', path, { key: admin })
  assert.equal(deliveries.body.meta.total_count, 1)
  const [delivery] = deliveries.body.data
  assert.deepEqual([delivery.webhook_id, delivery.event_id], [webhook.body.id, found.data[0].id])
  assert.deepEqual(
    delivery,
    (({ log: _, ...row }) => row)(
      (await server.call('GET', `/api/v1/deliveries/${delivery.id}`, { key: admin })).body,
    ),
  )
  assert.deepEqual((await narrowed.call('GET', path)).body.data, [], 'not the webhooks of others')
  await server.call('DELETE', `/api/v1/webhooks/${webhook.body.id}`, { key: admin })
  assert.deepEqual((await server.call('GET', path, { key: admin })).body.data, [])
})

test('personal data tells the requests of a person, and an erasure makes the addresses unreadable', async () => {
  const person = await signIn(server, await makePerson(server, 'developer'))
  await person.call('GET', '/api/v1/documents')
  await person.call('GET', '/api/v1/documents/999999')
  const rows = await logged(`user_id=${person.id}&sort=occurred_at`, 2)
  const data = await server.call('GET', `/api/v1/users/${person.id}/personal-data`, { key: admin })
  const told = data.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    told.filter(({ kind }) => kind === 'request').map((line) => line.data),
    rows,
  )
  const asked = await server.call('POST', `/api/v1/users/${person.id}/erase`, {
    key: admin,
    json: { username: person.username },
  })
  assert.equal(asked.status, 202, asked.text)
  await server.runTask('erase people')
  const after = await logged(`user_id=${person.id}&sort=occurred_at`, 2)
  assert.deepEqual(
    after.map(({ id, ip, error }) => [id, ip, error]),
    rows.map(({ id, error }) => [id, null, error && { code: error.code, details: null }]),
  )
  const { body } = await server.call('GET', `/api/v1/users/${person.id}/erasure`, { key: admin })
  assert.equal(body.receipt.unreadable.requests, 2)
})

test('rows are pruned when they are too old', async () => {
  const { id, secret: key } = await server.credential('read')
  await server.call('GET', '/api/v1/documents', { key })
  await logged(`credential_id=${id}`, 1)
  server.clock.advance(6.9 * dayMs)
  await server.runTask('prune old requests')
  await server.call('GET', '/api/v1/documents', { key })
  await logged(`credential_id=${id}`, 2)
  server.clock.advance(0.2 * dayMs)
  await server.runTask('prune old requests')
  assert.equal((await logged(`credential_id=${id}`)).length, 1)
})
