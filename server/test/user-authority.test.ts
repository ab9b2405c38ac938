import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { BuiltInRole } from '../src/access/roles.ts'
import { operator } from '../src/cli/actor.ts'
import { createUser, deleteUser } from '../src/users/service.ts'
import { type Answer, type CallOptions, type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { password, signedInAs } from './people.ts'

/** The scopes that it takes to answer for a person of a role, written by hand from the guide. */
const needed: Record<BuiltInRole, string[]> = {
  normal: [],
  editor: ['users:read', 'documents:read', 'documents:write'],
  developer: [
    'users:read',
    'documents:read',
    'events:read',
    'credentials:read',
    'credentials:write',
    'webhooks:read',
    'webhooks:write',
  ],
  admin: ['admin'],
}

/** What programs hold, and over people of which roles that is enough. */
const programs: [scopes: string, over: BuiltInRole[]][] = [
  ['users:write', ['normal']],
  ['write', ['normal']],
  ['users:write read', ['normal']],
  ['read write', ['normal', 'editor']],
  [`users:write ${needed.developer.join(' ')}`, ['normal', 'developer']],
  [`read write audit:read ${needed.developer.slice(3).join(' ')}`, ['normal', 'editor', 'developer']],
  ['admin', ['normal', 'editor', 'developer', 'admin']],
]

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const everything = await server.credential(
  'admin read write audit:read credentials:read credentials:write webhooks:read webhooks:write',
)
const newAudit = auditTrail(server)
// Beside this one no other administrator is the last.
await signedInAs(server, 'admin')

type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>

interface Caller {
  name: string
  call: Call
  over: BuiltInRole[]
}

const callers: Caller[] = []
for (const [scopes, over] of programs) {
  const { secret: key } = await server.credential(scopes)
  callers.push({
    name: `a key with ${scopes}`,
    call: (method, path, options) => server.call(method, path, { key, ...options }),
    over,
  })
  const token = await server.token(everything, scopes)
  callers.push({
    name: `a token with ${scopes}`,
    call: (method, path, options) => server.call(method, path, { token, ...options }),
    over,
  })
}
for (const role of ['admin', 'developer', 'editor', 'normal'] as const) {
  const { call } = await signedInAs(server, role)
  const over = role === 'admin' ? (Object.keys(needed) as BuiltInRole[]) : []
  callers.push({ name: `a session of a person with the role ${role}`, call, over })
}

interface Target {
  id: number
  username: string
}

/** One way to an account: what the caller does, and what the target is before. */
interface Way {
  name: string
  before?: 'suspended' | 'deleted'
  send(call: Call, target: Target, role: BuiltInRole): Promise<Answer>
  /** Where the response is that of a batch, the result is inside. */
  isBatch?: boolean
}

const fields: [name: string, data: (target: Target) => Json][] = [
  ['username', () => ({ username: unusedName() })],
  ['email', () => ({ email: `${unusedName()}@example.org` })],
  ['password', () => ({ password: 'another passphrase' })],
  ['status', () => ({ status: 'suspended' })],
  ['email beside the profile', () => ({ profile: { bio: 'x' }, email: `${unusedName()}@example.org` })],
]

const batch = (call: Call, item: Json, query = '') =>
  call('POST', `/api/v1/users/batch${query}`, { json: { items: [item] } })

const ways: Way[] = [
  { name: 'create', send: (call, _, role) => call('POST', '/api/v1/users', { json: person(role) }) },
  {
    name: 'create once',
    send: (call, _, role) =>
      call('POST', '/api/v1/users', { json: person(role), headers: { 'idempotency-key': unusedName() } }),
  },
  {
    name: 'create in a batch',
    isBatch: true,
    send: (call, _, role) => batch(call, { action: 'create', data: person(role) }),
  },
  {
    name: 'create in an atomic batch',
    send: (call, _, role) => batch(call, { action: 'create', data: person(role) }, '?atomic=true'),
  },
  ...fields.flatMap(([field, data]): Way[] => [
    {
      name: `change of the ${field}`,
      send: (call, target) => call('PATCH', `/api/v1/users/${target.id}`, { json: data(target) }),
    },
    {
      name: `change of the ${field} in a batch`,
      isBatch: true,
      send: (call, target) => batch(call, { action: 'update', id: target.id, data: data(target) }),
    },
  ]),
  {
    name: 'activation of a suspended',
    before: 'suspended',
    send: (call, { id }) => call('PATCH', `/api/v1/users/${id}`, { json: { status: 'active' } }),
  },
  { name: 'delete', send: (call, { id }) => call('DELETE', `/api/v1/users/${id}`) },
  {
    name: 'delete in a batch',
    isBatch: true,
    send: (call, { id }) => batch(call, { action: 'delete', id }),
  },
  {
    name: 'delete in an atomic batch',
    send: (call, { id }) => batch(call, { action: 'delete', id }, '?atomic=true'),
  },
  {
    name: 'restore',
    before: 'deleted',
    send: (call, { id }) => call('POST', `/api/v1/users/${id}/restore`, { json: {} }),
  },
]

const counts = [callers.length, Object.keys(needed).length, ways.length]
test(`the matrix: ${counts.join(' × ')} callers, roles of the target and ways to its account`, () => {
  assert.equal(new Set(ways.map(({ name }) => name)).size, ways.length)
  assert.ok(callers.some(({ name }) => name === 'a key with users:write'))
})

for (const { name, call, over } of callers) {
  describe(name, () => {
    for (const role of Object.keys(needed) as BuiltInRole[]) {
      const isEnough = over.includes(role)
      test(`${isEnough ? 'can answer for' : 'reaches no account of'} a person with the role ${role}`, async () => {
        for (const way of ways) {
          const target = await makeTarget(role, way.before)
          const before = await rowOf(target.id)
          await server.newEvents()
          await newAudit()
          const answer = await way.send(call, target, role)
          const result: Json = way.isBatch && answer.status === 200 ? answer.body.data[0] : answer
          const said = `${way.name}: ${answer.text}`
          if (isEnough) {
            assert.ok(result.status >= 200 && result.status < 300, said)
            continue
          }
          assert.equal(result.status, 403, said)
          const { error } = result.body ?? result
          assert.equal(error.code, 'permission_denied', said)
          assert.match(error.details, /needs the scopes? '[a-z:]+'/, said)
          assert.deepEqual(await rowOf(target.id), before, said)
          assert.deepEqual(await server.newEvents(), [], said)
          assert.deepEqual(await newAudit(), [], said)
        }
      })
    }
  })
}

test('people change their own account in any role, but neither its role nor its status', async () => {
  for (const role of Object.keys(needed) as BuiltInRole[]) {
    const { call } = await signedInAs(server, role)
    const own = await call('PATCH', '/api/v1/me', { json: { email: `${unusedName()}@example.org` } })
    assert.equal(own.status, 200, own.text)
    for (const json of [{ role: 'admin' }, { status: 'active' }, { password }])
      assert.equal((await call('PATCH', '/api/v1/me', { json })).status, 400)
  }
})

test('whoever may write users may change the profile of everybody', async () => {
  const { secret: key } = await server.credential('users:read users:write')
  for (const role of Object.keys(needed) as BuiltInRole[]) {
    const { id, username } = await makeTarget(role)
    const json = { profile: { bio: 'Changed' }, username, status: 'active' }
    const answer = await server.call('PATCH', `/api/v1/users/${id}`, { key, json })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.profile.bio, 'Changed')
    assert.equal(
      (await server.call('PATCH', `/api/v1/users/${id}`, { key, json: { profile: null } })).status,
      200,
    )
  }
})

test('the refusal names every scope that is missing, and the role', async () => {
  const { secret: key } = await server.credential('users:write documents:read')
  const refused = await server.call('POST', '/api/v1/users', { key, json: person('editor') })
  assert.equal(
    refused.body.error.details,
    "Creating an editor needs the scopes 'users:read', 'documents:write', which the credential does not have.",
  )
  assert.match(refused.headers.get('www-authenticate') ?? '', /scope="users:read documents:write"$/)
  const { id } = await makeTarget('admin')
  for (const [method, toDo] of [
    ['PATCH', 'Changing more than the profile of'],
    ['DELETE', 'Deleting'],
  ] as const) {
    const { body } = await server.call(method, `/api/v1/users/${id}`, {
      key,
      ...(method === 'PATCH' ? { json: { password } } : {}),
    })
    assert.equal(
      body.error.details,
      `${toDo} an administrator needs the scope 'admin', which the credential does not have.`,
    )
  }
})

test('a stored response is not replayed to a token that could not make the call', async () => {
  const json = person('developer')
  const headers = { 'idempotency-key': unusedName() }
  const whole = await server.token(everything, 'admin')
  const narrow = await server.token(everything, 'users:write')
  const made = await server.call('POST', '/api/v1/users', { token: whole, json, headers })
  assert.equal(made.status, 201)
  assert.equal((await server.call('POST', '/api/v1/users', { token: narrow, json, headers })).status, 403)
  const again = await server.call('POST', '/api/v1/users', { token: whole, json, headers })
  assert.deepEqual([again.status, again.body], [201, made.body])
})

test('scopes that were taken from a credential do not count any more', async () => {
  const credential = await server.credential('read write')
  const create = () =>
    server.call('POST', '/api/v1/users', { key: credential.secret, json: person('editor') })
  assert.equal((await create()).status, 201)
  await server.call('PATCH', `/api/v1/credentials/${credential.id}`, {
    key: admin,
    json: { scopes: ['users:write'] },
  })
  assert.equal((await create()).status, 403)
})

test('everybody changes their own address, whatever their role opens', async () => {
  for (const role of Object.keys(needed) as BuiltInRole[]) {
    const person = await signedInAs(server, role)
    const email = `${unusedName()}@example.org`
    const { status, body } = await person.call('PATCH', '/api/v1/me', { json: { email } })
    assert.deepEqual([status, body.email], [200, email])
  }
})

function unusedName(): string {
  return `somebody-${randomBytes(6).toString('hex')}`
}

function person(role: BuiltInRole) {
  const username = unusedName()
  return { username, email: `${username}@example.org`, password, role }
}

/** Without a password, whose hash is most of what a user costs. */
async function makeTarget(role: BuiltInRole, before?: Way['before']): Promise<Target> {
  const { context } = server
  const actor = await operator(context)
  const { password: _, ...input } = person(role)
  const status = before === 'suspended' ? 'suspended' : 'active'
  const { resource } = await context.database.write(await createUser(context, actor, { ...input, status }))
  if (before === 'deleted') await context.database.write(deleteUser(context, actor, resource.id))
  return resource
}

function rowOf(id: number) {
  return server.context.database.read
    .selectFrom('users')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
