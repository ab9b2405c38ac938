import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const roles = ['admin', 'developer', 'editor', 'normal']
const statuses = ['active', 'inactive', 'suspended']

const people: Json[] = []
// As many of a kind as its place in the matrix, none of the last: every combination has a total of its own.
for (const [i, role] of roles.entries()) {
  for (const [j, status] of statuses.entries()) {
    for (let n = 0; n < (i === 3 && j === 2 ? 0 : 1 + ((i + 2 * j) % 3)); n++) {
      const name = `${role}.${status}.${n}`
      const json = { username: name, email: `${name}@example.org`, password: 'correct horse', role, status }
      const { body } = await server.call('POST', '/api/v1/users', { key, json })
      people.push(body)
    }
  }
}
await server.newEvents()

async function assertFiltersExact(): Promise<void> {
  for (const role of [undefined, ...roles]) {
    for (const status of [undefined, ...statuses]) {
      const filter = new URLSearchParams({ ...(role && { role }), ...(status && { status }) })
      const expected = people.filter((p) => (!role || p.role === role) && (!status || p.status === status))
      const listed: Json[] = []
      for (let page = 1; page === 1 || listed.length < expected.length; page++) {
        const { body } = await server.call('GET', `/api/v1/users?${filter}&limit=4&page=${page}`, { key })
        assert.deepEqual(body.meta, {
          current_page: page,
          total_pages: Math.ceil(expected.length / 4),
          total_count: expected.length,
        })
        assert.equal(body.data.length, Math.min(4, expected.length - listed.length))
        listed.push(...body.data)
      }
      assert.deepEqual(
        listed,
        expected.map((person) => ({ ...person, last_login: null })),
        `role=${role} status=${status}`,
      )
    }
  }
}

test('every combination of role and status lists its users in order, with their exact total', async () => {
  await assertFiltersExact()
  assert.deepEqual(await server.newEvents(), [])
})

test('totals follow a user from one role and status to others, and out on deletion', async () => {
  const [first, second, third] = people.filter(({ role }) => role === 'editor')
  const change = async (person: Json, json: Json) => {
    const { status } = await server.call('PATCH', `/api/v1/users/${person.id}`, { key, json })
    assert.equal(status, 200)
    Object.assign(person, json)
  }
  await change(first, { role: 'developer' })
  await change(second, { status: 'suspended' })
  await change(third, { role: 'normal', status: 'suspended' })
  const { status } = await server.call('DELETE', `/api/v1/users/${third.id}`, { key })
  assert.equal(status, 204)
  people.splice(people.indexOf(third), 1)
  assert.deepEqual(await server.newEvents(), ['user.updated', 'user.updated', 'user.updated', 'user.deleted'])
  await assertFiltersExact()
})

test('a filter takes only the words that exist, once, in their exact spelling', async () => {
  for (const [query, details] of [
    ['role=owner', /^The 'role' query parameter must be one of: admin, developer, editor, normal\.$/],
    ['role=Admin', /^The 'role' query parameter must be one of/],
    ['role=', /^The 'role' query parameter must be one of/],
    ['status=deleted', /^The 'status' query parameter must be one of: active, inactive, suspended\.$/],
    ['status=active&status=active', /^The 'status' query parameter must be given once\.$/],
    [
      'username=x',
      /parameter is not known here; the query parameters are: page, limit, cursor, sort, role, status, q\.$/,
    ],
  ] as const) {
    assertRefused(await server.call('GET', `/api/v1/users?${query}`, { key }), 400, details)
  }
})

test('the system account is in no list, and cannot be read, changed or deleted', async () => {
  const { id } = await server.context.database.read
    .selectFrom('users')
    .select('id')
    .where('is_system', '=', 1)
    .executeTakeFirstOrThrow()
  for (const [method, json] of [['GET'], ['PATCH', { status: 'suspended' }], ['DELETE']] as const) {
    const answer = await server.call(method, `/api/v1/users/${id}`, { key, json })
    assertRefused(answer, 404, new RegExp(`^There is no user with id ${id}\\.$`))
  }
  assert.deepEqual(await server.newEvents(), [])
})
