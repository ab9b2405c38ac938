import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channel } from './extensions/with-examples.ts'

// What a module awaits does not hold up those that are imported beside it.
const { startServer } = await import('./harness.ts')

const server = await startServer()
const { secret: key } = await server.credential('admin')

const call = (method: string, path: string, json: object) =>
  server.call(method, `/api/v1${path}`, { key, json })

test('documentrules: the title of a policy begins with a number, and its text is long when it is published', async () => {
  const policy = { title: 'Travel', category: 'policies' }
  const { status, body } = await call('POST', '/documents', policy)
  assert.equal(status, 400)
  assert.equal(
    body.error.details,
    "The title of a document in 'policies' has to begin with a number, such as 'POL-012 Travel expenses'.",
  )
  const title = '  POL-012 Travel expenses '
  const { body: draft, text } = await call('POST', '/documents', { ...policy, title })
  assert.equal(draft.title, 'POL-012 Travel expenses', text)
  const path = `/documents/${draft.id}`
  const early = await call('PATCH', path, { status: 'published' })
  assert.match(early.body.error.details, /at least 100 characters/)
  const content = 'Economy class. '.repeat(10)
  assert.equal((await call('PATCH', path, { status: 'published', content })).status, 200)
  assert.equal((await call('POST', '/documents', { ...policy, category: 'other' })).status, 201)
})

test('notifier: a channel is told what was published and by whom, again after an error', async () => {
  await call('POST', '/users', {
    username: 'ada',
    email: 'ada@example.org',
    password: 'correct horse battery staple',
    role: 'editor',
  })
  const { body: found } = await server.call('GET', '/api/v1/users?limit=1', { key })
  channel.received.length = 0
  channel.answer(503)
  const document = { title: 'Minutes', status: 'published', author_id: found.data[0].id }
  assert.equal((await call('POST', '/documents', document)).status, 201)
  await server.deliver()
  channel.answer(200)
  server.clock.advance(3_600_000)
  await server.deliver()
  const texts = channel.received.map(({ body }) => body.text)
  assert.ok(texts.every((text) => /^\S+ published “.*” \(document \d+\)$/.test(text)))
  const minutes = texts.filter((text) => /^ada published “Minutes”/.test(text))
  assert.equal(minutes.length, 2, 'refused, and then accepted')
})
