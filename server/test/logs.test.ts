import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { startServer } from './harness.ts'
import { assertOAuthRefused, assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer()
const { secret: key, ...client } = await server.credential('admin')
const isStartLine = ({ msg }: { msg: string }) =>
  /^the tables were brought up to date$|^Server listening at /.test(msg)

const form = (text: string) => ({
  body: text,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

/** The line that the server writes about a request once it is answered; written after the answer, so it may be a moment behind. */
function lineOf(requestId: string | null) {
  return until(`the log line of request ${requestId}`, () =>
    server.logged.find(({ msg, request_id }) => msg === 'request' && request_id === requestId),
  )
}

test('the address of a test receiver, which is a secret, is not logged', async () => {
  for (const [method, path] of [
    ['POST', '/test-receiver/s3cret'],
    ['GET', '/test-receiver/s3cret?x=1'],
    ['POST', '/test-receiver/s3cret/more'],
    ['PUT', '/test-receiver/%73%33cret'],
  ] as const) {
    const { headers } = await server.call(method, path, {})
    assert.equal((await lineOf(headers.get('x-request-id'))).path, '/test-receiver/:token')
  }
})

test('every request is logged once, with its id, path, status and credential, and without its query', async () => {
  for (const [method, path, status, shown] of [
    ['GET', '/api/v1/users?limit=5', 200, { key }],
    ['GET', '/api/v1/users?api_key=s3cret', 400, { key }],
    ['GET', '/api/v1/nothing', 404, {}],
    ['GET', '/api/v1/users', 401, {}],
    ['PUT', '/api/v1/users', 405, {}],
    ['POST', '/api/v1/users', 400, { key, json: { password: 'p4ssword-in-body' } }],
    ['GET', '/api/v1/users/%zz', 400, { key }],
    ['GET', '/health/live', 200, {}],
  ] as const) {
    const { headers } = await server.call(method, path, shown)
    const requestId = headers.get('x-request-id')
    const { level, time, ms, ...line } = await lineOf(requestId)
    assert.equal(level, 'info')
    assert.equal(typeof ms, 'number')
    assert.match(time, /^\d{4}-/)
    assert.deepEqual(line, {
      request_id: requestId,
      method,
      path: path.split('?')[0],
      status,
      ip: '127.0.0.1',
      ...('key' in shown && path.startsWith('/api') ? { credential: line.credential } : {}),
      msg: 'request',
    })
    if ('key' in shown) assert.equal(typeof line.credential, 'number')
    assert.equal(server.logged.filter(({ request_id }) => request_id === requestId).length, 1)
  }
})

test('an unexpected failure answers a 500 that leaks nothing but its request id, and undoes the change', async () => {
  const { migrating } = server.context.database
  await sql`ALTER TABLE audit_log RENAME TO lost_log`.execute(migrating)
  const answer = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'Never stored', content: 's3cret-content' },
    headers: { 'x-request-id': 'find-me' },
  })
  assertRefused(answer, 500, /^The failure was logged under request id find-me\.$/)
  assert.doesNotMatch(answer.text, /audit|sqlite|relation|table|kysely|node_modules|\.ts|at /i)
  assert.equal(answer.headers.get('x-request-id'), 'find-me')
  assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
  assert.deepEqual(await server.newEvents(), [])
  const { body } = await server.call('GET', '/api/v1/documents', { key })
  assert.deepEqual(body, { data: [], meta: { current_page: 1, total_pages: 0, total_count: 0 } })

  const failure = server.logged.find(({ msg }) => msg === 'a request failed unexpectedly')
  assert.equal(failure.level, 'error')
  assert.equal(failure.request_id, 'find-me')
  assert.match(failure.err.message, /audit_log/)
  assert.match(failure.err.stack, /server\/src\/\w+\/[\w-]+\.ts/)
  await sql`ALTER TABLE lost_log RENAME TO audit_log`.execute(migrating)
})

test('a failure at the token endpoint has the shape of RFC 6749', async () => {
  await sql`DROP TABLE signing_keys`.execute(server.context.database.migrating)
  const { clientId } = client
  const answer = await server.call(
    'POST',
    '/api/v1/oauth/token',
    form(`grant_type=client_credentials&client_id=${clientId}&client_secret=${key}`),
  )
  assertOAuthRefused(answer, 500, 'server_error', /^The failure was logged under request id [0-9a-f-]{36}\.$/)
})

test('no secret, token or password reaches the log, and every line about a request carries its id', async () => {
  const { secret, clientId } = { ...client, secret: key }
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64')
  const path = '/api/v1/oauth/token'
  for (const options of [
    form(`grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`),
    form(`grant_type=password&client_id=${clientId}&client_secret=${secret}&password=p4ssword-in-body`),
    { ...form('grant_type=client_credentials'), headers: { authorization: `Basic ${basic}` } },
  ]) {
    await server.call('POST', path, options)
  }
  await server.call('GET', `/api/v1/users?access_token=${secret}`, { token: secret })
  await server.call('POST', '/api/v1/users', {
    key,
    json: { username: 'jo', email: 'jo@example.org', password: 'p4ssword-in-body' },
  })
  await server.call('POST', '/api/v1/credentials', { key, json: { name: 'x', scopes: ['read'] } })
  await lineOf((await server.call('GET', '/health/live')).headers.get('x-request-id'))

  const text = JSON.stringify(server.logged)
  for (const hidden of [secret, secret.slice(12), basic, 'p4ssword', 's3cret', 'argon2id', 'cs_live_'])
    assert.equal(text.includes(hidden), false, `the log holds '${hidden.slice(0, 12)}…'`)
  for (const line of server.logged.filter((line) => !isStartLine(line)))
    assert.match(line.request_id, /^(find-me|[0-9a-f-]{36})$/, JSON.stringify(line))
})
