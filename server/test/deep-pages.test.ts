import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'

/** Pages far from the beginning are walked to from the nearer end: they hold the same rows as the list read by cursor. */
const server = await startServer()
const { secret: key } = await server.credential('read write')

const batches = 21
const perBatch = 100
const deletedEvery = 50
for (let i = 0; i < batches; i++) {
  const items = Array.from({ length: perBatch }, (_, j) => ({
    action: 'create',
    data: { title: `${i}-${j}`, category: j % 3 === 0 ? 'rare' : 'common' },
  }))
  const { status } = await server.call('POST', '/api/v1/documents/batch', { key, json: { items } })
  assert.equal(status, 200)
  server.clock.advance(1_000)
}
for (let id = 1; id <= batches * perBatch; id += deletedEvery)
  assert.equal((await server.call('DELETE', `/api/v1/documents/${id}`, { key })).status, 204)

interface Page {
  data: { id: number }[]
  meta: { total_count: number; total_pages: number }
}

async function pageOf(query: string) {
  const { status, body, headers } = await server.call('GET', `/api/v1/documents?${query}`, { key })
  assert.equal(status, 200, query)
  const { data, meta } = body as Page
  return {
    ids: data.map(({ id }) => id),
    meta,
    next: /<([^>]*cursor=[^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1],
  }
}

for (const query of [
  'sort=created_at',
  'sort=-created_at',
  'sort=-updated_at',
  'category=common',
  'category=common&sort=-created_at',
]) {
  test(`every page of ${query} holds the rows that its cursor leads to`, async () => {
    server.clock.advance(60_000)
    const limit = 90
    const byCursor: number[] = []
    for (let path: string | undefined = `?${query}&limit=100`; path; ) {
      const { ids, next } = await pageOf(path.slice(path.indexOf('?') + 1))
      byCursor.push(...ids)
      path = next
    }
    const { meta } = await pageOf(`${query}&limit=${limit}`)
    assert.equal(meta.total_count, byCursor.length)
    for (let page = 1; page <= meta.total_pages + 2; page++) {
      const { ids, next } = await pageOf(`${query}&limit=${limit}&page=${page}`)
      assert.deepEqual(ids, byCursor.slice((page - 1) * limit, page * limit), `page ${page}`)
      assert.equal(next !== undefined, page < meta.total_pages, `page ${page} has another after it`)
    }
  })
}
