import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operator } from '../src/cli/actor.ts'
import { newSetupLink, setUp } from '../src/sessions/setup-service.ts'
import { ensureSystemUser } from '../src/users/system-user.ts'
import { startServer } from './harness.ts'

const one = await startServer()
const two = await startServer({ beside: one })
const both = [one, two]
const times = <T>(count: number, act: (server: typeof one, n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => act(n % 2 === 0 ? one : two, n)))

test('the built-in account is made once, however many need it first', async () => {
  const ids = await times(20, ({ context }) => ensureSystemUser(context))
  assert.equal(new Set(ids).size, 1)
})

test('the first tokens that are asked for at once are all given, and signed with one key', async () => {
  const credential = await one.credential('read')
  const tokens = await times(60, (server) => server.token(credential))
  assert.equal(new Set(tokens.map((token) => token.split('.')[0])).size, 1)
  for (const server of both)
    assert.equal((await server.call('GET', '/api/v1/users', { token: tokens.at(-1) ?? '' })).status, 200)
})

test('the first requests of ten credentials at once are all let in, with one look at each credential', async () => {
  const server = await startServer()
  const keys = await Promise.all(Array.from({ length: 10 }, () => server.credential('read')))
  const statuses = await Promise.all(
    Array.from({ length: 600 }, async (_, n) => {
      const { status } = await server.call('GET', '/api/v1/users', {
        key: keys[n % keys.length]?.secret ?? '',
      })
      return status
    }),
  )
  assert.deepEqual([...new Set(statuses)], [200])
})

test('of rotations of the signing keys at once, each is done or refused as a conflict', async () => {
  const actor = await operator(one.context)
  const results = await times(10, ({ context }) =>
    context.signingKeys.rotate(actor).then(
      () => 'done',
      (error) => error.code,
    ),
  )
  assert.ok(results.includes('done'))
  assert.deepEqual(
    results.filter((result) => result !== 'done' && result !== 'conflict'),
    [],
  )
})

test('of many who take the setup link at once, one becomes the administrator', async () => {
  const link = await newSetupLink(one.context)
  const token = link?.split('token=')[1] ?? ''
  const results = await times(6, ({ context }, n) =>
    setUp(
      context,
      { token, username: `admin${n}`, email: `admin${n}@example.org`, password: 'correct horse battery' },
      { ip: '127.0.0.1', requestId: `${n}`, userAgent: undefined, formerToken: undefined },
    ).then(
      () => 'done',
      (error) => error.code,
    ),
  )
  assert.deepEqual(results.toSorted(), ['conflict', 'conflict', 'conflict', 'conflict', 'conflict', 'done'])
})

test('totals that many requests create at the same time are exact', async () => {
  const { secret: key } = await one.credential('write')
  const answers = await times(40, (server, n) =>
    server.call('POST', '/api/v1/documents', { key, json: { title: `${n}`, category: 'new at once' } }),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  await Promise.all(both.map(({ context }) => context.usage.flush()))
})
