import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { operator } from '../src/cli/actor.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { hourMs } from '../src/lib/timestamps.ts'
import { newPasswordLink } from '../src/sessions/password-link-service.ts'
import { type Json, startServer } from './harness.ts'
import { settingsOf } from './importing.ts'
import { auditTrail } from './left-behind.ts'
import { makePerson, password, signedIn, signedInAs, signIn } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const trail = auditTrail(server)
const other = 'an entirely new secret'

/** Runs `comserv admin reset-password …` beside the server. */
async function resetLink(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const lines: string[] = []
  const errors: string[] = []
  const code = await runCommandLine(['admin', 'reset-password', ...args], {
    env: { ...settingsOf(server), COMSERV_PUBLIC_URL: server.url },
    stdin: Readable.from([]),
    print: (line) => void lines.push(line),
    printError: (line) => void errors.push(line),
  })
  return { code, out: lines.join('\n'), err: errors.join('\n') }
}

async function tokenFor(name: string): Promise<string> {
  const { link }: Json = JSON.parse((await resetLink(name, '--json')).out)
  return link.split('#token=')[1]
}

const use = (token: string, secret = other, headers: Record<string, string> = {}) =>
  server.call('POST', '/api/v1/password-reset', { json: { token, password: secret }, headers })

describe('a link that sets a password', () => {
  test('is printed by an operator, works once, ends all sessions and signs in', async () => {
    const person = await signedInAs(server, 'editor')
    await trail()
    const { code, out, err } = await resetLink(person.username)
    assert.deepEqual([code, err], [0, ''])
    const token = /\/new-password#token=([\w-]{43})$/m.exec(out)?.[1] ?? ''
    assert.match(out, new RegExp(`for '${person.username}'`))
    // Nothing has changed until it is used.
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
    await server.newEvents()
    const used = await use(token)
    assert.equal(used.status, 201, used.text)
    assert.equal(used.headers.get('cache-control'), 'no-store')
    assert.equal(used.body.user.id, person.id)
    assert.deepEqual(await server.newEvents(), ['user.updated'])
    assert.equal((await signedIn(server, person, used).call('GET', '/api/v1/me')).status, 200)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 401)
    await assert.rejects(signIn(server, person), /The username or the password is wrong/)
    await signIn(server, person, other)
    assert.equal((await use(token)).status, 401)
    const rows = await trail()
    assert.deepEqual(
      rows.slice(0, 3).map(({ actor, action, targetId }) => [actor, action, targetId]),
      [
        ['operator command line', 'user.reset_password', person.id],
        ['operator password link', 'user.update', person.id],
        [`user ${person.username}`, 'session.create', used.body.id],
      ],
    )
    const stored = await server.context.database.read.selectFrom('one_time_links').selectAll().execute()
    for (const secret of [token, other])
      assert.equal(JSON.stringify([rows, stored, server.logged]).includes(secret), false)
  })

  test('is one line of JSON for programs, also by email address', async () => {
    const person = await makePerson(server, 'normal')
    const { out } = await resetLink('--json', person.email.toUpperCase())
    const { link, ...rest }: Json = JSON.parse(out)
    assert.match(link, new RegExp(`^${server.url}/new-password#token=[\\w-]{43}$`))
    const { user_id, username, expires_at } = rest
    assert.deepEqual([user_id, username], [person.id, person.username])
    assert.match(expires_at, /^\d{4}-.*Z$/)
  })

  test('is for the last administrator, too', async () => {
    const alone = await startServer()
    const boss = await makePerson(alone, 'admin')
    const lines: string[] = []
    await runCommandLine(['admin', 'reset-password', boss.username, '--json'], {
      env: settingsOf(alone),
      stdin: Readable.from([]),
      print: (line) => void lines.push(line),
      printError: (line) => assert.fail(line),
    })
    const token = JSON.parse(lines[0] ?? '').link.split('token=')[1]
    // The command has the time of the machine.
    const json = { token, password: other }
    assert.equal((await alone.call('POST', '/api/v1/password-reset', { json })).status, 201)
  })

  test('is refused when it is guessed, replaced by a newer one, or of another kind', async () => {
    const person = await makePerson(server, 'normal')
    const former = await tokenFor(person.username)
    const token = await tokenFor(person.username)
    for (const wrong of ['guessed', former]) {
      const { status, body } = await use(wrong)
      assert.equal(status, 401)
      assert.match(body.error.details, /The link is not valid/)
    }
    const empty = await startServer()
    const setup = await empty.call('POST', '/api/v1/setup', {
      json: { token, username: 'root', email: 'root@example.org', password: other },
    })
    assert.equal(setup.status, 401)
    assert.equal((await use(token, other, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await use(token)).status, 201)
  })

  test('survives a password that is refused, and serves one of two who use it at once', async () => {
    const person = await makePerson(server, 'normal')
    const token = await tokenFor(person.username)
    assert.equal((await use(token, 'password')).status, 400)
    assert.equal((await use(token, 'short')).status, 400)
    const statuses = (await Promise.all([use(token), use(token, `${other} 2`)])).map(({ status }) => status)
    assert.deepEqual(statuses.toSorted(), [201, 401])
  })

  test('ends with the account, and with any other new password', async () => {
    const other = 'a passphrase set by somebody else'
    const ends: Record<string, (id: number) => Promise<unknown>> = {
      suspended: (id) => server.call('PATCH', `/api/v1/users/${id}`, { key, json: { status: 'suspended' } }),
      inactive: (id) => server.call('PATCH', `/api/v1/users/${id}`, { key, json: { status: 'inactive' } }),
      deleted: (id) => server.call('DELETE', `/api/v1/users/${id}`, { key }),
      'given a new password': (id) =>
        server.call('PATCH', `/api/v1/users/${id}`, { key, json: { password: other } }),
    }
    for (const [name, end] of Object.entries(ends)) {
      const person = await makePerson(server, 'normal')
      const token = await tokenFor(person.username)
      await end(person.id)
      assert.equal((await use(token)).status, 401, name)
    }
    const person = await signedInAs(server, 'normal')
    const token = await tokenFor(person.username)
    const json = { current_password: password, new_password: other }
    assert.equal((await person.call('POST', '/api/v1/me/password', { json })).status, 204)
    assert.equal((await use(token)).status, 401)
  })

  test('is not made for an account that is not active', async () => {
    for (const status of ['suspended', 'inactive'] as const) {
      const person = await makePerson(server, 'normal', { status })
      const { code, err } = await resetLink(person.username)
      assert.equal(code, 1)
      assert.match(err, new RegExp(`is ${status}; activate`))
    }
  })

  test('is not made for nobody, nor for the built-in account', async () => {
    for (const name of ['nobody-of-this-name', 'comserv:system', '']) {
      const { code, out, err } = await resetLink(name)
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, /^There is no user '/)
    }
    assert.equal((await resetLink()).code, 2)
  })
})

test('the link is good for an hour', async () => {
  const person = await makePerson(server, 'normal')
  const make = async () => newPasswordLink(server.context, await operator(server.context), person.username)
  const late = (await make()).link.split('token=')[1] ?? ''
  server.clock.advance(hourMs)
  assert.equal((await use(late)).status, 401)
  const early = (await make()).link.split('token=')[1] ?? ''
  server.clock.advance(hourMs - 1_000)
  assert.equal((await use(early)).status, 201)
})
