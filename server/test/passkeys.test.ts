import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TOTP } from 'otpauth'
import { minuteMs } from '../src/lib/timestamps.ts'
import { Authenticator, type Fault, type Passkey } from './authenticator.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson, type Person, password, type SignedInPerson, signedIn, signIn } from './people.ts'

const origin = 'http://localhost:4321'
const server = await startServer({
  env: {
    COMSERV_PUBLIC_URL: origin,
    COMSERV_ALLOWED_HOSTS: '127.0.0.1',
    COMSERV_SECOND_FACTOR_ROLES: 'editor',
    COMSERV_ERASE_WAIT_HOURS: '0',
  },
})
const { secret: key } = await server.credential('admin')

function cookiesOf({ headers }: Answer): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

async function register(
  person: SignedInPerson,
  device: Authenticator,
  name = 'Laptop',
  fault: Fault = {},
): Promise<{ passkey: Passkey; answer: Answer }> {
  const { body, text } = await person.call('POST', '/api/v1/me/passkeys/options')
  assert.ok(body.options, text)
  const passkey = device.create(body.options, fault)
  const answer = await person.call('POST', '/api/v1/me/passkeys', { json: { name, response: passkey.made } })
  return { passkey, answer }
}

async function withPasskey() {
  const person = await signIn(server, await makePerson(server, 'normal'))
  const device = new Authenticator(origin)
  const { passkey, answer } = await register(person, device)
  assert.equal(answer.status, 201, answer.text)
  return { person, device, passkey, id: answer.body.id as number }
}

/** A browser that was asked for a passkey. */
async function asked(): Promise<{ options: Json; cookie: string }> {
  const answer = await server.call('POST', '/api/v1/session/passkey/options')
  assert.equal(answer.status, 200, answer.text)
  return { options: answer.body.options, cookie: cookiesOf(answer) }
}

function send(response: Json, cookie: string, headers: Record<string, string> = {}): Promise<Answer> {
  return server.call('POST', '/api/v1/session/passkey', {
    json: { response },
    headers: { cookie, ...headers },
  })
}

async function enter(device: Authenticator, passkey: Passkey, fault: Fault = {}): Promise<Answer> {
  const { options, cookie } = await asked()
  return send(device.use(passkey, options, fault), cookie)
}

function attempt({ username }: Person): Promise<Answer> {
  return server.call('POST', '/api/v1/session', { json: { username, password } })
}

async function auditRows(action: string): Promise<Json[]> {
  await server.context.audit.flush({ isLast: true })
  const { body } = await server.call('GET', `/api/v1/audit-log?action=${action}&limit=100`, { key })
  return body.data
}

describe('a passkey', () => {
  test('is registered with a name, listed, renamed and removed', async () => {
    const { person, id } = await withPasskey()
    const now = '2026-01-15T08:30:00Z'
    const listed = await person.call('GET', '/api/v1/me/second-factors')
    assert.deepEqual(listed.body, {
      totp: null,
      passkeys: [{ id, name: 'Laptop', created_at: now, last_used_at: null }],
      recovery_codes_left: 0,
      required: false,
    })
    const renamed = await person.call('PATCH', `/api/v1/me/passkeys/${id}`, { json: { name: 'Work' } })
    assert.equal(renamed.body.name, 'Work')
    const other = await signIn(server, await makePerson(server, 'normal'))
    const theirs = `/api/v1/me/passkeys/${id}`
    assert.equal((await other.call('PATCH', theirs, { json: { name: 'Mine' } })).status, 404)
    assert.equal((await other.call('DELETE', theirs)).status, 404)
    assert.equal((await person.call('DELETE', theirs)).status, 204)
    assert.equal((await person.call('DELETE', theirs)).status, 404)
    assert.equal((await attempt(person)).status, 201)
    for (const action of ['user.add_passkey', 'user.rename_passkey', 'user.remove_passkey'])
      assert.ok(
        (await auditRows(action)).some(({ target }) => target.id === person.id),
        action,
      )
  })

  test('says of its owner nothing but the username, and must be found without it and verify them', async () => {
    const person = await signIn(server, await makePerson(server, 'normal'))
    const { body, headers } = await person.call('POST', '/api/v1/me/passkeys/options')
    const { options, expires_at } = body
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(expires_at, new Date(server.clock.now() + 5 * minuteMs).toISOString().replace('.000', ''))
    assert.deepEqual(options.rp, { name: 'Comserv', id: 'localhost' })
    assert.equal(options.user.name, person.username)
    assert.equal(Buffer.from(options.user.id, 'base64url').length, 32)
    assert.equal(options.authenticatorSelection.residentKey, 'required')
    assert.equal(options.authenticatorSelection.userVerification, 'required')
    assert.equal(options.attestation, 'none')
  })

  test('is registered for this session, once, within five minutes, and nowhere else', async () => {
    const person = await signIn(server, await makePerson(server, 'normal'))
    const device = new Authenticator(origin)
    const faults: [Fault, RegExp][] = [
      [{ origin: 'https://evil.example' }, /another site/],
      [{ origin: 'http://localhost:4322' }, /another site/],
      [{ crossOrigin: true }, /another site/],
      [{ rpId: 'evil.example' }, /could not be verified/],
      [{ isUnverified: true }, /could not be verified/],
      [{ type: 'webauthn.get' }, /is not what/],
      [{ challenge: 'AAAA' }, /not one that this browser was given/],
    ]
    for (const [fault, reason] of faults) {
      const { answer } = await register(person, device, 'Wrong', fault)
      assert.equal(answer.status, 400, JSON.stringify(fault))
      assert.match(answer.body.error.details, reason)
    }
    const { body } = await person.call('POST', '/api/v1/me/passkeys/options')
    const { made } = device.create(body.options)
    const add = (by: SignedInPerson, response: Json) =>
      by.call('POST', '/api/v1/me/passkeys', { json: { name: 'One', response } })
    const elsewhere = await signIn(server, person)
    const refused = await add(elsewhere, made)
    assert.match(refused.body.error.details, /not one that this browser was given/)
    assert.equal((await add(person, made)).status, 201)
    assert.equal((await add(person, made)).status, 409)
    // Another passkey for the same challenge is a replay, too.
    assert.equal((await add(person, device.create(body.options).made)).status, 409)
    const late = await person.call('POST', '/api/v1/me/passkeys/options')
    server.clock.advance(5 * minuteMs)
    assert.match((await add(person, device.create(late.body.options).made)).body.error.details, /5 minutes/)
    for (const response of [{}, { id: 'x' }, { ...made, id: 7 }, { ...made, response: null }])
      assert.equal((await add(person, response)).status, 400)
  })

  test('with a certificate of its maker is refused, so that nothing in it is read or fetched', async () => {
    const person = await signIn(server, await makePerson(server, 'normal'))
    const { body } = await person.call('POST', '/api/v1/me/passkeys/options')
    const { made } = new Authenticator(origin).create(body.options, {}, 'certified')
    const answer = await person.call('POST', '/api/v1/me/passkeys', { json: { name: 'X', response: made } })
    assert.equal(answer.status, 400)
    assert.match(answer.body.error.details, /certificate/)
  })

  test('of somebody cannot be registered again by somebody else', async () => {
    const { passkey } = await withPasskey()
    const thief = await signIn(server, await makePerson(server, 'normal'))
    const { body } = await thief.call('POST', '/api/v1/me/passkeys/options')
    const own = new Authenticator(origin).create(body.options)
    const json = { name: 'Theirs', response: { ...own.made, id: passkey.id, rawId: passkey.id } }
    // The id in the signed part is what counts, and here it is another one.
    const answer = await thief.call('POST', '/api/v1/me/passkeys', { json })
    const rows = await server.context.database.read
      .selectFrom('passkeys')
      .select('user_id')
      .where('credential_id', '=', passkey.id)
      .execute()
    assert.equal(rows.length, 1)
    assert.notEqual(rows[0]?.user_id, thief.id, answer.text)
  })

  test('needs the password again to be added and removed, and there are twenty at most', async () => {
    const { person, device, id } = await withPasskey()
    for (let i = 1; i < 20; i++) assert.equal((await register(person, device)).answer.status, 201)
    const more = await person.call('POST', '/api/v1/me/passkeys/options')
    assert.equal(more.status, 409)
    server.clock.advance(11 * minuteMs)
    assert.equal((await person.call('POST', '/api/v1/me/passkeys/options')).status, 403)
    const json = { name: 'X', response: {} }
    assert.equal((await person.call('POST', '/api/v1/me/passkeys', { json })).status, 403)
    assert.equal((await person.call('DELETE', `/api/v1/me/passkeys/${id}`)).status, 403)
  })
})

describe('signing in with a passkey', () => {
  test('is both steps in one, and notes when it was used', async () => {
    const { person, device, passkey } = await withPasskey()
    const { options, cookie } = await asked()
    assert.match(cookie, /^comserv_passkey=[\w-]{43}$/)
    assert.equal(options.rpId, 'localhost')
    assert.equal(options.userVerification, 'required')
    assert.deepEqual(options.allowCredentials ?? [], [])
    server.clock.advance(minuteMs)
    const answer = await send(device.use(passkey, options), cookie)
    assert.equal(answer.status, 201, answer.text)
    const back = signedIn(server, person, answer)
    const { body } = await back.call('GET', '/api/v1/me/second-factors')
    const now = new Date(server.clock.now()).toISOString().replace('.000', '')
    assert.equal(body.passkeys[0].last_used_at, now)
    assert.equal((await back.call('POST', '/api/v1/me/recovery-codes')).status, 200)
  })

  test('is refused for another site, an unverified owner, a forged signature and a challenge of another browser', async () => {
    const { device, passkey } = await withPasskey()
    const faults: [Fault, RegExp][] = [
      [{ origin: 'https://evil.example' }, /another site/],
      [{ origin: 'https://localhost:4321' }, /another site/],
      [{ crossOrigin: true }, /another site/],
      [{ rpId: 'evil.example' }, /could not be verified/],
      [{ isUnverified: true }, /could not be verified/],
      [{ isForged: true }, /could not be verified/],
      [{ type: 'webauthn.create' }, /is not what/],
    ]
    for (const [fault, reason] of faults) {
      const answer = await enter(device, passkey, fault)
      assert.equal(answer.status, 401, JSON.stringify(fault))
      assert.match(answer.body.error.details, reason)
    }
    const { options, cookie } = await asked()
    const response = device.use(passkey, options)
    const other = await asked()
    for (const sent of [other.cookie, '', 'comserv_passkey=x'])
      assert.match((await send(response, sent)).body.error.details, /not one that this browser was given/)
    assert.equal((await send(response, cookie, { 'sec-fetch-site': 'cross-site' })).status, 403)
    const rows = await auditRows('user.refuse_passkey')
    assert.ok(rows.some((row) => JSON.stringify(row).includes('another site')))
    const metrics = await server.call('GET', '/metrics', { key })
    assert.match(metrics.text, /comserv_sign_ins_total\{outcome="refused_passkey"\} [1-9]/)
  })

  test('takes a response once, also of two at the same time, and for five minutes', async () => {
    const { device, passkey } = await withPasskey()
    const { options, cookie } = await asked()
    const response = device.use(passkey, options)
    const both = await Promise.all([send(response, cookie), send(response, cookie)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 401])
    assert.match((await send(response, cookie)).body.error.details, /used already/)
    // The same challenge, signed anew.
    assert.match((await send(device.use(passkey, options), cookie)).body.error.details, /used already/)
    const late = await asked()
    server.clock.advance(5 * minuteMs)
    const answer = await send(device.use(passkey, late.options), late.cookie)
    assert.match(answer.body.error.details, /longer than 5 minutes/)
  })

  test('is refused when the counter goes back, with a row in the audit log', async () => {
    const { person, device, passkey } = await withPasskey()
    device.counter = 7
    assert.equal((await enter(device, passkey)).status, 201)
    for (const counter of [7, 6, 0]) {
      device.counter = counter
      const answer = await enter(device, passkey)
      assert.equal(answer.status, 401)
      assert.match(answer.body.error.details, /counter of the passkey went back/)
    }
    const rows = await auditRows('user.refuse_passkey')
    const told = rows.filter((row) => JSON.stringify(row).includes('went back'))
    assert.ok(told.some(({ target }) => target.id === person.id))
    device.counter = 8
    assert.equal((await enter(device, passkey)).status, 201)
  })

  test('is refused for somebody who was suspended, deleted, or lost the passkey', async () => {
    const suspended = await withPasskey()
    const path = `/api/v1/users/${suspended.person.id}`
    await server.call('PATCH', path, { key, json: { status: 'suspended' } })
    const answer = await enter(suspended.device, suspended.passkey)
    assert.equal(answer.status, 401)
    assert.match(answer.body.error.details, /account is suspended/)
    await server.call('PATCH', path, { key, json: { status: 'active' } })
    assert.equal((await enter(suspended.device, suspended.passkey)).status, 201)
    await server.call('DELETE', path, { key })
    assert.equal((await enter(suspended.device, suspended.passkey)).status, 401)

    const removed = await withPasskey()
    const { options, cookie } = await asked()
    const response = removed.device.use(removed.passkey, options)
    await removed.person.call('DELETE', `/api/v1/me/passkeys/${removed.id}`)
    assert.match((await send(response, cookie)).body.error.details, /does not know the passkey/)
  })

  test('is not offered where browsers have none', async () => {
    const plain = await startServer()
    const answer = await plain.call('POST', '/api/v1/session/passkey/options')
    assert.equal(answer.status, 409)
    assert.match(answer.body.error.details, /set COMSERV_PUBLIC_URL/)
  })
})

describe('a passkey as the second step', () => {
  test('is asked for after the password, and finishes the sign-in', async () => {
    const { person, device, passkey } = await withPasskey()
    const first = await attempt(person)
    assert.equal(first.status, 401)
    const step = cookiesOf(first)
    const state = await server.call('GET', '/api/v1/session/step', { headers: { cookie: step } })
    assert.deepEqual([state.body.step, state.body.methods], ['verify', ['passkey']])
    const { options, cookie } = await asked()
    const done = await send(device.use(passkey, options), `${step}; ${cookie}`)
    assert.equal(done.status, 201, done.text)
    const after = await server.call('GET', '/api/v1/session/step', { headers: { cookie: step } })
    assert.equal(after.body.step, null)
  })

  test('is refused when it is that of somebody else', async () => {
    const one = await withPasskey()
    const other = await withPasskey()
    const step = cookiesOf(await attempt(one.person))
    const { options, cookie } = await asked()
    const answer = await send(other.device.use(other.passkey, options), `${step}; ${cookie}`)
    assert.equal(answer.status, 401)
    assert.match(answer.body.error.details, /belongs to somebody else/)
  })

  test('has recovery codes beside it, which go with the last factor', async () => {
    const { person, device, id } = await withPasskey()
    const { body } = await person.call('POST', '/api/v1/me/recovery-codes')
    const cookie = cookiesOf(await attempt(person))
    const json = { code: body.codes[0] }
    const verified = await server.call('POST', '/api/v1/session/step/verify', { json, headers: { cookie } })
    assert.equal(verified.status, 201, verified.text)
    const second = await register(person, device, 'Phone')
    const left = async () => (await person.call('GET', '/api/v1/me/second-factors')).body.recovery_codes_left
    await person.call('DELETE', `/api/v1/me/passkeys/${id}`)
    assert.equal(await left(), 9)
    await person.call('DELETE', `/api/v1/me/passkeys/${second.answer.body.id}`)
    assert.equal(await left(), 0)
  })
})

describe('a role that needs a second factor', () => {
  test('is satisfied with a passkey, of which the last one stays', async () => {
    const { person, device, id } = await withPasskeyOfEditor()
    assert.equal((await person.call('DELETE', '/api/v1/me/totp')).status, 204)
    const kept = await person.call('DELETE', `/api/v1/me/passkeys/${id}`)
    assert.equal(kept.status, 409)
    assert.match(kept.body.error.details, /needs a second factor/)
    const more = await register(person, device, 'Phone')
    const both = await Promise.all(
      [id, more.answer.body.id].map((one) => person.call('DELETE', `/api/v1/me/passkeys/${one}`)),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [204, 409])
  })

  /** Who signed in by setting up an app, and then added a passkey. */
  async function withPasskeyOfEditor() {
    const person = await makePerson(server, 'editor')
    const cookie = cookiesOf(await attempt(person))
    const step = (path: string, json?: object) =>
      server.call('POST', `/api/v1/session/step${path}`, { json, headers: { cookie } })
    const { body } = await step('/totp')
    const code = new TOTP({ secret: body.secret }).generate({ timestamp: server.clock.now() })
    const editor = signedIn(server, person, await step('/totp/activate', { code }))
    const device = new Authenticator(origin)
    const { answer } = await register(editor, device)
    return { person: editor, device, id: answer.body.id as number }
  }
})

describe('asking again', () => {
  test('takes a passkey of the person, once', async () => {
    const { person, device, passkey } = await withPasskey()
    const stranger = await withPasskey()
    server.clock.advance(11 * minuteMs)
    const confirm = (json: object, cookie: string) =>
      person.call('POST', '/api/v1/session/confirm', {
        json,
        headers: { cookie: `${person.cookie}; ${cookie}` },
      })
    const { options, cookie } = await asked()
    const theirs = stranger.device.use(stranger.passkey, options)
    assert.match((await confirm({ passkey: theirs }, cookie)).body.error.details, /belongs to somebody else/)
    const response = device.use(passkey, options)
    assert.equal((await confirm({ passkey: response, password }, cookie)).status, 400)
    assert.equal((await confirm({ passkey: response }, '')).status, 400)
    assert.equal((await person.call('POST', '/api/v1/me/recovery-codes')).status, 403)
    assert.equal((await confirm({ passkey: response }, cookie)).status, 204)
    assert.equal((await person.call('POST', '/api/v1/me/recovery-codes')).status, 200)
    assert.match((await confirm({ passkey: response }, cookie)).body.error.details, /used already/)
  })
})

test('an administrator removes the passkeys of somebody who has lost them', async () => {
  const { person, device, passkey } = await withPasskey()
  const path = `/api/v1/users/${person.id}/second-factors`
  assert.equal((await server.call('GET', path, { key })).body.passkeys.length, 1)
  assert.equal((await server.call('DELETE', path, { key })).status, 204)
  assert.deepEqual((await server.call('GET', path, { key })).body.passkeys, [])
  assert.match((await enter(device, passkey)).body.error.details, /does not know the passkey/)
  assert.equal((await attempt(person)).status, 201)
  const [row] = await auditRows('user.remove_second_factors')
  assert.equal(row.target.id, person.id)
})

test('what is held of a passkey is given to its owner, and erased with them', async () => {
  const { person, passkey } = await withPasskey()
  const { text } = await person.call('GET', '/api/v1/me/personal-data')
  const lines: Json[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const held = lines.find(({ kind }) => kind === 'passkey')
  assert.deepEqual([held.data.name, held.data.credential_id], ['Laptop', passkey.id])
  assert.equal(held.data.public_key, undefined)
  const json = { username: person.username }
  assert.equal((await server.call('POST', `/api/v1/users/${person.id}/erase`, { key, json })).status, 202)
  await server.runTask('erase people')
  const rows = server.context.database.read.selectFrom('passkeys').selectAll()
  assert.deepEqual(await rows.where('credential_id', '=', passkey.id).execute(), [])
})
