import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../src/lib/timestamps.ts'
import { startServer } from './harness.ts'
import { leftBehind } from './left-behind.ts'
import { makePerson, signedInAs, signIn } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const newOnes = leftBehind(server)
const isAlive = async (person: { call: (method: string, path: string) => Promise<{ status: number }> }) =>
  (await person.call('GET', '/api/v1/me')).status === 200

test('an administrator lists the sessions of a user, with the current one marked only in the own list', async () => {
  const boss = await signedInAs(server, 'admin')
  const person = await makePerson(server, 'editor')
  const laptop = await signIn(server, person, undefined, { 'user-agent': 'Laptop' })
  const phone = await signIn(server, person, undefined, { 'user-agent': 'Phone' })
  const path = `/api/v1/users/${person.id}/sessions`
  for (const { body, status } of [await boss.call('GET', path), await server.call('GET', path, { key })]) {
    assert.equal(status, 200)
    assert.deepEqual(
      body.data.map(({ id, user_agent, current }: Record<string, unknown>) => [id, user_agent, current]),
      [
        [phone.session.id, 'Phone', false],
        [laptop.session.id, 'Laptop', false],
      ],
    )
    assert.deepEqual(body.meta, { current_page: 1, total_pages: 1, total_count: 2 })
  }
  assert.deepEqual((await phone.call('GET', '/api/v1/me/sessions')).body.data[0], {
    ...(await boss.call('GET', path)).body.data[0],
    current: true,
  })
  const own = await boss.call('GET', `/api/v1/users/${boss.id}/sessions?limit=1`)
  assert.equal(own.body.data[0].current, true)
})

test('one session is ended, or all of them, at once and with a row for each', async () => {
  const boss = await signedInAs(server, 'admin')
  const person = await signedInAs(server, 'editor')
  const [phone, desk] = [await signIn(server, person), await signIn(server, person)]
  const path = `/api/v1/users/${person.id}/sessions`
  await newOnes()
  assert.equal((await boss.call('DELETE', `${path}/${phone.session.id}`)).status, 204)
  assert.deepEqual(await Promise.all([person, phone, desk].map(isAlive)), [true, false, true])
  assert.equal((await server.call('DELETE', path, { key })).status, 204)
  assert.deepEqual(await Promise.all([person, desk].map(isAlive)), [false, false])
  const { events, audit } = await newOnes()
  assert.deepEqual(events, [])
  assert.deepEqual(
    audit.map(({ actor, action, targetId, before }) => [actor, action, targetId, before.user_id]),
    [
      [`user ${boss.username}`, 'session.delete', phone.session.id, person.id],
      ['credential admin', 'session.delete', person.session.id, person.id],
      ['credential admin', 'session.delete', desk.session.id, person.id],
    ],
  )
  assert.equal(JSON.stringify(audit).includes('token_hash'), false)
  await signIn(server, person)
})

test('what does not exist, or belongs to somebody else, is not found', async () => {
  const person = await signedInAs(server, 'normal')
  const other = await signedInAs(server, 'normal')
  for (const [method, path] of [
    ['GET', '/api/v1/users/999999/sessions'],
    ['DELETE', '/api/v1/users/999999/sessions'],
    ['DELETE', `/api/v1/users/${person.id}/sessions/${other.session.id}`],
    ['DELETE', `/api/v1/users/${person.id}/sessions/999999`],
  ] as const)
    assert.equal((await server.call(method, path, { key })).status, 404, path)
  assert.deepEqual(await Promise.all([person, other].map(isAlive)), [true, true])
})

test('it takes the scope admin', async () => {
  const { secret } = await server.credential('users:read users:write credentials:write')
  const person = await signedInAs(server, 'developer')
  const path = `/api/v1/users/${person.id}/sessions`
  for (const method of ['GET', 'DELETE'])
    for (const by of [server.call(method, path, { key: secret }), person.call(method, path)])
      assert.equal((await by).status, 403)
})

test('sessions that have ended are not listed', async () => {
  const person = await signedInAs(server, 'normal')
  server.clock.advance(dayMs)
  const { body } = await server.call('GET', `/api/v1/users/${person.id}/sessions`, { key })
  assert.deepEqual(body.data, [])
})
