import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const categories = ['reports', 'Reports', 'policies & rules', '100% <ünïcode> 日本', 'none=x&status=draft']
const statuses = ['draft', 'published', 'archived']

const authors: number[] = []
for (const username of ['one', 'two']) {
  const json = { username, email: `${username}@example.org`, password: 'correct horse' }
  authors.push((await server.call('POST', '/api/v1/users', { key, json })).body.id)
}

const documents: Json[] = []
for (let i = 0; i < 60; i++) {
  const json = {
    title: `Number ${i}`,
    category: categories[i % 4],
    status: statuses[(i * i) % 3],
    author_id: authors[Math.floor(i / 4) % 2],
  }
  const {
    content: _,
    content_type,
    published_at,
    publish_at,
    version,
    summary,
    ...listed
  } = (await server.call('POST', '/api/v1/documents', { key, json })).body
  documents.push(listed)
}
await server.newEvents()

async function assertFiltersExact(): Promise<void> {
  for (const category of [undefined, ...categories]) {
    for (const status of [undefined, ...statuses]) {
      for (const author of [undefined, ...authors]) {
        const filter = new URLSearchParams({
          ...(category && { category }),
          ...(status && { status }),
          ...(author && { author_id: String(author) }),
        })
        const expected = documents.filter(
          (d) =>
            (!category || d.category === category) &&
            (!status || d.status === status) &&
            (!author || d.author_id === author),
        )
        const { body } = await server.call('GET', `/api/v1/documents?${filter}&limit=7`, { key })
        assert.deepEqual(
          body,
          {
            data: expected.slice(0, 7),
            meta: {
              current_page: 1,
              total_pages: Math.ceil(expected.length / 7),
              total_count: expected.length,
            },
          },
          String(filter),
        )
      }
    }
  }
}

test('every combination of category, status and author lists its documents in order, with their exact total', async () => {
  await assertFiltersExact()
  assert.deepEqual(await server.newEvents(), [])
})

test('totals follow a document through changes of category, status and author, and out on deletion', async () => {
  for (const [i, document] of documents.slice(0, 12).entries()) {
    const json = {
      category: categories[(i + 1) % 5],
      status: statuses[(i + 1) % 3],
      author_id: authors[i % 2],
    }
    const { body } = await server.call('PATCH', `/api/v1/documents/${document.id}`, { key, json })
    Object.assign(document, json, { updated_at: body.updated_at })
  }
  for (const document of documents.splice(20, 5)) {
    assert.equal((await server.call('DELETE', `/api/v1/documents/${document.id}`, { key })).status, 204)
  }
  const events = await server.newEvents()
  assert.deepEqual(
    events.filter((type) => type === 'document.deleted'),
    Array(5).fill('document.deleted'),
  )
  await assertFiltersExact()
})

test('writes at the same time leave exact totals', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      server.call('POST', '/api/v1/documents', {
        key,
        json: { title: `At once ${i}`, category: categories[i % 2], author_id: authors[0] },
      }),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  for (const { body } of answers.sort((a, b) => a.body.id - b.body.id)) {
    const { content: _, content_type, published_at, publish_at, version, summary, ...listed } = body
    documents.push(listed)
  }
  assert.deepEqual(await server.newEvents(), Array(40).fill('document.created'))
  await assertFiltersExact()
})

test('drafts that publish themselves can be listed, alone and with every other filter', async () => {
  const day = (n: number) => `2099-01-0${n}T09:00:00Z`
  const made: Json[] = []
  for (const n of [1, 2, 3]) {
    const json = { title: `Planned budget ${n}`, category: `plans${n % 2}`, publish_at: day(n) }
    made.push((await server.call('POST', '/api/v1/documents', { key, json })).body)
  }
  const ids = async (query: string) => {
    const { status, body, text } = await server.call('GET', `/api/v1/documents?scheduled=true${query}`, {
      key,
    })
    assert.equal(status, 200, text)
    assert.equal(body.meta.total_count, body.data.length)
    assert.ok(body.data.every((listed: Json) => !('publish_at' in listed)))
    return body.data.map(({ id }: Json) => id)
  }
  const [one, two, three] = made.map(({ id }) => id)
  assert.deepEqual(await ids(''), [one, two, three])
  assert.deepEqual(await ids('&sort=-created_at'), [three, two, one])
  assert.deepEqual(await ids('&category=plans1'), [one, three])
  assert.deepEqual(await ids('&status=draft&q=budget'), [one, two, three])
  assert.deepEqual(await ids('&status=published'), [])
  await server.call('PATCH', `/api/v1/documents/${one}`, { key, json: { publish_at: null } })
  await server.call('DELETE', `/api/v1/documents/${two}`, { key })
  assert.deepEqual(await ids(''), [three])
  assertRefused(
    await server.call('GET', '/api/v1/documents?scheduled=false', { key }),
    400,
    /^The 'scheduled' query parameter must be one of: true/,
  )
  assertRefused(
    await server.call('GET', '/api/v1/documents?scheduled=TRUE', { key }),
    400,
    /^The 'scheduled' query parameter must be true or false/,
  )
  for (const { id } of made) await server.call('DELETE', `/api/v1/documents/${id}`, { key })
  await server.newEvents()
})

test('a filter with an unknown value, or given twice, is refused', async () => {
  for (const [query, details] of [
    ['status=gone', /^The 'status' query parameter must be one of: draft, published, archived\.$/],
    ['category=', /^The 'category' query parameter must have 1 to 100 characters\.$/],
    ['category=a&category=b', /^The 'category' query parameter must be given once\.$/],
    ['category=a%00b', /^The 'category' field contains a NUL character/],
    ['author_id=abc', /^The 'author_id' query parameter must be a whole number\.$/],
    ['author_id=0', /^The 'author_id' query parameter must be from 1 to 9007199254740991\.$/],
    [
      'author=1',
      /^The 'author' query parameter is not known here; .*: page, limit, cursor, sort, category, status, author_id, scheduled, q/,
    ],
  ] as const) {
    assertRefused(await server.call('GET', `/api/v1/documents?${query}`, { key }), 400, details)
  }
  const unused = await server.call('GET', '/api/v1/documents?author_id=99999', { key })
  assert.deepEqual(unused.body.meta, { current_page: 1, total_pages: 0, total_count: 0 })
})
