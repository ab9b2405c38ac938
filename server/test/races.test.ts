import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Json, startServer, type TestServer } from './harness.ts'
import { makePerson } from './people.ts'
import { assertTracesWhole } from './traces.ts'

const one = await startServer()
const two = await startServer({ beside: one })
const { secret: key } = await one.credential('admin')
const rounds = 5
const racers = 10

/** Asks both processes the same thing at the same moment, `racers` times in all. */
function race(ask: (server: TestServer, i: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: racers }, (_, i) => ask(i % 2 === 0 ? one : two, i)))
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort()
const winners = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status)

async function create(path: string, json: Json): Promise<{ id: number; etag: string }> {
  const { body, headers, status, text } = await one.call('POST', path, { key, json })
  assert.equal(status, 201, text)
  return { id: body.id, etag: headers.get('etag') ?? '' }
}

test('of many changes of a document with the same If-Match in two processes, exactly one succeeds', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id, etag } = await create('/api/v1/documents', { title: 'raced' })
    await one.newEvents()
    const answers = await race((server, i) =>
      server.call('PATCH', `/api/v1/documents/${id}`, {
        key,
        json: { title: `racer ${i}` },
        headers: { 'if-match': etag },
      }),
    )
    assert.deepEqual(statuses(answers), [200, ...Array(racers - 1).fill(412)])
    const { body, headers } = await two.call('GET', `/api/v1/documents/${id}`, { key })
    const [winner] = winners(answers, 200)
    assert.deepEqual(body, winner?.body)
    assert.equal(headers.get('etag'), winner?.headers.get('etag'))
    assert.deepEqual(await one.newEvents(), ['document.updated'])
  }
})

test('of many changes and deletions of a user through both processes, each follows on the one before or is refused', async () => {
  const { id } = await makePerson(one, 'normal')
  await one.newEvents()
  const answers = await race((server, i) =>
    server.call('PATCH', `/api/v1/users/${id}`, { key, json: { profile: { bio: `racer ${i}` } } }),
  )
  assert.deepEqual(statuses(answers), Array(racers).fill(200))
  assert.equal(new Set(answers.map(({ headers }) => headers.get('etag'))).size, racers)
  const deletions = await race((server) => server.call('DELETE', `/api/v1/users/${id}`, { key }))
  assert.deepEqual(statuses(deletions), [204, ...Array(racers - 1).fill(404)])
  assert.deepEqual(await one.newEvents(), [...Array(racers).fill('user.updated'), 'user.deleted'])
})

test('a name that many take through both processes, by making a user or renaming one, is given to one', async () => {
  const people = await Promise.all(Array.from({ length: racers / 2 }, () => makePerson(one, 'normal')))
  for (let round = 0; round < 2; round++) {
    await one.newEvents()
    const username = `wanted${round}`
    const answers = await race((server, i) =>
      i < people.length
        ? server.call('PATCH', `/api/v1/users/${people[i]?.id}`, { key, json: { username } })
        : server.call('POST', '/api/v1/users', {
            key,
            json: {
              username: username.toUpperCase(),
              email: `${username}.${i}@example.org`,
              password: 'correct horse',
            },
          }),
    )
    assert.equal(winners(answers, 409).length, racers - 1)
    assert.equal((await one.newEvents()).length, 1)
  }
})

test('many requests under one key in two processes write one row, and get the same response', async () => {
  for (let round = 0; round < rounds; round++) {
    await one.newEvents()
    const post = (server: TestServer) =>
      server.call('POST', '/api/v1/documents', {
        key,
        json: { title: 'once' },
        headers: { 'idempotency-key': `race-${round}` },
      })
    const answers = await race(post)
    const made = winners(answers, 201)
    assert.equal(made.length + winners(answers, 409).length, racers)
    const later = await race(post)
    assert.deepEqual(statuses(later), Array(racers).fill(201))
    assert.equal(new Set([...made, ...later].map(({ text }) => text)).size, 1)
    assert.deepEqual(await one.newEvents(), ['document.created'])
  }
})

test('documents that come due are published once each, whichever process sees them first', async () => {
  const due = 130
  const soon = new Date(one.clock.now() + 60_000).toISOString()
  const ids: number[] = []
  for (let i = 0; i < due; i += racers) {
    const answers = await race((server) =>
      server.call('POST', '/api/v1/documents', { key, json: { title: 'due', publish_at: soon } }),
    )
    ids.push(...answers.map(({ body }) => body.id))
  }
  await one.newEvents()
  one.clock.advance(60_000)
  const task = 'publish documents that are due'
  await Promise.all([one, two, one, two].map((server) => server.runTask(task)))
  const events = await one.newEvents()
  assert.equal(events.filter((type) => type === 'document.published').length, due)
  assert.equal(events.filter((type) => type === 'document.updated').length, due)
  for (const id of ids) {
    const { body } = await two.call('GET', `/api/v1/documents/${id}`, { key })
    assert.deepEqual([body.status, body.version, body.publish_at], ['published', 2, null])
  }
})

test('two administrators who remove each other through two processes leave one', async () => {
  const removals = [
    (server: TestServer, id: number) => server.call('DELETE', `/api/v1/users/${id}`, { key }),
    (server: TestServer, id: number) =>
      server.call('PATCH', `/api/v1/users/${id}`, { key, json: { role: 'normal' } }),
    (server: TestServer, id: number) =>
      server.call('PATCH', `/api/v1/users/${id}`, { key, json: { status: 'suspended' } }),
  ]
  let first = await makePerson(one, 'admin')
  for (let round = 0; round < rounds; round++) {
    const second = await makePerson(one, 'admin')
    const remove = removals[round % removals.length] ?? removals[0]
    const [a, b] = await Promise.all([remove?.(one, second.id), remove?.(two, first.id)])
    assert.deepEqual([a?.status === 409, b?.status === 409].sort(), [false, true])
    const { body } = await two.call('GET', '/api/v1/users?role=admin&status=active', { key })
    assert.equal(body.meta.total_count, 1)
    first = body.data[0]
  }
})

test('after all of it every change has its event, its audit row and its version', async () => {
  await assertTracesWhole(one.context.database)
})
