import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const one = await startServer()
const two = await startServer({ beside: one })
const { secret: admin } = await one.credential('admin')
/** How long the other process may go on with what it knew; the contract allows two. */
const boundMs = 1_000

const read = (server: typeof one, shown: { key: string } | { token: string }) =>
  server.call('GET', '/api/v1/users', shown)

test('a credential made in one process works in the other at once, by key and by token of either', async () => {
  const credential = await one.credential('read')
  assert.equal((await read(two, { key: credential.secret })).status, 200)
  const tokens = [await one.token(credential), await two.token(credential)]
  for (const server of [one, two]) {
    for (const token of tokens) assert.equal((await read(server, { token })).status, 200)
  }
})

test('a key that one process did not know a moment ago works there once it exists', async () => {
  const unknown = `cs_live_${'0'.repeat(38)}`
  assert.equal((await read(two, { key: unknown })).status, 401)
  const { secret: key } = await one.credential('read')
  assert.equal((await read(two, { key })).status, 200)
})

test('a credential revoked in one process is refused in the other within a second, and so are its tokens', async () => {
  const credential = await one.credential('read')
  const token = await two.token(credential)
  const shown = [{ key: credential.secret }, { token }]
  for (const each of shown) assert.equal((await read(two, each)).status, 200)
  await one.call('DELETE', `/api/v1/credentials/${credential.id}`, { key: admin })
  for (const each of shown) assertRefused(await read(one, each), 401, /^The credential was revoked\.$/)
  one.clock.advance(boundMs)
  for (const each of shown) assertRefused(await read(two, each), 401, /^The credential was revoked\.$/)
})

test('a rotation in one process counts in the other: the new secret at once, the end of the old within a second', async () => {
  const credential = await one.credential('read')
  assert.equal((await read(two, { key: credential.secret })).status, 200)
  const { body } = await one.call('POST', `/api/v1/credentials/${credential.id}/rotate`, {
    key: admin,
    json: { grace_hours: 0 },
  })
  assert.equal((await read(two, { key: body.client_secret })).status, 200)
  one.clock.advance(boundMs)
  assertRefused(await read(two, { key: credential.secret }), 401, /^The secret was replaced by a newer one/)
  assert.equal((await read(two, { key: body.client_secret })).status, 200)
})

test('an owner suspended in one process stops the credentials in the other within a second', async () => {
  const json = { username: 'owner', email: 'owner@example.org', password: 'correct horse', role: 'editor' }
  const { body: owner } = await one.call('POST', '/api/v1/users', { key: admin, json })
  const { secret: key } = await one.credential('read', { owner_id: owner.id })
  assert.equal((await read(two, { key })).status, 200)
  const standing = (status: string) =>
    one.call('PATCH', `/api/v1/users/${owner.id}`, { key: admin, json: { status } })
  await standing('suspended')
  one.clock.advance(boundMs)
  assertRefused(await read(two, { key }), 401, /^The owner of the credential is not active\.$/)
  await standing('active')
  one.clock.advance(boundMs)
  assert.equal((await read(two, { key })).status, 200)
  assert.deepEqual(await one.newEvents(), ['user.created', 'user.updated', 'user.updated'])
})

test('a scope taken away in one process is gone in the other within a second', async () => {
  const credential = await one.credential('read credentials:read')
  const list = () => two.call('GET', '/api/v1/credentials', { key: credential.secret })
  assert.equal((await list()).status, 200)
  await one.call('PATCH', `/api/v1/credentials/${credential.id}`, { key: admin, json: { scopes: ['read'] } })
  one.clock.advance(boundMs)
  assertRefused(await list(), 403, /'credentials:read'/)
})

test('of many requests in two processes for the same name, exactly one succeeds', async () => {
  await one.newEvents()
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : two).call('POST', '/api/v1/users', {
          key: admin,
          json: {
            username: i % 3 ? `Racer${round}` : `rACER${round}`,
            email: `racer${round}.${i}@example.org`,
            password: 'correct horse',
          },
        }),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    for (const answer of answers.filter(({ status }) => status !== 201))
      assertRefused(answer, 409, /^The 'username' is already taken by another user\.$/)
    assert.deepEqual(await one.newEvents(), ['user.created'])
  }
})

test('writes through both processes at once keep every total exact', async () => {
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      (i % 2 ? one : two).call('POST', '/api/v1/documents', {
        key: admin,
        json: { title: `${i}`, category: `c${i % 3}` },
      }),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  for (const server of [one, two]) {
    const { body } = await server.call('GET', '/api/v1/documents?category=c1', { key: admin })
    assert.equal(body.meta.total_count, 20)
  }
  assert.deepEqual((await two.newEvents()).slice(-60), Array(60).fill('document.created'))
})

test('both processes sign with one key that was made once', async () => {
  const keys = await one.context.database.read.selectFrom('signing_keys').selectAll().execute()
  assert.equal(keys.length, 1)
})
