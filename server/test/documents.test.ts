import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const newAudit = auditTrail(server)
const { body: author } = await server.call('POST', '/api/v1/users', {
  key,
  json: { username: 'author', email: 'author@example.org', password: 'correct horse' },
})
await server.newEvents()
await newAudit()

async function createDocument(more: object = {}): Promise<Json> {
  const answer = await server.call('POST', '/api/v1/documents', { key, json: { title: 'A title', ...more } })
  assert.equal(answer.status, 201, answer.text)
  await server.newEvents()
  await newAudit()
  return answer.body
}

const patch = (id: number, json: unknown) => server.call('PATCH', `/api/v1/documents/${id}`, { key, json })

test('a created document has a Location, and can be read, listed and counted', async () => {
  const created = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'Annual Report 2023', category: 'reports', status: 'published', content: '# Report' },
  })
  assert.equal(created.status, 201)
  assert.equal(created.headers.get('location'), `/api/v1/documents/${created.body.id}`)
  assert.deepEqual(await server.newEvents(), ['document.created', 'document.published'])

  const read = await server.call('GET', `/api/v1/documents/${created.body.id}`, { key })
  assert.equal(read.status, 200)
  assert.deepEqual(read.body, created.body)

  const list = await server.call('GET', '/api/v1/documents?category=reports&status=published', { key })
  assert.deepEqual(Object.keys(list.body.data[0]), [
    'id',
    'title',
    'category',
    'status',
    'created_at',
    'updated_at',
    'author_id',
  ])
  assert.deepEqual(list.body.meta, { current_page: 1, total_pages: 1, total_count: 1 })
})

test('without more than a title a document is a general draft in Markdown of the owner of the credential', async () => {
  const created = await server.call('POST', '/api/v1/documents', { key, json: { title: 'Plain' } })
  const { id, author_id } = created.body
  const expected = {
    id,
    title: 'Plain',
    category: 'general',
    status: 'draft',
    created_at: '2026-01-15T08:30:00Z',
    updated_at: '2026-01-15T08:30:00Z',
    author_id,
    content: '',
    content_type: 'text/markdown',
    published_at: null,
    publish_at: null,
    version: 1,
    summary: null,
  }
  assert.deepEqual(created.body, expected)
  assert.deepEqual(Object.keys(created.body), Object.keys(expected))
  assert.deepEqual(await server.newEvents(), ['document.created'])
  const [row, ...others] = (await newAudit()).slice(-1)
  assert.deepEqual(others, [])
  assert.equal(row?.action, 'document.create')
  assert.equal(row?.before, null)
  assert.equal(row?.after.content_length, 0)
  assert.equal('content' in row.after, false)
})

test('content of every kind is returned as it was sent, and a title in one line', async () => {
  const title = ' "Ä" \\ \u2028 日本\r\n😀\t'
  const content = 'x\r\n\ty\ufeff\u0001'.repeat(1_000)
  const { id } = await createDocument({ title, content, content_type: 'text/plain' })
  const { body } = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.equal(body.title, '"Ä" \\ 日本 😀')
  assert.equal(body.content, content)
})

const refusedBodies: [body: unknown, details: RegExp][] = [
  [{}, /^The 'title' field is required$/],
  [{ title: 5 }, /^The 'title' field must be text\.$/],
  [{ title: null }, /^The 'title' field must be text\.$/],
  [{ title: ['a'] }, /^The 'title' field must be text\.$/],
  [{ title: '' }, /^The 'title' field must have 1 to 300 characters\.$/],
  [{ title: ' \n ' }, /^The 'title' field must be a title of 1 to 300 characters\.$/],
  [{ title: 'a'.repeat(301) }, /^The 'title' field must have 1 to 300 characters\.$/],
  [
    { title: 'a', status: 'draft', publish_at: '2026-02-30T00:00:00Z' },
    /^The 'publish_at' field is not valid: there is no 30 February 2026\.$/,
  ],
  [{ title: 'a', category: ' b' }, /^The 'category' field must be a name of 1 to 100 characters/],
  [{ title: 'a', category: 1 }, /^The 'category' field must be text or null\.$/],
  [{ title: 'a', status: 'gone' }, /^The 'status' field must be one of: draft, published, archived\.$/],
  [{ title: 'a', content: {} }, /^The 'content' field must be text or null\.$/],
  [{ title: 'a', content: 'a'.repeat(1_000_001) }, /^The 'content' field must have 0 to 1000000 characters/],
  [{ title: 'a', content_type: 'text/x' }, /^The 'content_type' field must be one of: text\/markdown/],
  [{ title: 'a', author_id: '1' }, /^The 'author_id' field must be a whole number or null\.$/],
  [{ title: 'a', author_id: 1.5 }, /^The 'author_id' field must be a whole number or null\.$/],
  [{ title: 'a', author_id: true }, /^The 'author_id' field must be a whole number or null\.$/],
  [{ title: 'a', author_id: 0 }, /^The 'author_id' field must be from 1 to 9007199254740991\.$/],
  [{ title: 'a', author_id: 99_999 }, /^The 'author_id' field names the user 99999, who does not exist\.$/],
  [{ title: 'a', published_at: '2030-01-01T00:00:00Z' }, /^The 'published_at' field is not known here/],
  [{ title: 'a', version: 5 }, /^The 'version' field is not known here/],
  [[], /^The request body must be an object\.$/],
]

test('a document is not created from a body that breaks a rule, and the field is named', async () => {
  const before = await server.call('GET', '/api/v1/documents', { key })
  for (const [json, details] of refusedBodies) {
    assertRefused(await server.call('POST', '/api/v1/documents', { key, json }), 400, details)
  }
  const after = await server.call('GET', '/api/v1/documents', { key })
  assert.deepEqual(after.body, before.body)
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('a patch changes what it names, moves the time and the version, and is audited without the content', async () => {
  const document = await createDocument({ content: 'first' })
  server.clock.advance(60_000)
  const json = { title: 'Other', content: 'the second text', author_id: author.id }
  const patched = await patch(document.id, json)
  assert.equal(patched.status, 200)
  const updated_at = new Date(server.clock.now()).toISOString().replace('.000', '')
  assert.deepEqual(patched.body, { ...document, ...json, updated_at, version: 2 })
  assert.deepEqual(await server.newEvents(), ['document.updated'])
  const [row] = await newAudit()
  assert.equal(row?.action, 'document.update')
  assert.equal(row?.before.title, 'A title')
  assert.equal(row?.after.title, 'Other')
  assert.equal(row?.after.content_length, 15)
  assert.doesNotMatch(JSON.stringify(row), /the second text/)
})

test('publishing sets the time and says so once; a change to a published document does not publish it again', async () => {
  const { id } = await createDocument()
  server.clock.advance(1_000)
  const published = await patch(id, { status: 'published' })
  const publishedAt = published.body.updated_at
  assert.equal(published.body.published_at, publishedAt)
  assert.deepEqual(await server.newEvents(), ['document.updated', 'document.published'])

  server.clock.advance(1_000)
  const changed = await patch(id, { status: 'published', title: 'Later' })
  assert.equal(changed.body.published_at, publishedAt)
  assert.deepEqual(await server.newEvents(), ['document.updated'])

  await patch(id, { status: 'archived' })
  assert.deepEqual(await server.newEvents(), ['document.updated'])
})

test('a patch that changes nothing leaves no trace', async () => {
  const document = await createDocument({ content: 'same' })
  server.clock.advance(5_000)
  const { title, category, status, content, content_type, author_id } = document
  const answer = await patch(document.id, { title, category, status, content, content_type, author_id })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.body, document)
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('a patch refuses an unknown field, a wrong type, an unknown author and an empty change', async () => {
  const { id } = await createDocument()
  for (const [json, details] of [
    [{ title: null }, /^The 'title' field must be text\.$/],
    [{ status: 'Published' }, /^The 'status' field must be one of/],
    [{ author_id: 99_999 }, /^The 'author_id' field names the user 99999, who does not exist\.$/],
    [{ published_at: null }, /^The 'published_at' field is not known here/],
    [{ deleted_at: '2026-01-01T00:00:00Z' }, /^The 'deleted_at' field is not known here/],
  ] as const) {
    assertRefused(await patch(id, json), 400, details)
  }
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
})

test('a deleted document is gone from reads, lists and totals, and stays in the table', async () => {
  const { id } = await createDocument({ category: 'doomed' })
  const path = `/api/v1/documents/${id}`
  assert.equal((await server.call('DELETE', path, { key })).status, 204)
  assert.deepEqual(await server.newEvents(), ['document.deleted'])
  const [row] = await newAudit()
  assert.equal(row?.action, 'document.delete')
  assert.equal(row?.after, null)

  const gone = new RegExp(`^There is no document with id ${id}\\.$`)
  assertRefused(await server.call('GET', path, { key }), 404, gone)
  assertRefused(await patch(id, { title: 'x' }), 404, gone)
  assertRefused(await server.call('DELETE', path, { key }), 404, gone)
  const { body } = await server.call('GET', '/api/v1/documents?category=doomed', { key })
  assert.equal(body.meta.total_count, 0)
  assert.deepEqual(await server.newEvents(), [])
  const kept = server.context.database.read.selectFrom('documents').select('deleted_at').where('id', '=', id)
  assert.notEqual((await kept.executeTakeFirst())?.deleted_at, null)
})
