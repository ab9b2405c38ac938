import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, decideConfig } from '../src/config/decide.ts'
import { type Answer, startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const page = 'https://app.example.org'
const server = await startServer({
  env: { COMSERV_CORS_ORIGINS: `${page}, http://localhost:5173`, COMSERV_RATE_LIMIT_ANONYMOUS: '100' },
})
const { secret: key } = await server.credential('read')

const from = (origin: string) => ({ origin })
const preflight = { origin: page, 'access-control-request-method': 'POST' }

function assertReadable({ headers }: Answer): void {
  assert.equal(headers.get('access-control-allow-origin'), page)
  assert.match(
    headers.get('access-control-expose-headers') ?? '',
    /X-RateLimit-Limit.*ETag.*Deprecation, Sunset/,
  )
  assert.equal(headers.get('access-control-allow-credentials'), null)
  assert.match(headers.get('vary') ?? '', /^Authorization, X-API-Key, Cookie, Origin(, Accept-Encoding)?$/)
}

function assertClosed({ headers }: Answer): void {
  for (const [name] of headers) assert.doesNotMatch(name, /^access-control-/)
}

test('a page of an allowed origin reads responses, including errors', async () => {
  const answers = [
    await server.call('GET', '/api/v1/documents', { key, headers: from(page) }),
    await server.call('GET', '/api/v1/documents', { headers: from(page) }),
    await server.call('GET', '/api/v1/documents?page=x', { key, headers: from(page) }),
    await server.call('GET', '/api/v1/nothing', { key, headers: from(page) }),
    await server.call('GET', '/api/v1/%zz', { key, headers: from(page) }),
    await server.call('PUT', '/api/v1/documents', { key, headers: from(page) }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 401, 400, 404, 400, 405],
  )
  for (const answer of answers) assertReadable(answer)
})

test('a page reads that it was limited, and that the server failed', async () => {
  const strict = await startServer({
    env: { COMSERV_CORS_ORIGINS: page, COMSERV_RATE_LIMIT_ANONYMOUS: '1' },
  })
  const { secret } = await strict.credential('read')
  await strict.call('GET', '/api/v1/documents', { headers: from(page) })
  const limited = await strict.call('GET', '/api/v1/documents', { headers: from(page) })
  assert.equal(limited.status, 429)
  assertReadable(limited)

  await strict.context.database.migrating.schema.alterTable('documents').renameTo('elsewhere').execute()
  const failed = await strict.call('GET', '/api/v1/documents', { key: secret, headers: from(page) })
  await strict.context.database.migrating.schema.alterTable('elsewhere').renameTo('documents').execute()
  assert.equal(failed.status, 500)
  assertReadable(failed)
})

test('a preflight needs no credentials, and counts as anonymous', async () => {
  const before = await server.call('GET', '/api/v1/openapi.json')
  const answer = await server.call('OPTIONS', '/api/v1/documents', { key, headers: preflight })
  assert.equal(answer.status, 204)
  assert.equal(answer.text, '')
  assertReadable(answer)
  const { headers } = answer
  assert.equal(headers.get('access-control-allow-methods'), 'GET, HEAD, POST, PATCH, DELETE')
  const allowed = headers.get('access-control-allow-headers') ?? ''
  assert.match(
    allowed,
    /^Authorization, X-API-Key, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, /,
  )
  for (const name of ['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'x-datadog-trace-id', 'b3'])
    assert.ok(allowed.split(', ').includes(name), name)
  assert.doesNotMatch(allowed, /csrf|cookie/i)
  assert.equal(headers.get('x-ratelimit-limit'), '100')
  const left = (of: Answer) => Number(of.headers.get('x-ratelimit-remaining'))
  assert.equal(left(answer), left(before) - 1)
})

test('a limited preflight is a 429', async () => {
  const strict = await startServer({
    env: { COMSERV_CORS_ORIGINS: page, COMSERV_RATE_LIMIT_ANONYMOUS: '1' },
  })
  await strict.call('OPTIONS', '/api/v1/documents', { headers: preflight })
  const limited = await strict.call('OPTIONS', '/api/v1/documents', { headers: preflight })
  assert.equal(limited.status, 429)
  assertReadable(limited)
})

test('a page of any other origin is told nothing', async () => {
  for (const origin of [
    'https://app.example.org.evil.example',
    'http://app.example.org',
    'null',
    'https://example.org',
  ]) {
    const read = await server.call('GET', '/api/v1/documents', { key, headers: from(origin) })
    assert.equal(read.status, 200)
    assertClosed(read)
    assert.match(read.headers.get('vary') ?? '', /, Origin(, Accept-Encoding)?$/)
    const asked = await server.call('OPTIONS', '/api/v1/documents', { headers: { ...preflight, origin } })
    assert.equal(asked.status, 405)
    assertClosed(asked)
  }
})

test('OPTIONS without the question of a browser is a method like any other', async () => {
  const plain = await server.call('OPTIONS', '/api/v1/documents', { key, headers: from(page) })
  assert.equal(plain.status, 405)
  assert.equal(plain.headers.get('allow'), 'GET, HEAD, POST')
})

test('a page finds the authorization server; the health of the server is not for pages', async () => {
  assertReadable(await server.call('GET', '/.well-known/oauth-authorization-server', { headers: from(page) }))
  assertClosed(await server.call('GET', '/health/live', { headers: from(page) }))
})

test("a session's cookie opens nothing for a page of another origin, not even a listed one", async () => {
  const { cookie, csrf } = await signedInAs(server, 'admin')
  const asPage = { cookie, ...from(page) }
  const read = await server.call('GET', '/api/v1/users', { headers: asPage })
  assert.equal(read.status, 200)
  assertReadable(read) // which is: not with credentials, so that the browser keeps the answer to itself

  const json = { title: 'Of another origin' }
  const change = await server.call('POST', '/api/v1/documents', {
    json,
    headers: { ...asPage, 'x-csrf-token': csrf },
  })
  assert.equal(change.status, 403)
  const asked = await server.call('OPTIONS', '/api/v1/documents', { headers: preflight })
  assert.doesNotMatch(asked.headers.get('access-control-allow-headers') ?? '', /csrf/i)
})

test('it is off unless origins are named', async () => {
  const closed = await startServer()
  const answer = await closed.call('GET', '/api/v1/openapi.json', { headers: from(page) })
  assertClosed(answer)
  assert.equal(answer.headers.get('vary'), 'Authorization, X-API-Key, Cookie, Accept-Encoding')
  assert.equal((await closed.call('OPTIONS', '/api/v1/documents', { headers: preflight })).status, 405)
})

test('only exact origins are taken', () => {
  for (const wrong of [
    '*',
    'https://*.example.org',
    'https://example.org/',
    'example.org',
    'null',
    `${page},`,
  ]) {
    assert.throws(
      () => decideConfig({ COMSERV_CORS_ORIGINS: wrong, COMSERV_SECRET_KEY: 'x'.repeat(32) }),
      (error) =>
        error instanceof ConfigError && /COMSERV_CORS_ORIGINS must list exact origins/.test(error.message),
      wrong,
    )
  }
})
