import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from './harness.ts'
import { openedAudit } from './opened-logs.ts'
import { makePerson, password, signedInAs, signIn } from './people.ts'

const server = await startServer()
const newPassword = 'an entirely new secret'

describe('my profile', () => {
  test('is read by every role', async () => {
    for (const role of ['admin', 'developer', 'editor', 'normal'] as const) {
      const person = await signedInAs(server, role)
      const { status, body, headers } = await person.call('GET', '/api/v1/me')
      assert.equal(status, 200)
      assert.deepEqual(body, person.session.user)
      assert.equal(body.role, role)
      const again = await person.call('GET', '/api/v1/me', {
        headers: { 'if-none-match': headers.get('etag') ?? '' },
      })
      assert.equal(again.status, 304)
    }
  })

  test('takes no role, status, name or password', async () => {
    const person = await signedInAs(server, 'normal')
    for (const json of [
      { role: 'admin' },
      { status: 'active' },
      { username: 'another' },
      { password: newPassword },
      { email: 'no address' },
    ]) {
      const { status, body } = await person.call('PATCH', '/api/v1/me', { json })
      assert.equal(status, 400, JSON.stringify(json))
      assert.equal(body.error.code, 'invalid_request')
    }
    assert.deepEqual((await person.call('GET', '/api/v1/me')).body, person.session.user)
  })

  test('refuses the address of somebody else, and what is stale', async () => {
    const person = await signedInAs(server, 'normal')
    const other = await makePerson(server, 'normal')
    const taken = await person.call('PATCH', '/api/v1/me', { json: { email: other.email } })
    assert.equal(taken.status, 409)
    assert.match(taken.body.error.details, /'email'/)
    const stale = await person.call('PATCH', '/api/v1/me', {
      json: { profile: { bio: 'late' } },
      headers: { 'if-match': '"user.0"' },
    })
    assert.equal(stale.status, 412)
  })

  test('is nothing that a credential or a guest has', async () => {
    const { secret: key } = await server.credential('admin')
    for (const [method, path, json] of [
      ['GET', '/api/v1/me', undefined],
      ['PATCH', '/api/v1/me', { profile: { bio: 'x' } }],
      ['POST', '/api/v1/me/password', { current_password: 'x', new_password: newPassword }],
    ] as const) {
      const byKey = await server.call(method, path, { key, json })
      assert.equal(byKey.status, 403)
      assert.equal(
        byKey.body.error.details,
        'This route is for a signed-in person; a credential is not a person.',
      )
      assert.equal((await server.call(method, path, { json })).status, 401)
    }
  })
})

describe('my password', () => {
  test('once changed, the new one works, the old one does not, and all other sessions have ended', async () => {
    const laptop = await signedInAs(server, 'developer')
    const phone = await signIn(server, laptop)
    const stranger = await signedInAs(server, 'developer')
    await server.newEvents()
    const changed = await laptop.call('POST', '/api/v1/me/password', {
      json: { current_password: password, new_password: newPassword },
    })
    assert.equal(changed.status, 204)
    assert.deepEqual(await server.newEvents(), [])
    assert.equal((await laptop.call('GET', '/api/v1/me')).status, 200)
    assert.equal((await phone.call('GET', '/api/v1/me')).status, 401)
    assert.equal((await stranger.call('GET', '/api/v1/me')).status, 200)
    await assert.rejects(signIn(server, laptop), /The username or the password is wrong/)
    await signIn(server, laptop, newPassword)

    const row = await lastAudit(laptop.id)
    assert.deepEqual(
      [row.action, row.actor_id, row.before, row.after],
      ['user.password', laptop.id, null, null],
    )
    const log = JSON.stringify(server.logged)
    assert.equal(log.includes(newPassword) || log.includes(password), false)
  })

  test('is changed once when the request is sent again under its key', async () => {
    const person = await signedInAs(server, 'normal')
    const change = (new_password: string) =>
      person.call('POST', '/api/v1/me/password', {
        json: { current_password: password, new_password },
        headers: { 'idempotency-key': 'password-1' },
      })
    const first = await change(newPassword)
    assert.equal(first.status, 204)
    assert.equal(first.headers.get('idempotency-replayed'), null)
    const again = await change(newPassword)
    assert.equal(again.status, 204)
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    assert.equal((await change('another new secret')).status, 422)
    await signIn(server, person, newPassword)
    const { value } = await server.context.database.read
      .selectFrom('audit_log')
      .select((eb) => eb.fn.countAll().as('value'))
      .where('action', '=', 'user.password')
      .where('target_id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.equal(Number(value), 1)
  })

  test('needs the current one, and another one that is long enough', async () => {
    const person = await signedInAs(server, 'normal')
    const phone = await signIn(server, person)
    for (const [json, details] of [
      [{ current_password: 'wrong', new_password: newPassword }, /'current_password' field is not/],
      [{ current_password: password, new_password: password }, /'new_password' field must differ/],
      [{ current_password: password, new_password: 'short' }, /'new_password' field must have 8 to 256/],
      [{ new_password: newPassword }, /'current_password' field is required/],
    ] as const) {
      const { status, body } = await person.call('POST', '/api/v1/me/password', { json })
      assert.equal(status, 400)
      assert.match(body.error.details, details)
    }
    assert.equal((await phone.call('GET', '/api/v1/me')).status, 200)
    await signIn(server, person)
  })

  test('is not guessed from an open browser', async () => {
    const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '3' } })
    const person = await signedInAs(strict, 'normal')
    const guess = { json: { current_password: 'wrong', new_password: newPassword } }
    for (let i = 0; i < 3; i++)
      assert.equal((await person.call('POST', '/api/v1/me/password', guess)).status, 400)
    const limited = await person.call('POST', '/api/v1/me/password', guess)
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('x-ratelimit-limit'), '3')
    assert.equal(limited.headers.get('x-ratelimit-remaining'), '0')
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
  })

  test('two changes at once: one wins, and no session of the loser outlives it', async () => {
    const laptop = await signedInAs(server, 'normal')
    const phone = await signIn(server, laptop)
    const change = (new_password: string) => ({ json: { current_password: password, new_password } })
    const answers = await Promise.all([
      laptop.call('POST', '/api/v1/me/password', change('the first new secret')),
      phone.call('POST', '/api/v1/me/password', change('the second new secret')),
    ])
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 204).length, 1, String(statuses))
    // The loser meets the other password, or the end of its session.
    assert.ok(
      statuses.every((status) => [204, 400, 401, 409].includes(status)),
      String(statuses),
    )
    const alive = await Promise.all([laptop, phone].map((person) => person.call('GET', '/api/v1/me')))
    assert.deepEqual(
      alive.map(({ status }) => status === 200),
      statuses.map((status) => status === 204),
    )
  })

  test('set by an administrator, it ends every session', async () => {
    const { secret: key } = await server.credential('admin')
    const person = await signedInAs(server, 'normal')
    const set = await server.call('PATCH', `/api/v1/users/${person.id}`, {
      key,
      json: { password: newPassword },
    })
    assert.equal(set.status, 200)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 401)
    await signIn(server, person, newPassword)
  })
})

async function lastAudit(userId: number) {
  const row = await server.context.database.read
    .selectFrom('audit_log')
    .selectAll()
    .where('target_type', '=', 'user')
    .where('target_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const [opened = row] = await openedAudit(server.context.database, [row])
  return opened
}
