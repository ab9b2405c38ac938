import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer, TestClock } from './harness.ts'

/**
 * The examples of the documentation page, in its order, with the page's own values where a caller chooses them.
 * An answer must have exactly the keys that the page shows, in that order, with values of the same kind.
 */
const page = {
  token: { access_token: '[JWT_TOKEN_EXAMPLE]', token_type: 'Bearer', expires_in: 3600, scope: 'read write' },
  listedUser: {
    id: 1,
    username: 'johndoe',
    email: 'johndoe@example.com',
    role: 'editor',
    status: 'active',
    created_at: '2023-01-15T08:30:00Z',
    last_login: '2023-05-20T14:22:10Z',
  },
  profile: {
    first_name: 'John',
    last_name: 'Doe',
    phone: '+1234567890',
    bio: 'System editor and content manager',
  },
  newUser: {
    username: 'newuser',
    email: 'newuser@example.com',
    password: 'securepassword',
    role: 'normal',
    profile: { first_name: 'New', last_name: 'User' },
  },
  createdUser: {
    id: 99,
    username: 'newuser',
    email: 'newuser@example.com',
    role: 'normal',
    status: 'active',
    created_at: '2023-05-21T10:15:30Z',
  },
  listedDocument: {
    id: 1,
    title: 'Annual Report 2023',
    category: 'reports',
    status: 'published',
    created_at: '2023-03-15T08:30:00Z',
    updated_at: '2023-03-16T14:22:10Z',
    author_id: 5,
  },
  meta: { current_page: 1, total_pages: 5, total_count: 98 },
  error: {
    error: {
      code: 'invalid_request',
      message: 'The request is missing a required parameter',
      details: "The 'email' field is required",
    },
  },
}

const server = await startServer()
server.clock.advance(Date.parse('2023-01-15T08:30:00Z') - new TestClock().now())
const credential = await server.credential('read write')
const { secret: key } = credential
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** The same keys in the same order, and values of the same kind. `last_login` is null until somebody signs in. */
function assertShape(actual: Json, shown: Json, path = 'answer'): void {
  if (shown !== null && typeof shown === 'object') {
    assert.deepEqual(Object.keys(actual), Object.keys(shown), path)
    for (const name of Object.keys(shown)) assertShape(actual[name], shown[name], `${path}.${name}`)
  } else if (typeof shown === 'string' && timestamp.test(shown)) {
    if (!(path.endsWith('.last_login') && actual === null)) assert.match(actual, timestamp, path)
  } else assert.equal(typeof actual, typeof shown, path)
}

test('OAuth 2.0: the token request of the page, line breaks left out, is answered with its fields', async () => {
  const answer = await server.call('POST', '/api/v1/oauth/token', {
    body: `grant_type=client_credentials&client_id=${credential.clientId}&client_secret=${key}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(answer.status, 200)
  assertShape(answer.body, page.token)
  assert.deepEqual({ ...answer.body, access_token: page.token.access_token }, page.token)
  const [header = ''] = answer.body.access_token.split('.')
  assert.equal(JSON.parse(Buffer.from(header, 'base64url').toString()).alg, 'HS256')

  const users = await server.call('GET', '/api/v1/users', { token: answer.body.access_token })
  assert.equal(users.status, 200)
})

test('API Key: the secret in the header of the page opens the same', async () => {
  const { status } = await server.call('GET', '/api/v1/users', { headers: { 'X-API-Key': key } })
  assert.equal(status, 200)
})

test('Create User: the body of the page makes the answer of the page', async () => {
  const answer = await server.call('POST', '/api/v1/users', { key, json: page.newUser })
  assert.equal(answer.status, 201)
  assertShape(answer.body, page.createdUser)
  const { id, created_at, ...rest } = answer.body
  const { id: _, created_at: at, ...shown } = page.createdUser
  assert.deepEqual(rest, shown)
  assert.deepEqual(await server.newEvents(), ['user.created'])
})

test('Get User and List Users: the user of the page reads as the page shows', async () => {
  const { username, email, role } = page.listedUser
  const { body: created } = await server.call('POST', '/api/v1/users', {
    key,
    json: { username, email, role, password: 'securepassword', profile: page.profile },
  })
  assert.deepEqual(await server.newEvents(), ['user.created'])
  const { body: user } = await server.call('GET', `/api/v1/users/${created.id}`, { key })
  assertShape(user, { ...page.listedUser, profile: page.profile })
  assert.deepEqual(user, { ...page.listedUser, id: created.id, last_login: null, profile: page.profile })

  const { body: list } = await server.call('GET', '/api/v1/users?page=1&limit=20&role=editor&status=active', {
    key,
  })
  assertShape(list, { data: list.data, meta: page.meta })
  assert.deepEqual(list.meta, { current_page: 1, total_pages: 1, total_count: 1 })
  assert.deepEqual(list.data, [{ ...page.listedUser, id: created.id, last_login: null }])
  assertShape(list.data[0], page.listedUser)
})

test('List Documents: the document of the page is listed as the page shows', async () => {
  const { title, category, status } = page.listedDocument
  const created = await server.call('POST', '/api/v1/documents', { key, json: { title, category, status } })
  assert.equal(created.status, 201)
  assert.deepEqual(await server.newEvents(), ['document.created', 'document.published'])
  const query = 'page=1&limit=20&category=reports&status=published'
  const { body: list } = await server.call('GET', `/api/v1/documents?${query}`, { key })
  assertShape(list, { data: list.data, meta: page.meta })
  assertShape(list.data, [page.listedDocument])
  const [{ id, created_at, updated_at, author_id, ...rest }] = list.data
  assert.deepEqual(rest, { title, category, status })
})

test('List Users and List Documents: 98 users are 5 pages and 156 documents 8, as the page says', async () => {
  const create = async (path: string, wanted: number, input: (i: number) => object) => {
    const { body } = await server.call('GET', path, { key })
    const missing = Array.from({ length: wanted - body.meta.total_count }, (_, i) => input(i))
    while (missing.length > 0) {
      const some = missing.splice(0, 20).map((json) => server.call('POST', path, { key, json }))
      for (const { status, text } of await Promise.all(some)) assert.equal(status, 201, text)
    }
  }
  await create('/api/v1/users', 98, (i) => ({
    username: `person${i}`,
    email: `person${i}@example.com`,
    password: 'securepassword',
  }))
  await create('/api/v1/documents', 156, (i) => ({ title: `Document ${i}` }))
  const users = await server.call('GET', '/api/v1/users', { key })
  assert.deepEqual(users.body.meta, page.meta)
  const documents = await server.call('GET', '/api/v1/documents', { key })
  assert.deepEqual(documents.body.meta, { current_page: 1, total_pages: 8, total_count: 156 })
})

test('Error Handling: a missing email is answered in the words of the page', async () => {
  const { email: _, ...json } = page.newUser
  const answer = await server.call('POST', '/api/v1/users', { key, json })
  assert.equal(answer.status, 400)
  assertShape(answer.body, page.error)
  assert.deepEqual(answer.body, page.error)
})

test('Error Handling: every code of the page is answered where the page says', async () => {
  const limited = await startServer({ env: { COMSERV_RATE_LIMIT_STANDARD: '1' } })
  const { secret } = await limited.credential('users:read')
  await limited.call('GET', '/api/v1/users', { key: secret })
  for (const [code, answer] of [
    ['authentication_failed', await server.call('GET', '/api/v1/users')],
    ['permission_denied', await server.call('GET', '/api/v1/credentials', { key })],
    ['resource_not_found', await server.call('GET', '/api/v1/users/999', { key })],
    ['rate_limit_exceeded', await limited.call('GET', '/api/v1/users', { key: secret })],
  ] as const) {
    assertShape(answer.body, page.error)
    assert.equal(answer.body.error.code, code)
  }
})

test('Rate Limiting: 100 and 300 requests a minute unless configured, in the headers of the page', async () => {
  const ordinary = await startServer({
    env: { COMSERV_RATE_LIMIT_STANDARD: '', COMSERV_RATE_LIMIT_PREMIUM: '' },
  })
  for (const [tier, limit] of [
    ['standard', 100],
    ['premium', 300],
  ] as const) {
    const { secret } = await ordinary.credential('read', { tier })
    let answer = await ordinary.call('GET', '/api/v1/users', { key: secret })
    for (let i = 1; i < 5; i++) answer = await ordinary.call('GET', '/api/v1/users', { key: secret })
    assert.equal(answer.headers.get('X-RateLimit-Limit'), String(limit))
    assert.equal(answer.headers.get('X-RateLimit-Remaining'), String(limit - 5))
    assert.match(answer.headers.get('X-RateLimit-Reset') ?? '', /^\d{10}$/)
  }
})

test('Webhook Payload: the event that a webhook will carry has the fields of the page', async () => {
  await server.newEvents()
  const json = { title: 'New Policy Document', category: 'policies', status: 'published' }
  const { body } = await server.call('POST', '/api/v1/documents', { key, json })
  assert.deepEqual(await server.newEvents(), ['document.created', 'document.published'])
  const { body: sent } = await server.context.database.read
    .selectFrom('events')
    .select('body')
    .where('type', '=', 'document.published')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  const { id, author_id } = body
  const expected = {
    event: 'document.published',
    timestamp: '2023-01-15T08:30:00Z',
    data: { id, title: json.title, category: json.category, status: json.status, author_id },
  }
  assertShape(JSON.parse(sent), expected)
  assert.deepEqual(JSON.parse(sent), expected)
})
