import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minuteMs } from '../src/lib/timestamps.ts'
import { startServer } from './harness.ts'
import { makePerson, password, signedInAs, signIn } from './people.ts'

const server = await startServer()
const wrongPassword = 'The username or the password is wrong.'

function attempt(username: string, secret: string, headers: Record<string, string> = {}) {
  return server.call('POST', '/api/v1/session', { json: { username, password: secret }, headers })
}

describe('signing in', () => {
  test('answers who it is and sets a cookie that no script and no other site can use', async () => {
    const person = await makePerson(server, 'developer')
    await server.newEvents()
    const { status, headers, body } = await attempt(person.username, password)
    assert.equal(status, 201)
    assert.equal(headers.get('location'), '/api/v1/session')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(body), [
      'id',
      'user',
      'scopes',
      'system_account_id',
      'csrf_token',
      'created_at',
      'expires_at',
    ])
    assert.equal(body.user.username, person.username)
    assert.equal(body.user.role, 'developer')
    assert.equal(body.user.last_login, '2026-01-15T08:30:00Z')
    assert.deepEqual(await server.newEvents(), [])

    const [guarded = '', plain = ''] = headers.getSetCookie()
    assert.match(
      guarded,
      /^__Host-comserv_session=[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Strict; Secure$/,
    )
    assert.match(plain, /^comserv_session=[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Strict$/)
    assert.equal(headers.getSetCookie().length, 3)
  })

  test('over https there is the guarded cookie alone', async () => {
    const secure = await startServer({
      env: { COMSERV_PUBLIC_URL: 'https://comserv.example.org', COMSERV_ALLOWED_HOSTS: '127.0.0.1' },
    })
    const person = await signedInAs(secure, 'normal')
    assert.match(person.cookie, /^__Host-comserv_session=/)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
    const plain = { cookie: person.cookie.replace('__Host-', '') }
    assert.equal((await secure.call('GET', '/api/v1/me', { headers: plain })).status, 401)
    const answer = await secure.call('POST', '/api/v1/session', {
      json: { username: person.username, password },
      headers: { origin: 'https://comserv.example.org' },
    })
    assert.equal(answer.headers.getSetCookie().length, 2)
  })

  test('works by email and in any case, and keeps the version of the user', async () => {
    const person = await makePerson(server, 'normal')
    assert.equal((await attempt(person.email.toUpperCase(), password)).status, 201)
    assert.equal((await attempt(person.username.toUpperCase(), password)).status, 201)
    const row = await server.context.database.read
      .selectFrom('users')
      .select(['version', 'last_login'])
      .where('id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual({ ...row }, { version: 1, last_login: '2026-01-15T08:30:00Z' })
  })

  test('a wrong password, an unknown name and a suspended user get one answer', async () => {
    const person = await makePerson(server, 'normal')
    const suspended = await makePerson(server, 'normal', { status: 'suspended' })
    const answers = await Promise.all([
      attempt(person.username, 'wrong'),
      attempt('nobody-of-this-name', 'wrong'),
      attempt('nobody@example.org', 'wrong'),
      attempt(suspended.username, 'wrong'),
      attempt('comserv:system', 'wrong'),
    ])
    for (const { status, body, headers } of answers) {
      assert.equal(status, 401)
      assert.deepEqual(body, {
        error: {
          code: 'authentication_failed',
          message: 'The credentials are not valid',
          details: wrongPassword,
        },
      })
      assert.deepEqual(headers.getSetCookie(), [])
    }
  })

  test('only whoever knows the password learns that the account is suspended', async () => {
    for (const status of ['suspended', 'inactive'] as const) {
      const person = await makePerson(server, 'normal', { status })
      const answer = await attempt(person.username, password)
      assert.equal(answer.status, 401)
      assert.equal(answer.body.error.details, `The account is ${status}; ask an administrator.`)
    }
  })

  test('a deleted user is unknown', async () => {
    const { secret: key } = await server.credential('admin')
    const person = await makePerson(server, 'normal')
    await server.call('DELETE', `/api/v1/users/${person.id}`, { key })
    assert.equal((await attempt(person.username, password)).body.error.details, wrongPassword)
  })

  test('an unknown name takes as long as a wrong password', async () => {
    const person = await makePerson(server, 'normal')
    const known: number[] = []
    const unknown: number[] = []
    for (let i = 0; i < 9; i++) {
      known.push(await millisecondsOf(() => attempt(person.username, 'wrong')))
      unknown.push(await millisecondsOf(() => attempt(`nobody-${i}`, 'wrong')))
    }
    const ratio = median(unknown) / median(known)
    assert.ok(ratio > 0.5 && ratio < 2, `an unknown name took ${ratio} times as long`)
    // And both are far from what a request without a hash takes.
    const withoutHash: number[] = []
    for (let i = 0; i < 9; i++) withoutHash.push(await millisecondsOf(() => attempt('', 'wrong')))
    assert.ok(median(unknown) > 2 * median(withoutHash))
  })

  test('is refused from the page of another site', async () => {
    const person = await makePerson(server, 'normal')
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    ] as Record<string, string>[]) {
      const answer = await attempt(person.username, password, headers)
      assert.equal(answer.status, 403, JSON.stringify(headers))
      assert.equal(answer.body.error.code, 'permission_denied')
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
    assert.equal((await attempt(person.username, password, { origin: server.url })).status, 201)
  })

  test('once more in the same browser ends the session before', async () => {
    const first = await signedInAs(server, 'normal')
    const second = await signIn(server, first, password, { cookie: first.cookie })
    assert.equal((await first.call('GET', '/api/v1/session')).status, 401)
    assert.equal((await second.call('GET', '/api/v1/session')).status, 200)
  })

  test('refuses what is not a sign-in', async () => {
    for (const json of [
      {},
      { username: 'a' },
      { username: 'a', password: 1 },
      { username: 'a', password: 'b', x: 1 },
    ])
      assert.equal((await server.call('POST', '/api/v1/session', { json })).status, 400)
  })
})

describe('throttling', () => {
  test('one address may try so often, and the headers say so truly', async () => {
    const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '3' } })
    const reset = Math.floor(strict.clock.now() / 1_000) + 60
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await tryOn(strict, `name-${i}`)
      assert.equal(status, 401)
      assert.deepEqual(rateHeaders(headers), ['3', String(2 - i), String(reset)])
    }
    const limited = await tryOn(strict, 'another')
    assert.equal(limited.status, 429)
    assert.deepEqual(rateHeaders(limited.headers), ['3', '0', String(reset)])
    assert.equal(limited.headers.get('retry-after'), '60')
    assert.equal(limited.body.error.code, 'rate_limit_exceeded')
    strict.clock.advance(minuteMs)
    assert.equal((await tryOn(strict, 'another')).status, 401)
  })

  test('one name is not tried from many addresses, whatever its case', async () => {
    const strict = await startServer({
      env: { COMSERV_RATE_LIMIT_SIGN_IN: '3', COMSERV_TRUST_PROXY: 'true' },
    })
    const person = await makePerson(strict, 'normal')
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await tryOn(strict, person.username.toUpperCase(), `203.0.113.${i}`)
      assert.equal(status, 401)
      assert.equal(headers.get('x-ratelimit-remaining'), String(2 - i))
    }
    strict.clock.advance(10_000)
    const limited = await tryOn(strict, person.username, '203.0.113.9', password)
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('x-ratelimit-remaining'), '0')
    assert.equal(limited.headers.get('retry-after'), '50')
    assert.match(limited.headers.get('ratelimit-policy') ?? '', /^"sign-in-name";q=3;w=60/)
    assert.equal((await tryOn(strict, 'another', '203.0.113.9')).status, 401)
    strict.clock.advance(50_000)
    assert.equal((await tryOn(strict, person.username, '203.0.113.9', password)).status, 201)
  })

  test('a session has a window of its own', async () => {
    const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SESSION: '2' } })
    const person = await signedInAs(strict, 'normal')
    assert.equal((await person.call('GET', '/api/v1/me')).headers.get('x-ratelimit-remaining'), '1')
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 429)
    const again = await signIn(strict, person)
    assert.equal((await again.call('GET', '/api/v1/me')).status, 200)
  })
})

type Server = Awaited<ReturnType<typeof startServer>>

function tryOn(on: Server, username: string, from?: string, secret = 'wrong') {
  return on.call('POST', '/api/v1/session', {
    json: { username, password: secret },
    headers: from === undefined ? {} : { 'x-forwarded-for': from },
  })
}

function rateHeaders(headers: Headers) {
  return ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`))
}

async function millisecondsOf(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await task()
  return performance.now() - startedMs
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
