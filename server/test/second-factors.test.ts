import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { runCommandLine } from '../src/cli/command-line.ts'
import { minuteMs, secondMs } from '../src/lib/timestamps.ts'
import { type Answer, startServer, type TestServer } from './harness.ts'
import { settingsOf } from './importing.ts'
import { makePerson, type Person, password, type SignedInPerson, signedIn, signIn } from './people.ts'

const server = await startServer({ env: { COMSERV_SECOND_FACTOR_ROLES: 'editor' } })
const { secret: key } = await server.credential('admin')
const period = 30 * secondMs

const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret }).generate({ timestamp: server.clock.now() + steps * period })

/** The cookie of a sign-in that waits. */
function waitingCookie({ headers }: Answer): string {
  return (
    headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('comserv_sign_in='))
      ?.split(';')[0] ?? ''
  )
}

function attempt({ username }: Person, on: TestServer = server) {
  return on.call('POST', '/api/v1/session', { json: { username, password } })
}

function step(cookie: string, path: string, json?: object, method = 'POST') {
  return server.call(method, `/api/v1/session/step${path}`, { json, headers: { cookie } })
}

async function withApp(
  role = 'normal',
): Promise<{ person: SignedInPerson; secret: string; codes: string[] }> {
  const person = await signIn(server, await makePerson(server, role))
  const { body } = await person.call('POST', '/api/v1/me/totp')
  const activated = await person.call('POST', '/api/v1/me/totp/activate', {
    json: { code: codeOf(body.secret) },
  })
  assert.equal(activated.status, 204, activated.text)
  const made = await person.call('POST', '/api/v1/me/recovery-codes')
  server.clock.advance(period)
  return { person, secret: body.secret, codes: made.body.codes }
}

async function auditActions(id: number): Promise<string[]> {
  await server.context.audit.flush()
  const { body } = await server.call('GET', `/api/v1/audit-log?target_type=user&target_id=${id}&limit=100`, {
    key,
  })
  return body.data.map(({ action }: { action: string }) => action)
}

describe('an authenticator app', () => {
  test('is in use once a first code has confirmed it', async () => {
    const person = await signIn(server, await makePerson(server, 'normal'))
    const begun = await person.call('POST', '/api/v1/me/totp')
    assert.equal(begun.status, 200)
    assert.match(begun.body.secret, /^[A-Z2-7]{32}$/)
    const uri = new URL(begun.body.uri)
    assert.equal(uri.protocol, 'otpauth:')
    assert.equal(uri.searchParams.get('secret'), begun.body.secret)
    assert.equal(uri.searchParams.get('issuer'), 'Comserv')
    assert.deepEqual((await person.call('GET', '/api/v1/me/second-factors')).body, {
      totp: null,
      passkeys: [],
      recovery_codes_left: 0,
      required: false,
    })
    assert.equal((await attempt(person)).status, 201)

    const wrong = await person.call('POST', '/api/v1/me/totp/activate', {
      json: { code: codeOf(begun.body.secret, 5) },
    })
    assert.equal(wrong.status, 400)
    const letters = await person.call('POST', '/api/v1/me/totp/activate', { json: { code: 'отомвд' } })
    assert.equal(letters.status, 400)
    assert.equal((await person.call('POST', '/api/v1/me/recovery-codes')).status, 409)
    const right = { json: { code: codeOf(begun.body.secret) } }
    assert.equal((await person.call('POST', '/api/v1/me/totp/activate', right)).status, 204)
    assert.equal((await person.call('POST', '/api/v1/me/totp/activate', right)).status, 409)
    const { body } = await person.call('GET', '/api/v1/me/second-factors')
    assert.equal(body.totp.created_at, '2026-01-15T08:30:00Z')
    assert.equal((await attempt(person)).status, 401)
  })

  test('expires when it is not confirmed, and is sealed at rest', async () => {
    const person = await signIn(server, await makePerson(server, 'normal'))
    const { body } = await person.call('POST', '/api/v1/me/totp')
    const row = await server.context.database.read
      .selectFrom('totp_secrets')
      .selectAll()
      .where('user_id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.match(row.new_secret ?? '', /^v2:/)
    assert.ok(!JSON.stringify(row).includes(body.secret))
    server.clock.advance(15 * minuteMs)
    await person.call('POST', '/api/v1/session/confirm', { json: { password } })
    const late = await person.call('POST', '/api/v1/me/totp/activate', {
      json: { code: codeOf(body.secret) },
    })
    assert.equal(late.status, 409)
  })

  test('needs the password again to be set up and removed', async () => {
    const { person } = await withApp()
    server.clock.advance(11 * minuteMs)
    for (const [method, path] of [
      ['POST', '/api/v1/me/totp'],
      ['DELETE', '/api/v1/me/totp'],
      ['POST', '/api/v1/me/recovery-codes'],
    ] as const)
      assert.equal((await person.call(method, path)).status, 403, path)
  })
})

describe('the second step', () => {
  test('opens nothing before the code, and signs in with it', async () => {
    const { person, secret } = await withApp()
    const first = await attempt(person)
    assert.equal(first.status, 401)
    assert.equal(first.body.error.message, 'A second step is needed')
    assert.match(first.headers.get('www-authenticate') ?? '', /error="second_factor_required"/)
    const cookies = first.headers.getSetCookie()
    assert.equal(cookies.length, 1)
    assert.match(
      cookies[0] ?? '',
      /^comserv_sign_in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Strict$/,
    )
    const cookie = waitingCookie(first)
    const token = cookie.split('=')[1]
    for (const sent of [cookie, `comserv_session=${token}`, `__Host-comserv_session=${token}`])
      for (const path of ['/api/v1/me', '/api/v1/session', '/api/v1/documents'])
        assert.equal((await server.call('GET', path, { headers: { cookie: sent } })).status, 401)
    const state = await step(cookie, '', undefined, 'GET')
    assert.deepEqual(state.body, {
      step: 'verify',
      methods: ['totp', 'recovery_code'],
      username: person.username,
      expires_at: new Date(server.clock.now() + 10 * minuteMs).toISOString().replace('.000', ''),
    })
    assert.equal((await step(cookie, '/totp')).status, 409)
    assert.equal(
      (await server.call('POST', '/api/v1/session/step/verify', { json: { code: codeOf(secret) } })).status,
      401,
    )
    const foreign = { json: { code: codeOf(secret) }, headers: { cookie, 'sec-fetch-site': 'cross-site' } }
    assert.equal((await server.call('POST', '/api/v1/session/step/verify', foreign)).status, 403)

    const done = await step(cookie, '/verify', { code: codeOf(secret) })
    assert.equal(done.status, 201, done.text)
    const back = signedIn(server, person, done)
    assert.equal((await back.call('GET', '/api/v1/me')).status, 200)
    assert.equal((await step(cookie, '/verify', { code: codeOf(secret, 1) })).status, 401)
    assert.equal((await step(cookie, '', undefined, 'GET')).body.step, null)
  })

  test('takes a code once, of the step before, this one or the next', async () => {
    const { person, secret } = await withApp()
    server.clock.advance(10 * period)
    const cookies = await Promise.all([1, 2, 3, 4, 5].map(async () => waitingCookie(await attempt(person))))
    const [a = '', b = '', c = '', d = '', e = ''] = cookies
    assert.equal((await step(a, '/verify', { code: codeOf(secret, -2) })).status, 401)
    assert.equal((await step(a, '/verify', { code: codeOf(secret, 2) })).status, 401)
    assert.equal((await step(a, '/verify', { code: codeOf(secret, -1) })).status, 201)
    const again = await step(b, '/verify', { code: codeOf(secret, -1) })
    assert.equal(again.status, 401)
    assert.match(again.body.error.details, /used already/)
    assert.equal((await step(b, '/verify', { code: codeOf(secret, 1) })).status, 201)
    // An earlier one than the last is not accepted either.
    assert.equal((await step(c, '/verify', { code: codeOf(secret) })).status, 401)
    server.clock.advance(2 * period)
    const code = codeOf(secret)
    const both = await Promise.all([step(d, '/verify', { code }), step(e, '/verify', { code })])
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 401])
  })

  test('ends after five wrong codes, and guesses over many sign-ins are slowed down', async () => {
    const { person, secret, codes } = await withApp()
    const guess = async (cookie: string) => step(cookie, '/verify', { code: codeOf(secret, 20) })
    let cookie = waitingCookie(await attempt(person))
    for (let i = 0; i < 4; i++) assert.doesNotMatch((await guess(cookie)).body.error.details, /last try/)
    assert.match((await guess(cookie)).body.error.details, /That was the last try/)
    assert.match((await guess(cookie)).body.error.details, /No sign-in is under way/)
    cookie = waitingCookie(await attempt(person))
    for (let i = 0; i < 5; i++) await guess(cookie)
    cookie = waitingCookie(await attempt(person))
    const slowed = await step(cookie, '/verify', { code: codeOf(secret) })
    assert.equal(slowed.status, 401)
    assert.match(slowed.body.error.details, /Too many wrong codes: the next one is accepted at 20.+Z/)
    assert.equal((await step(cookie, '/verify', { code: codes[0] })).status, 201)
    server.clock.advance(15 * minuteMs)
    cookie = waitingCookie(await attempt(person))
    assert.equal((await step(cookie, '/verify', { code: codeOf(secret) })).status, 201)
    assert.ok((await auditActions(person.id)).includes('user.refuse_code'))
    const metrics = await server.call('GET', '/metrics', { key })
    assert.match(metrics.text, /comserv_sign_ins_total\{outcome="wrong_code"\} [1-9]/)
  })

  test('ends after ten minutes, with a new password, with a suspension, and when it is given up', async () => {
    const { person, secret } = await withApp()
    const refuses = async (cookie: string, why: string) =>
      assert.equal((await step(cookie, '/verify', { code: codeOf(secret) })).status, 401, why)
    const late = waitingCookie(await attempt(person))
    server.clock.advance(10 * minuteMs)
    await refuses(late, 'late')
    const givenUp = waitingCookie(await attempt(person))
    assert.equal((await step(givenUp, '', undefined, 'DELETE')).status, 204)
    await refuses(givenUp, 'given up')
    const former = waitingCookie(await attempt(person))
    await server.call('PATCH', `/api/v1/users/${person.id}`, { key, json: { status: 'suspended' } })
    await server.call('PATCH', `/api/v1/users/${person.id}`, { key, json: { status: 'active' } })
    await refuses(former, 'suspended')
  })

  test('follows a link that sets a password, too', async () => {
    const { person, secret } = await withApp()
    const made = await server.call('POST', `/api/v1/users/${person.id}/password-link`, { key, json: {} })
    const token = new URL(made.body.link).hash.split('token=')[1]
    const json = { token, password: 'another long passphrase' }
    const reset = await server.call('POST', '/api/v1/password-reset', { json })
    assert.equal(reset.status, 401)
    assert.equal(reset.body.error.message, 'A second step is needed')
    assert.equal((await step(waitingCookie(reset), '/verify', { code: codeOf(secret) })).status, 201)
  })
})

describe('recovery codes', () => {
  test('work once each, however they are typed, and a new set replaces them', async () => {
    const { person, codes } = await withApp()
    assert.equal(codes.length, 10)
    assert.equal(new Set(codes).size, 10)
    const stored = await server.context.database.read
      .selectFrom('recovery_codes')
      .selectAll()
      .where('user_id', '=', person.id)
      .execute()
    assert.equal(stored.length, 10)
    for (const code of codes) assert.ok(!JSON.stringify(stored).includes(code))

    const typed = ` ${codes[3]?.toUpperCase().replace('-', ' ')} `
    const cookie = waitingCookie(await attempt(person))
    assert.equal((await step(cookie, '/verify', { code: typed })).status, 201)
    const next = waitingCookie(await attempt(person))
    assert.equal((await step(next, '/verify', { code: codes[3] })).status, 401)
    const left = await person.call('GET', '/api/v1/me/second-factors')
    assert.equal(left.body.recovery_codes_left, 9)
    assert.ok((await auditActions(person.id)).includes('user.use_recovery_code'))

    const fresh = await person.call('POST', '/api/v1/me/recovery-codes')
    assert.equal(fresh.headers.get('cache-control'), 'no-store')
    assert.equal((await step(next, '/verify', { code: codes[4] })).status, 401)
    assert.equal((await step(next, '/verify', { code: fresh.body.codes[4] })).status, 201)
  })

  test('are those of their owner alone', async () => {
    const [one, other] = [await withApp(), await withApp()]
    const cookie = waitingCookie(await attempt(one.person))
    assert.equal((await step(cookie, '/verify', { code: other.codes[0] })).status, 401)
  })
})

describe('asking again', () => {
  test('takes a code in place of the password, once', async () => {
    const { person, secret, codes } = await withApp()
    server.clock.advance(11 * minuteMs)
    const confirm = (json: object) => person.call('POST', '/api/v1/session/confirm', { json })
    assert.equal((await confirm({})).status, 400)
    assert.equal((await confirm({ password, code: codeOf(secret) })).status, 400)
    assert.equal((await confirm({ code: codeOf(secret, 9) })).status, 400)
    assert.equal((await person.call('POST', '/api/v1/me/recovery-codes')).status, 403)
    assert.equal((await confirm({ code: codeOf(secret) })).status, 204)
    assert.match((await confirm({ code: codeOf(secret) })).body.error.details, /used already/)
    assert.equal((await confirm({ code: codes[0] })).status, 204)
    assert.equal((await person.call('POST', '/api/v1/me/recovery-codes')).status, 200)
  })
})

describe('a role that needs a second factor', () => {
  test('leads a person without one to set it up, and opens nothing before', async () => {
    const person = await makePerson(server, 'editor')
    const first = await attempt(person)
    assert.equal(first.status, 401)
    const cookie = waitingCookie(first)
    assert.equal((await step(cookie, '', undefined, 'GET')).body.step, 'set_up')
    assert.equal((await server.call('GET', '/api/v1/me', { headers: { cookie } })).status, 401)
    assert.equal((await step(cookie, '/verify', { code: '123456' })).status, 409)
    const { body, headers } = await step(cookie, '/totp')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal((await step(cookie, '/totp/activate', { code: codeOf(body.secret, 9) })).status, 400)
    const done = await step(cookie, '/totp/activate', { code: codeOf(body.secret) })
    assert.equal(done.status, 201, done.text)
    const back = signedIn(server, person, done)
    assert.equal((await back.call('POST', '/api/v1/me/recovery-codes')).body.codes.length, 10)
    const refused = await back.call('DELETE', '/api/v1/me/totp')
    assert.equal(refused.status, 409)
    assert.match(refused.body.error.details, /Your role, editor, needs a second factor/)
    // The code that confirmed the app is used up.
    const next = waitingCookie(await attempt(person))
    assert.equal((await step(next, '/verify', { code: codeOf(body.secret) })).status, 401)
  })

  test('cannot replace a factor that was set up in another browser meanwhile', async () => {
    const person = await makePerson(server, 'editor')
    const [mine, theirs] = [waitingCookie(await attempt(person)), waitingCookie(await attempt(person))]
    const { body: early } = await step(theirs, '/totp')
    const { body } = await step(mine, '/totp')
    assert.equal((await step(mine, '/totp/activate', { code: codeOf(body.secret) })).status, 201)
    for (const refused of [
      await step(theirs, '/totp'),
      await step(theirs, '/totp/activate', { code: codeOf(early.secret) }),
    ]) {
      assert.equal(refused.status, 401)
      assert.match(refused.body.error.details, /was set up meanwhile/)
    }
    server.clock.advance(period)
    const next = waitingCookie(await attempt(person))
    assert.equal((await step(next, '/verify', { code: codeOf(body.secret) })).status, 201)
  })
})

describe('removing a second factor', () => {
  test('is for the person, and for administrators', async () => {
    const { person } = await withApp()
    assert.equal((await person.call('DELETE', '/api/v1/me/totp')).status, 204)
    assert.equal((await attempt(person)).status, 201)

    const other = await withApp()
    const path = `/api/v1/users/${other.person.id}/second-factors`
    assert.equal((await server.call('GET', path, { key })).body.recovery_codes_left, 10)
    assert.equal((await other.person.call('DELETE', path)).status, 403)
    assert.equal((await server.call('DELETE', path, { key })).status, 204)
    assert.deepEqual((await server.call('GET', path, { key })).body, {
      totp: null,
      passkeys: [],
      recovery_codes_left: 0,
      required: false,
    })
    assert.equal((await attempt(other.person)).status, 201)
    assert.ok((await auditActions(other.person.id)).includes('user.remove_second_factors'))
    assert.equal((await server.call('DELETE', '/api/v1/users/999999/second-factors', { key })).status, 404)
  })

  test('is for an operator on the machine of the server', async () => {
    const { person } = await withApp()
    const printed: string[] = []
    const errors: string[] = []
    const remove = (name: string) =>
      runCommandLine(['admin', 'remove-second-factor', name], {
        env: settingsOf(server),
        stdin: Readable.from([]),
        print: (line) => void printed.push(line),
        printError: (line) => void errors.push(line),
      })
    assert.equal(await remove('nobody'), 1)
    assert.match(errors.join('\n'), /^There is no user 'nobody'\.$/m)
    assert.equal((await attempt(person)).status, 401)
    assert.deepEqual(printed, [])

    assert.equal(await remove(person.username), 0)
    assert.match(printed.join('\n'), new RegExp(`^'${person.username}' has no second factor now\\.`))
    assert.equal((await attempt(person)).status, 201)
    assert.ok((await auditActions(person.id)).includes('user.remove_second_factors'))
  })
})
