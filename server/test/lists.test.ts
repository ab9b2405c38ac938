import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const words = ['alpha', 'beta', 'Überblick', 'gamma.pdf', 'e-mail']

for (let i = 1; i <= 45; i++) {
  // Three documents a second: the id has to settle the order among them.
  if (i % 3 === 0) server.clock.advance(1_000)
  const json = {
    title: `Document ${i} ${words[i % 5]}`,
    category: `c${i % 2}`,
    status: i % 4 === 0 ? 'published' : 'draft',
  }
  const { status, text } = await server.call('POST', '/api/v1/documents', { key, json })
  assert.equal(status, 201, text)
}

/** Follows `rel="next"` to the end. */
async function walk(path: string): Promise<{ ids: number[]; pages: Json[] }> {
  const ids: number[] = []
  const pages: Json[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, body, headers, text } = await server.call('GET', next, { key })
    assert.equal(status, 200, text)
    ids.push(...body.data.map((row: Json) => row.id))
    pages.push(body.meta)
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    if (next) assert.match(next, /cursor=/)
  }
  return { ids, pages }
}

test('following the cursors visits every row once, in order, with true page numbers and totals', async () => {
  const { ids, pages } = await walk('/api/v1/documents?limit=7')
  assert.deepEqual(
    ids,
    Array.from({ length: 45 }, (_, i) => i + 1),
  )
  assert.deepEqual(
    pages.map((meta) => meta.current_page),
    [1, 2, 3, 4, 5, 6, 7],
  )
  assert.ok(pages.every((meta) => meta.total_count === 45 && meta.total_pages === 7))

  const backwards = await walk('/api/v1/documents?limit=10&sort=-created_at&category=c1')
  assert.deepEqual(backwards.ids, ids.filter((id) => id % 2 === 1).reverse())
})

test('a page reached by number and by cursor is the same page', async () => {
  const second = await server.call('GET', '/api/v1/documents?limit=10&page=2&sort=-updated_at', { key })
  const first = await server.call('GET', '/api/v1/documents?limit=10&sort=-updated_at', { key })
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const byCursor = await server.call('GET', next, { key })
  assert.deepEqual(byCursor.body, second.body)
  assert.match(
    second.headers.get('link') ?? '',
    /page=1>; rel="first".*page=1>; rel="prev".*page=5>; rel="last"/,
  )
})

test('a row written while a caller walks neither repeats nor hides another row', async () => {
  const first = await server.call('GET', '/api/v1/documents?limit=5&sort=-created_at', { key })
  server.clock.advance(1_000)
  await server.call('POST', '/api/v1/documents', { key, json: { title: 'newcomer', category: 'new' } })
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const second = await server.call('GET', next, { key })
  assert.deepEqual(
    second.body.data.map((row: Json) => row.id),
    [40, 39, 38, 37, 36],
  )
})

test('a search finds words in any case, the last one by its beginning, together with filters', async () => {
  const find = async (query: string) => (await server.call('GET', `/api/v1/documents?${query}`, { key })).body
  assert.equal((await find('q=ALPHA')).meta.total_count, 9)
  assert.equal((await find('q=alph')).meta.total_count, 9)
  assert.equal(
    (await find('q=documen+beta&category=c1')).meta.total_count,
    0,
    'only the last word matches by its beginning',
  )
  assert.equal((await find('q=document+bet&category=c1')).meta.total_count, 5)
  assert.equal((await find('q=gamma')).meta.total_count, 9)
  assert.equal((await find('q=pdf')).meta.total_count, 9)
  assert.equal((await find('q=mail')).meta.total_count, 9)
  assert.equal((await find('q=berblick')).meta.total_count, 0)
  assert.deepEqual((await find('q=nothing-like-this')).data, [])
  const { ids } = await walk('/api/v1/documents?q=beta&limit=2&sort=-created_at')
  assert.deepEqual(ids, [41, 36, 31, 26, 21, 16, 11, 6, 1])
})

test('a list refuses what it cannot honour and says why', async () => {
  const cursor = Buffer.from('["created_at",2,"x",1]').toString('base64url')
  const cases: [string, RegExp][] = [
    ['sort=title', /'sort' query parameter must be one of: created_at, -created_at, updated_at, -updated_at/],
    [`cursor=${cursor}&page=2`, /exclude each other/],
    [`cursor=${cursor}&sort=-created_at`, /belongs to a list sorted by created_at/],
    ['cursor=nonsense', /is not one that this API made/],
    ['cursor=', /'cursor' query parameter/],
    ['q=%21%21', /at least one letter or digit/],
    ['q=', /'q' query parameter/],
  ]
  for (const [query, details] of cases) {
    const { status, body } = await server.call('GET', `/api/v1/documents?${query}`, { key })
    assert.equal(status, 400, query)
    assert.match(body.error.details, details)
  }
})

test('a cursor of another list is refused', async () => {
  const { secret: admin } = await server.credential('admin')
  await server.call('GET', '/api/v1/audit-log?limit=1', { key: admin })
  const { headers } = await server.call('GET', '/api/v1/audit-log?limit=1', { key: admin })
  const foreign = /cursor=([^>&]+)/.exec(headers.get('link') ?? '')?.[1]
  assert.ok(foreign)
  for (const list of ['documents', 'users', 'credentials', 'documents/trash']) {
    const { status, body } = await server.call('GET', `/api/v1/${list}?cursor=${foreign}`, { key: admin })
    assert.equal(status, 400, list)
    assert.match(body.error.details, /is not one that this API made/)
  }
})
