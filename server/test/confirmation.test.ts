import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minuteMs } from '../src/lib/timestamps.ts'
import { type CallOptions, startServer } from './harness.ts'
import { leftBehind } from './left-behind.ts'
import { makePerson, password, type SignedInPerson, signedInAs, signIn } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const newOnes = leftBehind(server)

const newUser = (name: string) => ({ username: name, email: `${name}@example.org`, password })
const webhook = { url: 'https://example.com/hook', events: ['user.created'] }

/** Every route that hands out access, with bodies for which the password is needed, and others for which it is not. */
const guarded: Record<string, { needed: object[]; free?: object[]; isForPeople?: true }> = {
  'POST /api/v1/users': { needed: [newUser('one')] },
  'PATCH /api/v1/users/:id': {
    needed: [
      { role: 'editor' },
      { role: null },
      { password: 'a new passphrase' },
      { username: 'renamed' },
      { email: 'renamed@example.org' },
      { status: 'active' },
      { status: null },
    ],
    free: [{ status: 'suspended' }, { status: 'inactive' }, { profile: { bio: 'x' } }],
  },
  'POST /api/v1/users/batch': {
    needed: [
      { items: [{ action: 'create', data: newUser('two') }] },
      {
        items: [
          { action: 'delete', id: 999_999 },
          { action: 'update', id: 999_999, data: { role: 'admin' } },
        ],
      },
      { items: [{ action: 'update', id: 999_999, data: { status: 'active' } }] },
      { items: [{ action: 'update', id: 999_999, data: { email: 'renamed@example.org' } }] },
    ],
    free: [
      { items: [{ action: 'delete', id: 999_999 }] },
      { items: [{ action: 'update', id: 999_999, data: { status: 'suspended' } }] },
      { items: [{ action: 'update', id: 999_999 }, { action: 'toString' }, {}] },
    ],
  },
  'PATCH /api/v1/me': {
    needed: [{ email: 'renamed@example.org' }],
    free: [{ profile: null }, {}],
    isForPeople: true,
  },
  'POST /api/v1/me/totp': { needed: [{}], isForPeople: true },
  'DELETE /api/v1/me/totp': { needed: [{}], isForPeople: true },
  'POST /api/v1/me/totp/activate': { needed: [{ code: '123456' }], isForPeople: true },
  'POST /api/v1/me/recovery-codes': { needed: [{}], isForPeople: true },
  'POST /api/v1/me/passkeys': { needed: [{ name: 'Laptop', response: {} }], isForPeople: true },
  'POST /api/v1/me/passkeys/options': { needed: [{}], isForPeople: true },
  'DELETE /api/v1/me/passkeys/:id': { needed: [{}], isForPeople: true },
  'POST /api/v1/users/import': { needed: [{}] },
  'POST /api/v1/users/:id/restore': { needed: [{}] },
  'GET /api/v1/users/:id/personal-data': { needed: [{}] },
  'POST /api/v1/users/:id/password-link': { needed: [{}] },
  'POST /api/v1/users/:id/erase': { needed: [{ username: 'somebody' }] },
  'DELETE /api/v1/users/:id/erase': { needed: [{}] },
  'DELETE /api/v1/users/:id/second-factors': { needed: [{}] },
  'DELETE /api/v1/users/:id/sessions': { needed: [{}] },
  'DELETE /api/v1/users/:id/sessions/:session_id': { needed: [{}] },
  'POST /api/v1/credentials': { needed: [{ name: 'one', scopes: ['read'] }] },
  'PATCH /api/v1/credentials/:id': { needed: [{ name: 'two' }] },
  'POST /api/v1/credentials/:id/rotate': { needed: [{}] },
  'POST /api/v1/credential-requests/:id/approve': { needed: [{}] },
  'POST /api/v1/credential-requests/:id/collect': { needed: [{}], isForPeople: true },
  'POST /api/v1/roles': { needed: [{ name: 'auditors', scopes: ['audit:read'] }] },
  'PATCH /api/v1/roles/:id': { needed: [{ scopes: ['read'] }] },
  'POST /api/v1/automations': {
    needed: [{ name: 'x', trigger: { type: 'button' }, steps: [{ name: 'a', type: 'wait', minutes: 5 }] }],
  },
  'PATCH /api/v1/automations/:id': { needed: [{ enabled: true }] },
  'POST /api/v1/hooks': { needed: [{ url: 'https://example.com/hook', actions: ['user.create'] }] },
  'PATCH /api/v1/hooks/:id': { needed: [{ status: 'paused' }] },
  'POST /api/v1/hooks/:id/rotate-secret': { needed: [{}] },
  'POST /api/v1/applications': {
    needed: [{ name: 'x', kind: 'browser', redirect_uris: ['https://example.com/done'], scopes: [] }],
  },
  'PATCH /api/v1/applications/:id': { needed: [{ trusted: true }] },
  'POST /api/v1/applications/:id/rotate-secret': { needed: [{}] },
  'POST /api/v1/webhooks': { needed: [webhook] },
  'PATCH /api/v1/webhooks/:id': { needed: [{ url: 'https://example.com/other' }] },
  'POST /api/v1/webhooks/:id/rotate-secret': { needed: [{}] },
}

const isOpen = (answer: { status: number; headers: Headers }) =>
  answer.status !== 403 && !answer.headers.has('www-authenticate')
const confirm = (person: SignedInPerson, json: object = { password }, more: CallOptions = {}) =>
  person.call('POST', '/api/v1/session/confirm', { json, ...more })

async function unconfirmed(): Promise<SignedInPerson> {
  const person = await signedInAs(server, 'admin')
  server.clock.advance(10 * minuteMs)
  return person
}

test('the table holds every route that hands out access, and no other', () => {
  const declared = server.app.routeTable.routes
    .filter(({ config }) => config?.confirm)
    .map(({ method, url }) => `${method} ${url}`)
    .filter((route) => !route.startsWith('HEAD '))
  assert.deepEqual(declared.sort(), Object.keys(guarded).sort())
})

for (const [route, { needed, free = [], isForPeople }] of Object.entries(guarded)) {
  const [method = '', url = ''] = route.split(' ')
  const path = url.replace(/:(session_)?id/g, '999999')

  test(`${route} needs a password of the last 10 minutes from a person, and none from a program`, async () => {
    const person = await unconfirmed()
    await newOnes()
    for (const json of needed) {
      const refused = await person.call(method, path, bodyOf(method, json))
      assert.equal(refused.status, 403, JSON.stringify(json))
      assert.equal(refused.body.error.code, 'permission_denied')
      assert.match(refused.body.error.details, /POST \/api\/v1\/session\/confirm/)
      assert.equal(
        refused.headers.get('www-authenticate'),
        'Bearer realm="comserv", error="insufficient_user_authentication", max_age="600"',
      )
    }
    for (const json of free)
      assert.ok(isOpen(await person.call(method, path, bodyOf(method, json))), JSON.stringify(json))
    assert.deepEqual(await newOnes(), { events: [], audit: [] })
    const token = await server.token(await server.credential('admin'))
    for (const json of isForPeople ? [] : needed.slice(0, 1)) {
      assert.ok(isOpen(await server.call(method, path, { ...bodyOf(method, madeUnique(json)), key })))
      assert.ok(isOpen(await server.call(method, path, { ...bodyOf(method, madeUnique(json)), token })))
    }
    assert.equal((await confirm(person)).status, 204)
    server.clock.advance(10 * minuteMs - 1_000)
    for (const json of needed) assert.ok(isOpen(await person.call(method, path, bodyOf(method, json))))
    server.clock.advance(1_000)
    for (const json of needed)
      assert.equal((await person.call(method, path, bodyOf(method, json))).status, 403)
  })
}

const bodyOf = (method: string, json: object) => (/^(POST|PATCH)$/.test(method) ? { json } : {})

let made = 0
function madeUnique(json: object): object {
  if ('username' in json) return newUser(`made-${++made}`)
  return 'name' in json ? { ...json, name: `made-${++made}` } : json
}

describe('the password given again', () => {
  test('opens one session, not the others of the person', async () => {
    const laptop = await unconfirmed()
    const phone = await signIn(server, laptop)
    server.clock.advance(10 * minuteMs)
    assert.equal((await confirm(laptop)).status, 204)
    const json = { name: 'by laptop', scopes: ['read'] }
    assert.equal((await laptop.call('POST', '/api/v1/credentials', { json })).status, 201)
    assert.equal((await phone.call('POST', '/api/v1/credentials', { json })).status, 403)
  })

  test('is refused when it is wrong, and from another site', async () => {
    const person = await unconfirmed()
    await newOnes()
    const wrong = await confirm(person, { password: 'a wrong guess' })
    assert.equal(wrong.status, 400)
    assert.equal(wrong.body.error.details, "The 'password' field is not your current password.")
    const forged: Record<string, string>[] = [{ 'x-csrf-token': '' }, { 'sec-fetch-site': 'cross-site' }]
    for (const headers of forged) assert.equal((await confirm(person, { password }, { headers })).status, 403)
    assert.deepEqual(await newOnes(), { events: [], audit: [] })
    const json = { name: 'no', scopes: ['read'] }
    assert.equal((await person.call('POST', '/api/v1/credentials', { json })).status, 403)
  })

  test('does not count after the clock was set back to before it', async () => {
    const person = await signedInAs(server, 'admin')
    const json = { name: 'then', scopes: ['read'] }
    server.clock.step(-60 * minuteMs)
    const refused = await person.call('POST', '/api/v1/credentials', { json })
    server.clock.step(60 * minuteMs)
    assert.equal(refused.status, 403)
    assert.equal((await person.call('POST', '/api/v1/credentials', { json })).status, 201)
  })

  test('is needed for a stored response, too', async () => {
    const person = await signedInAs(server, 'admin')
    const create = { json: { name: 'once', scopes: ['read'] }, headers: { 'idempotency-key': 'once' } }
    const first = await person.call('POST', '/api/v1/credentials', create)
    assert.equal(first.status, 201)
    server.clock.advance(10 * minuteMs)
    assert.equal((await person.call('POST', '/api/v1/credentials', create)).status, 403)
    await confirm(person)
    assert.deepEqual((await person.call('POST', '/api/v1/credentials', create)).body, first.body)
  })

  test('is guessed no oftener than at the sign-in, at all places together', async () => {
    const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '3' } })
    const person = await signIn(strict, await makePerson(strict, 'admin'))
    const wrong = 'a wrong guess'
    const change = { current_password: wrong, new_password: 'a new passphrase' }
    assert.equal((await confirm(person, { password: wrong })).status, 400)
    assert.equal((await person.call('POST', '/api/v1/me/password', { json: change })).status, 400)
    assert.equal((await confirm(person, { password: wrong })).status, 400)
    assert.equal((await confirm(person)).status, 429)
    assert.equal((await person.call('POST', '/api/v1/me/password', { json: change })).status, 429)
    strict.clock.advance(minuteMs)
    assert.equal((await confirm(person)).status, 204)
  })
})
