import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { openedEvents } from './opened-logs.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const newAudit = auditTrail(server)
await newAudit()

let made = 0
async function createUser(more: object = {}) {
  const name = `person${++made}`
  const json = { username: name, email: `${name}@example.org`, password: 'correct horse', ...more }
  const answer = await server.call('POST', '/api/v1/users', { key, json })
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(await server.newEvents(), ['user.created'])
  await newAudit()
  return answer.body
}

test('without role, status and profile a user is normal, active and blank', async () => {
  const { id } = await createUser()
  const { body } = await server.call('GET', `/api/v1/users/${id}`, { key })
  assert.equal(body.role, 'normal')
  assert.equal(body.status, 'active')
  assert.deepEqual(body.profile, { first_name: null, last_name: null, phone: null, bio: null })
})

const valid = { username: 'valid', email: 'valid@example.org', password: 'correct horse' }
const refusedBodies: [change: object, details: RegExp][] = [
  [{ username: undefined }, /^The 'username' field is required$/],
  [{ email: undefined }, /^The 'email' field is required$/],
  [{ password: undefined }, /^The 'password' field is required, unless 'invite' is true\.$/],
  [{ username: 5 }, /^The 'username' field must be text\.$/],
  [{ username: null }, /^The 'username' field must be text\.$/],
  [{ username: ['a'] }, /^The 'username' field must be text\.$/],
  [{ username: '' }, /^The 'username' field must have 1 to 64 characters\.$/],
  [{ username: 'a'.repeat(65) }, /^The 'username' field must have 1 to 64 characters\.$/],
  [{ username: 'two words' }, /^The 'username' field must consist of letters, digits/],
  [{ username: 'comserv:system' }, /^The 'username' field must consist of/],
  [{ username: 'line\n' }, /^The 'username' field must consist of/],
  [{ email: 'nobody' }, /^The 'email' field must be an email address/],
  [{ email: 'a@b@c' }, /^The 'email' field must be an email address/],
  [{ email: true }, /^The 'email' field must be text\.$/],
  [{ password: 'short' }, /^The 'password' field must have 8 to 256 characters\.$/],
  [{ invite: true }, /^The 'password' and 'invite' fields exclude each other/],
  [{ invite: 'yes' }, /^The 'invite' field must be true or false or null\.$/],
  [{ password: 12345678 }, /^The 'password' field must be text\.$/],
  [{ role: 'owner' }, /^The 'role' field must be one of: admin, developer, editor, normal\.$/],
  [{ status: 'gone' }, /^The 'status' field must be one of: active, inactive, suspended\.$/],
  [{ profile: 'x' }, /^The 'profile' field must be an object or null\.$/],
  [{ profile: [] }, /^The 'profile' field must be an object or null\.$/],
  [{ profile: { first_name: 1 } }, /^The 'profile\.first_name' field must be text or null\.$/],
  [{ profile: { nickname: 'x' } }, /^The 'profile\.nickname' field is not known here/],
  [{ id: 7 }, /^The 'id' field is not known here/],
  [{ is_system: 1 }, /^The 'is_system' field is not known here/],
  [{ password_hash: 'x' }, /^The 'password_hash' field is not known here/],
  [{ last_login: null }, /^The 'last_login' field is not known here/],
]

test('a user is not created from a body that breaks a rule, and the field is named', async () => {
  const before = await server.call('GET', '/api/v1/users', { key })
  for (const [change, details] of refusedBodies) {
    const answer = await server.call('POST', '/api/v1/users', { key, json: { ...valid, ...change } })
    assertRefused(answer, 400, details)
  }
  const after = await server.call('GET', '/api/v1/users', { key })
  assert.deepEqual(after.body, before.body)
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('a username or email that differs only in case is taken, and the answer names which', async () => {
  const { username, email } = await createUser()
  const other = await createUser()
  for (const [json, field] of [
    [{ ...valid, username: username.toUpperCase() }, 'username'],
    [{ ...valid, email: email.toUpperCase() }, 'email'],
  ] as const) {
    assertRefused(
      await server.call('POST', '/api/v1/users', { key, json }),
      409,
      new RegExp(`^The '${field}' is already taken by another user\\.$`),
    )
    const change = { [field]: json[field] }
    assertRefused(
      await server.call('PATCH', `/api/v1/users/${other.id}`, { key, json: change }),
      409,
      new RegExp(`^The '${field}' is already taken`),
    )
  }
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('where both the username and the email are taken, the answer names both', async () => {
  const one = await createUser()
  const two = await createUser()
  const changed = await createUser()
  const both = /^The 'username' and the 'email' are already taken\.$/
  for (const { username, email } of [one, { username: one.username, email: two.email.toUpperCase() }]) {
    const json = { ...valid, username, email }
    assertRefused(await server.call('POST', '/api/v1/users', { key, json }), 409, both)
    const path = `/api/v1/users/${changed.id}`
    assertRefused(await server.call('PATCH', path, { key, json: { username, email } }), 409, both)
    // One's own name is not taken.
    const own = await server.call('PATCH', path, { key, json: { username, email: changed.email } })
    assertRefused(own, 409, /^The 'username' is already taken by another user\.$/)
  }

  await server.call('DELETE', `/api/v1/users/${one.id}`, { key })
  assert.deepEqual(await server.newEvents(), ['user.deleted'])
  const { username, email } = one
  await createUser({ username })
  const restore = `/api/v1/users/${one.id}/restore`
  assertRefused(await server.call('POST', restore, { key }), 409, /^The 'username' is already taken by/)
  await createUser({ email })
  assertRefused(await server.call('POST', restore, { key }), 409, both)
  await server.newEvents()
  await newAudit()
})

test('a user may write the own name in another case', async () => {
  const { id, username } = await createUser()
  const json = { username: username.toUpperCase() }
  const { status, body } = await server.call('PATCH', `/api/v1/users/${id}`, { key, json })
  assert.equal(status, 200)
  assert.equal(body.username, username.toUpperCase())
  assert.deepEqual(await server.newEvents(), ['user.updated'])
})

test('a patch refuses what creation refuses, and a field that must not be cleared', async () => {
  const { id } = await createUser()
  for (const [json, details] of [
    [{ username: null }, /^The 'username' field must be text\.$/],
    [{ status: 1 }, /^The 'status' field must be text or null\.$/],
    [{ created_at: '2020-01-01T00:00:00Z' }, /^The 'created_at' field is not known here/],
    [{ version: 9 }, /^The 'version' field is not known here/],
    [{ deleted_at: null }, /^The 'deleted_at' field is not known here/],
    [[], /^The request body must be an object\.$/],
    [null, /^The request body must be an object\.$/],
    ['text', /^The request body must be an object\.$/],
  ] as const) {
    assertRefused(await server.call('PATCH', `/api/v1/users/${id}`, { key, json }), 400, details)
  }
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('a new password is stored as a hash and shows in no answer, event or audit row', async () => {
  const { id } = await createUser()
  await newAudit()
  const hashOf = async () =>
    (
      await server.context.database.read
        .selectFrom('users')
        .select('password_hash')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    ).password_hash
  const before = await hashOf()
  const answer = await server.call('PATCH', `/api/v1/users/${id}`, {
    key,
    json: { password: 'another secret phrase' },
  })
  assert.equal(answer.status, 200)
  const after = await hashOf()
  assert.match(after ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(after, before)
  assert.equal(await server.context.passwords.verify('another secret phrase', after), true)
  assert.deepEqual(await server.newEvents(), ['user.updated'])
  const rows = await newAudit()
  assert.equal(rows.length, 1)
  const { database } = server.context
  const events = await openedEvents(database, await database.read.selectFrom('events').selectAll().execute())
  const shown = JSON.stringify([rows, events, answer.body])
  assert.doesNotMatch(shown, /argon2id|another secret phrase|correct horse|password/)
})

test('a deleted user is gone from reads and totals, and leaves the name to others', async () => {
  const user = await createUser()
  const before = await server.call('GET', '/api/v1/users', { key })
  const deleted = await server.call('DELETE', `/api/v1/users/${user.id}`, { key })
  assert.equal(deleted.status, 204)
  assert.equal(deleted.text, '')
  assert.deepEqual(await server.newEvents(), ['user.deleted'])
  const [row] = await newAudit()
  assert.equal(row?.action, 'user.delete')
  assert.equal(row?.before.username, user.username)
  assert.equal(row?.after, null)

  const path = `/api/v1/users/${user.id}`
  const gone = new RegExp(`^There is no user with id ${user.id}\\.$`)
  assertRefused(await server.call('GET', path, { key }), 404, gone)
  assertRefused(await server.call('PATCH', path, { key, json: { status: 'active' } }), 404, gone)
  assertRefused(await server.call('DELETE', path, { key }), 404, gone)
  const after = await server.call('GET', '/api/v1/users', { key })
  assert.equal(after.body.meta.total_count, before.body.meta.total_count - 1)
  assert.equal(
    after.body.data.some(({ id }: { id: number }) => id === user.id),
    false,
  )
  assert.deepEqual(await server.newEvents(), [])
  await createUser({ username: user.username, email: user.email })
})

test('an id that is not a whole number of 1 or more is refused', async () => {
  for (const id of ['0', '-1', 'abc', '1e1', '0x10', '1.5', '%31%00', '99999999999999999999']) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await server.call(method, `/api/v1/users/${id}`, { key })
      assertRefused(
        answer,
        400,
        /^The 'id' path parameter must be (a whole number|from 1 to 9007199254740991)\.$/,
      )
    }
  }
  assertRefused(await server.call('GET', '/api/v1/users/123456789', { key }), 404, /123456789/)
  assert.deepEqual(await server.newEvents(), [])
})
