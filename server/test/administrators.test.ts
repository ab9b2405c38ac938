import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const { secret: writer } = await server.credential('users:read users:write')
const newAudit = auditTrail(server)

let made = 0
async function createUser(role: string, status = 'active'): Promise<number> {
  const name = `person${++made}`
  const json = { username: name, email: `${name}@example.org`, password: 'correct horse', role, status }
  const answer = await server.call('POST', '/api/v1/users', { key: admin, json })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.id
}

const patch = (key: string, id: number, json: object) =>
  server.call('PATCH', `/api/v1/users/${id}`, { key, json })

async function assertNothingHappened(): Promise<void> {
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
}

const first = await createUser('admin')

test('only the scope admin creates administrators; any writer creates normal users', async () => {
  await server.newEvents()
  await newAudit()
  const json = { username: 'boss', email: 'boss@example.org', password: 'correct horse', role: 'admin' }
  const refused = await server.call('POST', '/api/v1/users', { key: writer, json })
  assertRefused(refused, 403, /^Creating an administrator needs the scope 'admin'/)
  assert.match(refused.headers.get('www-authenticate') ?? '', /error="insufficient_scope", scope="admin"/)
  await assertNothingHappened()

  const created = await server.call('POST', '/api/v1/users', {
    key: writer,
    json: { ...json, username: 'normal', email: 'normal@example.org', role: 'normal' },
  })
  assert.equal(created.status, 201)
  assert.deepEqual(await server.newEvents(), ['user.created'])
})

test("only the scope admin changes a user's role", async () => {
  const id = await createUser('normal')
  await server.newEvents()
  await newAudit()
  for (const role of ['editor', 'developer', 'admin']) {
    assertRefused(await patch(writer, id, { role }), 403, /^Changing a user's role needs the scope 'admin'/)
  }
  await assertNothingHappened()
  assert.equal((await patch(writer, id, { role: 'normal', status: 'inactive' })).status, 200)
  assert.equal((await patch(admin, id, { role: 'editor' })).body.role, 'editor')
  assert.deepEqual(await server.newEvents(), ['user.updated', 'user.updated'])
})

test('without the scope admin nobody takes over or deletes an administrator', async () => {
  const other = await createUser('admin')
  await server.newEvents()
  await newAudit()
  for (const json of [{ password: 'taken over' }, { status: 'suspended' }, { email: 'me@example.org' }]) {
    assertRefused(await patch(writer, other, json), 403, /of an administrator needs the scope 'admin'/)
  }
  const deleted = await server.call('DELETE', `/api/v1/users/${other}`, { key: writer })
  assertRefused(deleted, 403, /^Deleting an administrator needs the scope 'admin'/)
  await assertNothingHappened()
  assert.equal((await server.call('DELETE', `/api/v1/users/${other}`, { key: admin })).status, 204)
})

test('the last active administrator cannot be suspended, demoted or deleted', async () => {
  await createUser('admin', 'suspended')
  await server.newEvents()
  await newAudit()
  const last = new RegExp(`^The user ${first} is the last active administrator; create another one first\\.$`)
  for (const json of [{ status: 'suspended' }, { status: 'inactive' }, { role: 'editor' }]) {
    assertRefused(await patch(admin, first, json), 409, last)
  }
  assertRefused(await server.call('DELETE', `/api/v1/users/${first}`, { key: admin }), 409, last)
  await assertNothingHappened()
  assert.equal((await patch(admin, first, { profile: { first_name: 'Still' } })).status, 200)
  assert.deepEqual(await server.newEvents(), ['user.updated'])
})

test('two administrators who demote each other at the same moment leave one', async () => {
  const second = await createUser('admin')
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([first, second].map((id) => patch(admin, id, { role: 'editor' })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
    const { body } = await server.call('GET', '/api/v1/users?role=admin&status=active', { key: admin })
    assert.equal(body.meta.total_count, 1)
    const demoted = body.data[0].id === first ? second : first
    assert.equal((await patch(admin, demoted, { role: 'admin' })).status, 200)
  }
})
