import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { type Answer, type CallOptions, type Json, startServer } from './harness.ts'
import { makePerson, password, signedInAs, signIn } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const policies: Rule[] = [{ scope: 'documents:read', where: { category: ['policies'] } }]
let number = 0

describe('the roles', () => {
  test('begin with the four built-in ones, which are found by id and by name', async () => {
    const { body } = await call('GET', '/roles')
    assert.deepEqual(
      body.data.slice(0, 4).map(({ name, built_in }: Json) => [name, built_in]),
      ['admin', 'developer', 'editor', 'normal'].map((name) => [name, true]),
    )
    const [, developer] = body.data
    assert.deepEqual((await call('GET', '/roles/developer')).body, developer)
    assert.deepEqual((await call('GET', `/roles/${developer.id}`)).body, developer)
    assert.deepEqual((await call('GET', '/roles/normal')).body.rules, [
      { scope: 'documents:read', where: { status: ['published'] } },
    ])
  })

  test('that are built in cannot be changed or deleted', async () => {
    for (const name of ['admin', 'developer', 'editor', 'normal']) {
      assertRefused(await call('PATCH', `/roles/${name}`, { description: 'Mine' }), 409, /built in/)
      assertRefused(await call('DELETE', `/roles/${name}`), 409, /built in/)
    }
  })

  test('are unknown by another id or name', async () => {
    for (const [method, json] of [['GET'], ['PATCH', {}], ['DELETE']] as const) {
      assertRefused(await call(method, '/roles/nobody', json), 404, /no role 'nobody'/)
      assertRefused(await call(method, '/roles/999', json), 404, /999/)
      assertRefused(await call(method, '/roles/Some%20body', json), 400, /id or the name of a role/)
    }
  })

  for (const [name, json, details] of [
    ['a name with capitals', { name: 'Reviewer' }, /'name' field may have only lower-case/],
    ['a name that is a number', { name: '5' }, /begins with a letter/],
    ['no scopes', { scopes: [] }, /'scopes'/],
    ['an unknown scope', { scopes: ['everything'] }, /'scopes\.0'/],
    ['the scope admin', { scopes: ['admin'] }, /belongs to the role 'admin' alone/],
    ['a rule for a scope that it lacks', { scopes: ['users:read'], rules: policies }, /not among the scopes/],
    ['a rule without a condition', { rules: [{ scope: 'documents:read', where: {} }] }, /where/],
  ] as const) {
    test(`are refused with ${name}`, async () => {
      const role = { name: 'refused', scopes: ['documents:read'], ...json }
      assertRefused(await call('POST', '/roles', role), 400, details)
    })
  }

  test('have distinct names, also when two are made at once', async () => {
    assertRefused(await call('POST', '/roles', { name: 'editor', scopes: ['read'] }), 409, /'editor'/)
    const both = await Promise.all(
      [1, 2].map(() => call('POST', '/roles', { name: 'twice', scopes: ['read'] })),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409])
  })

  test('may have the names that JavaScript gives to every object', async () => {
    for (const name of ['constructor', 'valueof'])
      assert.equal((await call('POST', '/roles', { name, scopes: ['read'] })).status, 201, name)
  })

  test('belong to administrators', async () => {
    const everything = 'read write audit:read credentials:write webhooks:write'
    const { secret } = await server.credential(everything)
    const developer = await signedInAs(server, 'developer')
    for (const [method, path, json] of [
      ['GET', '/roles'],
      ['GET', '/roles/normal'],
      ['POST', '/roles', { name: 'mine', scopes: ['read'] }],
      ['PATCH', '/roles/twice', { scopes: ['write'] }],
      ['DELETE', '/roles/twice'],
    ] as const) {
      assert.equal((await call(method, path, json, { key: secret })).status, 403)
      assert.equal((await developer.call(method, `/api/v1${path}`, { json })).status, 403)
    }
  })

  test('are in the catalog, which every signed-in caller reads', async () => {
    const name = await newRole({ scopes: ['read'], rules: policies, description: 'Reads policies' })
    const { body } = await (await signedInAs(server, name)).call('GET', '/api/v1/catalog')
    assert.deepEqual(
      body.roles.find((role: Json) => role.name === name),
      {
        name,
        description: 'Reads policies',
        scopes: ['users:read', 'documents:read', 'events:read'],
        built_in: false,
        own_only: true,
        published_only: false,
        rules: policies,
      },
    )
  })
})

describe('a person with a role that was added', () => {
  test('has its scopes and its reach, in a session and with a key', async () => {
    const scopes = ['documents:read', 'credentials:read', 'credentials:write']
    const name = await newRole({ scopes, rules: policies })
    const person = await signedInAs(server, name)
    assert.deepEqual(person.session.scopes, scopes)
    assert.equal(person.session.user.role, name)
    const [seen, hidden] = [await document('policies'), await document('reports')]
    const { body: key } = await person.call('POST', '/api/v1/credentials', {
      json: { name: 'Mine', scopes: ['documents:read'] },
    })
    for (const as of [person.call, withKey(key.client_secret)]) {
      assert.equal((await as('GET', `/api/v1/documents/${seen}`)).status, 200)
      assert.equal((await as('GET', `/api/v1/documents/${hidden}`)).status, 404)
      const { data, meta } = (await as('GET', '/api/v1/documents')).body
      assert.ok(data.every(({ category }: Json) => category === 'policies'))
      assert.equal(
        meta.total_count,
        (await call('GET', '/documents?category=policies')).body.meta.total_count,
      )
      assert.equal((await as('GET', '/api/v1/users')).status, 403)
    }
    const foreign = await server.credential('read')
    assert.equal((await person.call('GET', `/api/v1/credentials/${foreign.id}`)).status, 404)
  })

  test('sees the credentials of others where the role is not limited to their own', async () => {
    const name = await newRole({ scopes: ['credentials:read'], own_only: false })
    const foreign = await server.credential('read')
    const person = await signedInAs(server, name)
    assert.equal((await person.call('GET', `/api/v1/credentials/${foreign.id}`)).status, 200)
  })

  test('is subject to a change of it at once, in a session, with a key and with a token', async () => {
    const name = await newRole({ scopes: ['read'] })
    const person = await signedInAs(server, name)
    const made = await server.credential('read', { owner_id: person.id })
    const token = await server.token(made)
    const hidden = await document('reports')
    const ways = [person.call, withKey(made.secret), withToken(token)]
    const expectStatus = async (status: number) => {
      for (const as of ways) assert.equal((await as('GET', `/api/v1/documents/${hidden}`)).status, status)
    }
    await expectStatus(200)
    await call('PATCH', `/roles/${name}`, { rules: policies })
    await expectStatus(404)
    await call('PATCH', `/roles/${name}`, { scopes: ['users:read'], rules: null })
    await expectStatus(403)
    const refused = await withKey(made.secret)('GET', '/api/v1/documents')
    assert.match(refused.body.error.details, new RegExp(`its owner's role '${name}' does not have`))
    await call('PATCH', `/roles/${name}`, { scopes: ['read'] })
    await expectStatus(200)
  })

  test('is narrowed by the role and by the key, which both must include a document', async () => {
    const name = await newRole({
      scopes: ['documents:read'],
      rules: [{ scope: 'documents:read', where: { category: ['policies', 'reports'] } }],
    })
    const owner = await makePerson(server, name)
    const { secret } = await server.credential('documents:read', {
      owner_id: owner.id,
      rules: [{ scope: 'documents:read', where: { category: ['policies', 'minutes'] } }],
    })
    for (const [category, status] of [
      ['policies', 200],
      ['reports', 404],
      ['minutes', 404],
    ] as const) {
      const id = await document(category)
      assert.equal((await withKey(secret)('GET', `/api/v1/documents/${id}`)).status, status, category)
    }
  })
})

describe('a role that was added', () => {
  test('is given, filtered by and counted like the others', async () => {
    const name = await newRole({ scopes: ['read'] })
    const { body: user } = await call('POST', '/users', newUser({ role: name }))
    assert.equal(user.role, name)
    assert.deepEqual((await call('GET', `/users?role=${name}`)).body.meta.total_count, 1)
    assert.equal((await call('GET', `/roles/${name}`)).body.user_count, 1)
    const other = await makePerson(server, 'editor')
    assert.equal((await call('PATCH', `/users/${other.id}`, { role: name })).body.role, name)
    assert.equal((await call('GET', `/roles/${name}`)).body.user_count, 2)
    const exported = await call('GET', `/users/export?role=${name}`)
    assert.equal(exported.text.trim().split('\n').length, 2)
  })

  test('must exist to be given or filtered by', async () => {
    const other = await makePerson(server, 'editor')
    const known = /'role' (field|query parameter) must be one of: admin, developer, editor, normal, /
    assertRefused(await call('POST', '/users', newUser({ role: 'missing' })), 400, known)
    assertRefused(await call('PATCH', `/users/${other.id}`, { role: 'missing' }), 400, known)
    for (const path of ['/users', '/users/export'])
      assertRefused(await call('GET', `${path}?role=missing`), 400, known)
    assertRefused(
      await call('POST', '/users', newUser({ role: 'No role' })),
      400,
      /must be one of: .* a role that was added/,
    )
  })

  test('is deleted only when no user has it, not even one in the trash', async () => {
    const name = await newRole({ scopes: ['read'] })
    const person = await makePerson(server, name)
    assertRefused(
      await call('DELETE', `/roles/${name}`),
      409,
      /^One user has the role '.*'\. Give that user another role first\.$/,
    )
    await call('DELETE', `/users/${person.id}`)
    assertRefused(await call('DELETE', `/roles/${name}`), 409, /^One user in the trash has the role/)
    await call('POST', `/users/${person.id}/restore`)
    await call('PATCH', `/users/${person.id}`, { role: 'normal' })
    assert.equal((await call('DELETE', `/roles/${name}`)).status, 204)
    assert.equal((await call('GET', `/roles/${name}`)).status, 404)
  })

  test('is never deleted from under a user who is given it at the same moment', async () => {
    for (let i = 0; i < 5; i++) {
      const name = await newRole({ scopes: ['read'] })
      const person = await makePerson(server, 'normal')
      const [deleted, given] = await Promise.all([
        call('DELETE', `/roles/${name}`),
        call('PATCH', `/users/${person.id}`, { role: name }),
      ])
      assert.deepEqual(
        [deleted.status, given.status].sort(),
        deleted.status === 204 ? [204, 400] : [200, 409],
      )
    }
  })

  test('requires its scopes and its reach of whoever acts over its people', async () => {
    const narrow = await newRole({ scopes: ['documents:read'], rules: policies })
    const wide = await newRole({ scopes: ['documents:read'] })
    const owning = await newRole({ scopes: ['documents:read'], rules: [own] })
    const keys = {
      'users:write alone': await server.credential('users:write'),
      'all documents': await server.credential('users:write documents:read'),
      'some documents': await server.credential('users:write documents:read', { rules: policies }),
      'own documents': await server.credential('users:write documents:read', { rules: [own] }),
    }
    const expected: Record<string, Record<keyof typeof keys, number>> = {
      [narrow]: {
        'users:write alone': 403,
        'all documents': 201,
        'some documents': 201,
        'own documents': 403,
      },
      [wide]: { 'users:write alone': 403, 'all documents': 201, 'some documents': 403, 'own documents': 403 },
      [owning]: {
        'users:write alone': 403,
        'all documents': 201,
        'some documents': 403,
        'own documents': 403,
      },
      normal: { 'users:write alone': 201, 'all documents': 201, 'some documents': 403, 'own documents': 403 },
    }
    for (const [role, statuses] of Object.entries(expected))
      for (const [holder, { secret }] of Object.entries(keys)) {
        const made = await call('POST', '/users', newUser({ role }), { key: secret })
        const status = statuses[holder as keyof typeof keys]
        assert.equal(made.status, status, `${holder} makes a ${role}: ${made.text}`)
        const { id } = await makePerson(server, role)
        for (const [method, json] of [['PATCH', { password: `${password} 9` }], ['DELETE']] as const) {
          const answer = await call(method, `/users/${id}`, json, { key: secret })
          assert.equal(answer.status < 300, status === 201, `${holder} ${method} ${role}: ${answer.text}`)
        }
      }
  })

  test('lets its people sign in again after a restart of their session', async () => {
    const name = await newRole({ scopes: ['documents:read'] })
    const person = await makePerson(server, name)
    const { session } = await signIn(server, person)
    assert.deepEqual(session.scopes, ['documents:read'])
  })
})

test('another process applies a change within a second', async () => {
  const beside = await startServer({ beside: server })
  const name = await newRole({ scopes: ['documents:read'] })
  const owner = await makePerson(server, name)
  const { secret } = await server.credential('documents:read', { owner_id: owner.id })
  const path = `/api/v1/documents/${await document('reports')}`
  assert.equal((await beside.call('GET', path, { key: secret })).status, 200)
  await call('PATCH', `/roles/${name}`, { rules: policies })
  server.clock.advance(1_000)
  assert.equal((await beside.call('GET', path, { key: secret })).status, 404)
})

const own: Rule = { scope: 'documents:read', where: { own: true } }

async function newRole(json: Json): Promise<string> {
  const { body, status, text } = await call('POST', '/roles', { name: `role-${++number}`, ...json })
  assert.equal(status, 201, text)
  return body.name
}

function newUser(json: Json): Json {
  const username = `user${++number}`
  return { username, email: `${username}@example.org`, password, ...json }
}

async function document(category: string): Promise<number> {
  return (await call('POST', '/documents', { title: 'A document', category })).body.id
}

function call(
  method: string,
  path: string,
  json?: Json,
  options: CallOptions = { key: admin },
): Promise<Answer> {
  return server.call(method, `/api/v1${path}`, { ...options, ...(json === undefined ? {} : { json }) })
}

function withKey(key: string) {
  return (method: string, path: string) => server.call(method, path, { key })
}

function withToken(token: string) {
  return (method: string, path: string) => server.call(method, path, { token })
}
