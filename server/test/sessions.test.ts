import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { startServer } from './harness.ts'
import { openedAudit } from './opened-logs.ts'
import { password, signedInAs, signIn } from './people.ts'

const server = await startServer()

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

  test('tells which id is nobody, once something belongs to nobody', async () => {
    const person = await signedInAs(server, 'normal')
    const { id } = await server.credential('read')
    const key = await server.context.database.read
      .selectFrom('credentials')
      .select('owner_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const { body } = await person.call('GET', '/api/v1/session')
    assert.equal(body.system_account_id, key.owner_id)
    assert.equal(
      (
        await server.call('GET', `/api/v1/users/${key.owner_id}`, {
          key: (await server.credential('admin')).secret,
        })
      ).status,
      404,
    )
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
    (await openedAudit(server.context.database, rows)).map(
      ({ action, actor_type, actor_id, actor_name, ip }) => [action, actor_type, actor_id, actor_name, ip],
    ),
    ['session.create', 'session.delete'].map((action) => [
      action,
      'user',
      person.id,
      person.username,
      '127.0.0.1',
    ]),
  )
  const { database } = server.context
  const audit = JSON.stringify(
    await openedAudit(database, await database.read.selectFrom('audit_log').selectAll().execute()),
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

function later(ms: number): string {
  return `${new Date(server.clock.now() + ms).toISOString().slice(0, 19)}Z`
}
