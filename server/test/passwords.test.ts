import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { operator } from '../src/cli/actor.ts'
import { newPasswordLink } from '../src/sessions/password-link-service.ts'
import { newSetupLink } from '../src/sessions/setup-service.ts'
import { type Answer, type Json, startServer, type TestServer } from './harness.ts'
import { fileFolder, ndjson, runImport } from './importing.ts'
import { makePerson, password, type SignedInPerson, signedInAs } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const unused = () => `person-${randomBytes(4).toString('hex')}`

const common = /'(?:new_)?password' field is one of the most common passwords/
const ownName = /'(?:new_)?password' field is a name or the email address of the account/
const single = /'(?:new_)?password' field repeats a single character/

/** What is refused for a user with this name and address, and why. */
const weak = (username: string, email: string): [password: string, why: RegExp][] => [
  ['password', common],
  ['PassWord1', common],
  ['12345678', common],
  ['qwertyuiop', common],
  [' password ', common],
  ['1q2w3e4r', common],
  ['        ', single],
  ['ZZZZZZZZZZZZ', single],
  [username, ownName],
  [username.toUpperCase(), ownName],
  [`${username}2024!`, ownName],
  [email, ownName],
  [`!${email.split('@')[0]}!`, ownName],
  ['Comserv1', ownName],
  [`${username}${username}`, ownName],
  [`${username}-Comserv-${email.split('@')[0]}1`, ownName],
]

const good = ['securepassword', 'correct horse', 'passw0rd of mine', 'ünïcödé größe', '🐎🐎🐎🐎 staple']

/** Every way in which a password is set, for a user whose name and address are the given ones. */
const ways: Record<
  string,
  (given: { username: string; email: string; password: string }) => Promise<Answer>
> = {
  'a create': (given) => server.call('POST', '/api/v1/users', { key, json: given }),
  'a create in a batch': async (given) =>
    inBatch(
      await server.call('POST', '/api/v1/users/batch', {
        key,
        json: { items: [{ action: 'create', data: given }] },
      }),
    ),
  'a change': async ({ password, ...names }) => {
    const person = await makePerson(server, 'normal', names)
    return server.call('PATCH', `/api/v1/users/${person.id}`, { key, json: { password } })
  },
  'a change of name and password at once': async (given) => {
    const person = await makePerson(server, 'normal')
    return server.call('PATCH', `/api/v1/users/${person.id}`, { key, json: given })
  },
  'a change in a batch': async ({ password, ...names }) => {
    const { id } = await makePerson(server, 'normal', names)
    const json = { items: [{ action: 'update', id, data: { password } }] }
    return inBatch(await server.call('POST', '/api/v1/users/batch', { key, json }))
  },
  'a password link': async ({ password, ...names }) => {
    const person = await makePerson(server, 'normal', names)
    const { link } = await newPasswordLink(server.context, await operator(server.context), person.username)
    const token = link.split('token=')[1]
    return server.call('POST', '/api/v1/password-reset', { json: { token, password } })
  },
}

/** The answer to the only item. */
function inBatch(answer: Answer): Answer {
  const { status, error } = answer.body.data[0]
  return { ...answer, status, body: error ? { error } : answer.body }
}

describe('a password that is easily guessed is refused with the reason', () => {
  for (const [name, set] of Object.entries(ways)) {
    test(`by ${name}`, async () => {
      const before = unused()
      for (const [guess] of weak('anna', 'a@example.org').slice(0, 3)) {
        const username = unused()
        const { status, body } = await set({ username, email: `${username}@example.org`, password: guess })
        assert.equal(status, 400, guess)
        assert.match(body.error.details, common)
      }
      const email = `mail.of.${before}@example.org`
      const { status, body } = await set({ username: before, email, password: `${before.toUpperCase()}!` })
      assert.equal(status, 400)
      assert.match(body.error.details, ownName)
      const [password = ''] = good
      const username = unused()
      const set201 = await set({ username, email: `${username}@example.org`, password })
      assert.ok(set201.status < 300, set201.text)
    })
  }

  test('whatever the reason', async () => {
    for (const [guess, why] of weak('wilhelmina', 'mina.harker@example.org')) {
      const json = { username: 'wilhelmina', email: 'mina.harker@example.org', password: guess }
      const { status, body } = await server.call('POST', '/api/v1/users', { key, json })
      assert.equal(status, 400, guess)
      assert.match(body.error.details, why, guess)
    }
    const profile = { first_name: 'Wilhelmina', last_name: 'Harker' }
    for (const guess of ['Wilhelmina', 'harker1897', 'Wilhelmina Harker']) {
      const json = { username: unused(), email: `${unused()}@example.org`, password: guess, profile }
      const { status, body } = await server.call('POST', '/api/v1/users', { key, json })
      assert.equal(status, 400, guess)
      assert.match(body.error.details, ownName, guess)
    }
  })

  test('and any other is accepted', async () => {
    for (const password of good) {
      const username = unused()
      const json = { username, email: `${username}@example.org`, password }
      assert.equal((await server.call('POST', '/api/v1/users', { key, json })).status, 201, password)
    }
  })

  test('by the person, who is told the field', async () => {
    const person = await signedInAs(server, 'normal')
    for (const [guess, why] of weak(person.username, person.email)) {
      const json = { current_password: password, new_password: guess }
      const { status, body } = await person.call('POST', '/api/v1/me/password', { json })
      assert.equal(status, 400, guess)
      assert.match(body.error.details, why, guess)
    }
  })

  test('by an import, line by line, while hashes that can be verified here are taken as they are', async () => {
    const rows: Json[] = ['password', unused(), 'correct horse'].map((password, i) => ({
      username: i === 1 ? password : unused(),
      email: `${unused()}@example.org`,
      password,
    }))
    const { code, out } = await runImport(server, ['users', file('ndjson', ndjson(rows))])
    assert.equal(code, 1)
    const text = out.join('\n')
    assert.match(text, /line 1: The 'password' field is one of the most common/)
    assert.match(text, /line 2: The 'password' field is a name/)
    assert.doesNotMatch(text, /line 3/)
    assert.equal(text.includes(rows[1].password), false)
  })

  test('by the setup of the first administrator', async () => {
    const empty = await startServer()
    const token = (await newSetupLink(empty.context))?.split('token=')[1]
    const names = { username: 'annabella', email: 'root@example.org' }
    for (const [guess, why] of [
      ['password', common],
      ['annabella', ownName],
    ] as const) {
      const json = { ...names, token, password: guess }
      const { status, body } = await empty.call('POST', '/api/v1/setup', { json })
      assert.equal(status, 400)
      assert.match(body.error.details, why)
    }
    const json = { ...names, token, password }
    assert.equal((await empty.call('POST', '/api/v1/setup', { json })).status, 201)
  })
})

test('one that was set before there were rules still signs in', async () => {
  const person = await makePerson(server, 'normal')
  const password_hash = await server.context.passwords.hash('password')
  await server.context.database.write((trx) =>
    trx.db.updateTable('users').set({ password_hash }).where('id', '=', person.id).execute(),
  )
  const json = { username: person.username, password: 'password' }
  assert.equal((await server.call('POST', '/api/v1/session', { json })).status, 201)
})

test('the least length is a setting, counted in characters', async () => {
  const strict = await startServer({ env: { COMSERV_PASSWORD_LENGTH_MIN: '15' } })
  const { secret } = await strict.credential('admin')
  const create = (password: string) => {
    const username = unused()
    const json = { username, email: `${username}@example.org`, password }
    return strict.call('POST', '/api/v1/users', { key: secret, json })
  }
  for (const short of ['fourteen chars', `${'ä'.repeat(13)}b`, `${'🐎'.repeat(13)}b`]) {
    const { status, body } = await create(short)
    assert.equal(status, 400, short)
    assert.match(body.error.details, /^The 'password' field must have at least 15 characters/)
  }
  for (const long of ['fifteen letters', `${'🐎'.repeat(14)}b`])
    assert.equal((await create(long)).status, 201)
  const { body } = await strict.call('GET', '/api/v1/catalog', { key: secret })
  assert.equal(body.password_length_min, 15)
})

describe('the own password', () => {
  const other = 'a passphrase of a thief'
  const attempts: Record<string, (by: SignedInPerson) => Promise<Answer>> = {
    'a change': (by) => by.call('PATCH', `/api/v1/users/${by.id}`, { json: { password: other } }),
    'a change of more': (by) =>
      by.call('PATCH', `/api/v1/users/${by.id}`, { json: { profile: { bio: 'x' }, password: other } }),
    'a batch': async (by) => inBatch(await ownBatch(by)),
    'an atomic batch': (by) => ownBatch(by, '?atomic=true'),
  }
  const ownBatch = (by: SignedInPerson, query = '') =>
    by.call('POST', `/api/v1/users/batch${query}`, {
      json: { items: [{ action: 'update', id: by.id, data: { password: other } }] },
    })

  for (const [name, attempt] of Object.entries(attempts)) {
    test(`cannot be changed without the current one, also by an administrator: ${name}`, async () => {
      const boss = await signedInAs(server, 'admin')
      const { status, body } = await attempt(boss)
      assert.equal(status, 403)
      assert.match(body.error.details, /POST \/api\/v1\/me\/password/)
      assert.equal((await signInWith(server, boss.username, other)).status, 401)
      assert.equal((await signInWith(server, boss.username, password)).status, 201)
    })
  }

  test('of somebody else can be set by an administrator, and by a program', async () => {
    const boss = await signedInAs(server, 'admin')
    const { id } = await makePerson(server, 'normal')
    assert.equal((await boss.call('PATCH', `/api/v1/users/${id}`, { json: { password: other } })).status, 200)
    const owned = await server.credential('admin', { owner_id: boss.id })
    const change = { key: owned.secret, json: { password: other } }
    assert.equal((await server.call('PATCH', `/api/v1/users/${boss.id}`, change)).status, 200)
  })
})

function signInWith(on: TestServer, username: string, secret: string): Promise<Answer> {
  return on.call('POST', '/api/v1/session', { json: { username, password: secret } })
}
