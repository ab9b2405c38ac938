import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../src/lib/timestamps.ts'
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
    assert.deepEqual(Object.keys(body), ['id', 'user', 'scopes', 'csrf_token', 'created_at', 'expires_at'])
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
    assert.equal(headers.getSetCookie().length, 2)
  })

  test('over https there is the guarded cookie alone', async () => {
    const secure = await startServer({ env: { COMSERV_PUBLIC_URL: 'https://comserv.example.org' } })
    const person = await signedInAs(secure, 'normal')
    assert.match(person.cookie, /^__Host-comserv_session=/)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
    const plain = { cookie: person.cookie.replace('__Host-', '') }
    assert.equal((await secure.call('GET', '/api/v1/me', { headers: plain })).status, 401)
    const answer = await secure.call('POST', '/api/v1/session', {
      json: { username: person.username, password },
      headers: { origin: 'https://comserv.example.org' },
    })
    assert.equal(answer.headers.getSetCookie().length, 1)
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

describe('a session', () => {
  test('is read back with the same token against forgery', async () => {
    const person = await signedInAs(server, 'editor')
    const { status, body, headers } = await person.call('GET', '/api/v1/session')
    assert.equal(status, 200)
    assert.deepEqual(body, person.session)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-ratelimit-limit'), '1000000')
    assert.match(headers.get('ratelimit-policy') ?? '', /^"session"/)
  })

  test('nobody is signed in without one', async () => {
    assert.equal((await server.call('GET', '/api/v1/session')).status, 401)
    for (const cookie of [
      '__Host-comserv_session=',
      '__Host-comserv_session=short',
      `__Host-comserv_session=${'A'.repeat(43)}`,
      `other=${'A'.repeat(43)}`,
    ])
      assert.equal((await server.call('GET', '/api/v1/session', { headers: { cookie } })).status, 401, cookie)
  })

  test('an ended one hinders nobody on a public route', async () => {
    const cookie = `__Host-comserv_session=${'A'.repeat(43)}`
    assert.equal((await server.call('GET', '/api/v1/openapi.json', { headers: { cookie } })).status, 200)
  })

  test('is found among other cookies, under either name', async () => {
    const person = await signedInAs(server, 'normal')
    const plain = person.cookie.replace('__Host-', '')
    for (const cookie of [`a=b; ${person.cookie}; c=d`, `a=b;${plain}`])
      assert.equal((await server.call('GET', '/api/v1/session', { headers: { cookie } })).status, 200)
  })

  test('a key beside the cookie is what counts', async () => {
    const person = await signedInAs(server, 'admin')
    const { secret: key } = await server.credential('documents:read')
    assert.equal((await person.call('GET', '/api/v1/users')).status, 200)
    assert.equal((await person.call('GET', '/api/v1/users', { key })).status, 403)
    assert.equal((await person.call('GET', '/api/v1/users', { key: 'wrong' })).status, 401)
    const writer = await server.credential('documents:write')
    const made = await server.call('POST', '/api/v1/documents', {
      key: writer.secret,
      json: { title: 'By key' },
      headers: { cookie: person.cookie },
    })
    assert.equal(made.status, 201)
  })

  test('a credential has none', async () => {
    const { secret: key } = await server.credential('admin')
    for (const [method, path] of [
      ['GET', '/api/v1/session'],
      ['DELETE', '/api/v1/session'],
      ['GET', '/api/v1/me/sessions'],
      ['DELETE', '/api/v1/me/sessions/1'],
    ] as const) {
      const answer = await server.call(method, path, { key })
      assert.equal(answer.status, 403)
      assert.match(answer.body.error.details, /a credential is not a person/)
    }
  })

  test('ends by signing out, and the cookie goes', async () => {
    const person = await signedInAs(server, 'normal')
    const { status, headers } = await person.call('DELETE', '/api/v1/session')
    assert.equal(status, 204)
    assert.match(headers.getSetCookie()[0] ?? '', /^__Host-comserv_session=; Path=\/; Max-Age=0;/)
    assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
  })

  test('ends after a day without use, and lives on with it', async () => {
    const person = await signedInAs(server, 'normal')
    assert.equal(person.session.expires_at, later(24 * hourMs))
    server.clock.advance(24 * hourMs - 1_000)
    assert.equal((await person.call('GET', '/api/v1/session')).status, 200)
    await server.context.sessions.settled()
    server.clock.advance(24 * hourMs - 1_000)
    assert.equal((await person.call('GET', '/api/v1/session')).status, 200)
    await server.context.sessions.settled()
    assert.equal((await person.call('GET', '/api/v1/session')).body.expires_at, later(24 * hourMs))
    server.clock.advance(24 * hourMs)
    assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
  })

  test('ends after fourteen days, however busy it is', async () => {
    const person = await signedInAs(server, 'normal')
    for (let day = 0; day < 14; day++) {
      assert.equal((await person.call('GET', '/api/v1/session')).status, 200, `day ${day}`)
      await server.context.sessions.settled()
      server.clock.advance(dayMs - 1_000)
    }
    const { body } = await person.call('GET', '/api/v1/session')
    assert.equal(body.expires_at, later(14_000))
    server.clock.advance(14_000)
    assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
  })

  test('is marked as seen at most once a minute, with the address it was seen at', async () => {
    const person = await signedInAs(server, 'normal')
    const signedInAt = later(0)
    const seen = async () => {
      await person.call('GET', '/api/v1/me')
      await server.context.sessions.settled()
      const { body } = await person.call('GET', '/api/v1/me/sessions')
      return body.data[0].last_seen_at
    }
    server.clock.advance(minuteMs - 1_000)
    assert.equal(await seen(), signedInAt)
    server.clock.advance(1_000)
    assert.equal(await seen(), later(0))
  })

  test('of a suspended, inactive or deleted user ends at once, also in another process, and does not come back', async () => {
    const { secret: key } = await server.credential('admin')
    const other = await startServer({ beside: server })
    for (const end of ['suspended', 'inactive', 'deleted']) {
      const person = await signedInAs(server, 'developer')
      const headers = { cookie: person.cookie }
      assert.equal((await other.call('GET', '/api/v1/session', { headers })).status, 200)
      const address = `/api/v1/users/${person.id}`
      const done =
        end === 'deleted'
          ? await server.call('DELETE', address, { key })
          : await server.call('PATCH', address, { key, json: { status: end } })
      assert.ok(done.status < 300)
      assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
      assert.equal((await other.call('GET', '/api/v1/session', { headers })).status, 401)
      if (end === 'deleted') continue
      await server.call('PATCH', address, { key, json: { status: 'active' } })
      assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
    }
  })

  test('carries a new role from the next request on', async () => {
    const { secret: key } = await server.credential('admin')
    const person = await signedInAs(server, 'normal')
    assert.equal((await person.call('GET', '/api/v1/users')).status, 403)
    await server.call('PATCH', `/api/v1/users/${person.id}`, { key, json: { role: 'editor' } })
    assert.equal((await person.call('GET', '/api/v1/users')).status, 200)
  })
})

describe('a change by cookie', () => {
  const change = { json: { profile: { bio: 'changed' } } }

  test('is made with the token against forgery', async () => {
    const person = await signedInAs(server, 'normal')
    assert.equal((await person.call('PATCH', '/api/v1/me', change)).status, 200)
    const headers = { cookie: person.cookie, 'x-csrf-token': person.csrf }
    // A program sends neither Origin nor Sec-Fetch-Site.
    assert.equal((await server.call('PATCH', '/api/v1/me', { ...change, headers })).status, 200)
    const fromPage = { ...headers, origin: server.url, 'sec-fetch-site': 'same-origin' }
    assert.equal((await server.call('PATCH', '/api/v1/me', { ...change, headers: fromPage })).status, 200)
  })

  test('is refused without it, with another one, and from another site', async () => {
    const person = await signedInAs(server, 'admin')
    const neighbour = await signedInAs(server, 'admin')
    const cookie = person.cookie
    const csrf = { 'x-csrf-token': person.csrf }
    const refusals: [Record<string, string>, RegExp][] = [
      [{}, /needs the X-CSRF-Token header/],
      [{ 'x-csrf-token': '' }, /does not belong to this session/],
      [{ 'x-csrf-token': neighbour.csrf }, /does not belong to this session/],
      [{ 'x-csrf-token': cookie.split('=')[1] ?? '' }, /does not belong to this session/],
      [{ ...csrf, origin: 'https://evil.example' }, /Origin header names another website/],
      [{ ...csrf, origin: 'null' }, /Origin header names another website/],
      [{ ...csrf, origin: `${server.url}1` }, /Origin header names another website/],
      [{ ...csrf, 'sec-fetch-site': 'cross-site' }, /another website sent this request/],
      [{ ...csrf, 'sec-fetch-site': 'same-site' }, /another website sent this request/],
      [{ ...csrf, 'sec-fetch-site': 'none' }, /another website sent this request/],
    ]
    for (const [headers, details] of refusals) {
      for (const [method, path] of [
        ['PATCH', '/api/v1/me'],
        ['POST', '/api/v1/documents'],
        ['DELETE', `/api/v1/users/${neighbour.id}`],
        ['DELETE', '/api/v1/session'],
      ] as const) {
        const body = method === 'DELETE' ? {} : { json: { title: 'forged' } }
        const answer = await server.call(method, path, { ...body, headers: { cookie, ...headers } })
        assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`)
        assert.equal(answer.body.error.code, 'permission_denied')
        assert.match(answer.body.error.details, details)
      }
    }
    assert.equal((await person.call('GET', '/api/v1/session')).status, 200)
  })

  test('reading needs none', async () => {
    const person = await signedInAs(server, 'normal')
    const headers = { cookie: person.cookie, 'sec-fetch-site': 'cross-site' }
    assert.equal((await server.call('GET', '/api/v1/me', { headers })).status, 200)
    assert.equal((await server.call('HEAD', '/api/v1/me', { headers })).status, 200)
  })
})

describe('my sessions', () => {
  test('are listed newest first with an exact total, and show where they are', async () => {
    const laptop = await signedInAs(server, 'normal')
    const phone = await signIn(server, laptop, password, { 'user-agent': `Phone ${'x'.repeat(300)}` })
    await signedInAs(server, 'normal')
    const { status, body } = await phone.call('GET', '/api/v1/me/sessions')
    assert.equal(status, 200)
    assert.deepEqual(body.meta, { current_page: 1, total_pages: 1, total_count: 2 })
    assert.deepEqual(
      body.data.map(({ id, current }: { id: number; current: boolean }) => [id, current]),
      [
        [phone.session.id, true],
        [laptop.session.id, false],
      ],
    )
    assert.equal(body.data[0].ip, '127.0.0.1')
    assert.equal(body.data[0].user_agent.length, 256)
    const second = await phone.call('GET', '/api/v1/me/sessions?limit=1&page=2')
    assert.deepEqual(second.body.meta, { current_page: 2, total_pages: 2, total_count: 2 })
    assert.equal(second.body.data[0].id, laptop.session.id)
  })

  test('are read on by the cursor of the Link header, also when one is opened meanwhile', async () => {
    const first = await signedInAs(server, 'normal')
    const second = await signIn(server, first)
    const third = await signIn(server, first)
    const page = await third.call('GET', '/api/v1/me/sessions?limit=2')
    assert.deepEqual(
      page.body.data.map(({ id }: { id: number }) => id),
      [third.session.id, second.session.id],
    )
    const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    await signIn(server, first)
    const rest = await third.call('GET', next)
    assert.deepEqual(
      rest.body.data.map(({ id }: { id: number }) => id),
      [first.session.id],
    )
    assert.equal(rest.headers.get('link'), null)
  })

  test('one is ended from another; what is somebody else’s does not exist', async () => {
    const laptop = await signedInAs(server, 'normal')
    const phone = await signIn(server, laptop)
    const stranger = await signedInAs(server, 'admin')
    const address = `/api/v1/me/sessions/${phone.session.id}`
    assert.equal((await stranger.call('DELETE', address)).status, 404)
    assert.equal((await phone.call('GET', '/api/v1/me')).status, 200)
    const ended = await laptop.call('DELETE', address)
    assert.equal(ended.status, 204)
    assert.deepEqual(ended.headers.getSetCookie(), [])
    assert.equal((await phone.call('GET', '/api/v1/me')).status, 401)
    assert.equal((await laptop.call('DELETE', address)).status, 404)
    const self = await laptop.call('DELETE', `/api/v1/me/sessions/${laptop.session.id}`)
    assert.match(self.headers.getSetCookie()[0] ?? '', /Max-Age=0/)
  })

  test('are at most fifty: one more ends the oldest', async () => {
    const first = await signedInAs(server, 'normal')
    for (let i = 1; i < 50; i++) await signIn(server, first)
    assert.equal((await first.call('GET', '/api/v1/me')).status, 200)
    const last = await signIn(server, first)
    assert.equal((await first.call('GET', '/api/v1/me')).status, 401)
    assert.equal((await last.call('GET', '/api/v1/me/sessions')).body.meta.total_count, 50)
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

test('sign-ins and sign-outs stand in the audit log, and no secret in it or in the log', async () => {
  const person = await signedInAs(server, 'editor')
  await person.call('DELETE', '/api/v1/session')
  const rows = await server.context.database.read
    .selectFrom('audit_log')
    .selectAll()
    .where('target_type', '=', 'session')
    .where('target_id', '=', person.session.id)
    .orderBy('id')
    .execute()
  assert.deepEqual(
    rows.map(({ action, actor_type, actor_id, actor_name, ip }) => [
      action,
      actor_type,
      actor_id,
      actor_name,
      ip,
    ]),
    ['session.create', 'session.delete'].map((action) => [
      action,
      'user',
      person.id,
      person.username,
      '127.0.0.1',
    ]),
  )
  const audit = JSON.stringify(
    await server.context.database.read.selectFrom('audit_log').selectAll().execute(),
  )
  const log = JSON.stringify(server.logged)
  for (const secret of [password, person.cookie.split('=')[1] ?? '', person.csrf, 'token_hash', 'argon2']) {
    assert.equal(audit.includes(secret), false)
    assert.equal(log.includes(secret), false)
  }
  const line = server.logged.findLast(({ path, method }) => path === '/api/v1/session' && method === 'DELETE')
  assert.equal(line.user, person.id)
  assert.equal(line.session, person.session.id)
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

function later(ms: number): string {
  return `${new Date(server.clock.now() + ms).toISOString().slice(0, 19)}Z`
}

async function millisecondsOf(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await task()
  return performance.now() - startedMs
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
