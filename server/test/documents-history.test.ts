import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Json, startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')

async function create(json: object): Promise<Json> {
  const { status, body, text } = await server.call('POST', '/api/v1/documents', { key, json })
  assert.equal(status, 201, text)
  return body
}

async function patch(id: number, json: object): Promise<Json> {
  const { status, body, text } = await server.call('PATCH', `/api/v1/documents/${id}`, { key, json })
  assert.equal(status, 200, text)
  return body
}

test('every version of a document can be listed, read and brought back as a new version', async () => {
  const { id } = await create({ title: 'One', content: 'first' })
  server.clock.advance(60_000)
  await patch(id, { title: 'Two', content: 'second' })
  await patch(id, { status: 'published' })
  await server.newEvents()

  const list = await server.call('GET', `/api/v1/documents/${id}/revisions?limit=2`, { key })
  assert.deepEqual(
    list.body.data.map((revision: Json) => [revision.version, revision.title, revision.status]),
    [
      [3, 'Two', 'published'],
      [2, 'Two', 'draft'],
    ],
  )
  assert.deepEqual(list.body.meta, { current_page: 1, total_pages: 2, total_count: 3 })
  const second = await server.call('GET', `/api/v1/documents/${id}/revisions?limit=2&page=2`, { key })
  assert.deepEqual(
    second.body.data.map((revision: Json) => revision.version),
    [1],
  )

  const first = await server.call('GET', `/api/v1/documents/${id}/revisions/1`, { key })
  assert.equal(first.body.content, 'first')
  assert.match(first.headers.get('etag') ?? '', /^"[^"]+"$/)
  const present = await server.call('GET', `/api/v1/documents/${id}/revisions/3`, { key })
  assert.equal(present.body.content, 'second')
  const missing = await server.call('GET', `/api/v1/documents/${id}/revisions/4`, { key })
  assert.equal(missing.status, 404)
  assert.equal(missing.body.error.details, `The document ${id} has no version 4.`)

  const restored = await server.call('POST', `/api/v1/documents/${id}/revisions/1/restore`, { key })
  assert.equal(restored.status, 200)
  assert.deepEqual(
    [restored.body.version, restored.body.title, restored.body.content, restored.body.status],
    [4, 'One', 'first', 'published'],
  )
  assert.deepEqual(await server.newEvents(), ['document.updated'])
})

test('a history is walked by cursor from version to version, also while new versions come', async () => {
  const { id } = await create({ title: 'Version 1' })
  for (let version = 2; version <= 7; version++) await patch(id, { title: `Version ${version}` })
  const seen: number[] = []
  let next: string | undefined = `/api/v1/documents/${id}/revisions?limit=3`
  for (let page = 1; next !== undefined; page++) {
    const { status, body, headers, text }: Answer = await server.call('GET', next, { key })
    assert.equal(status, 200, text)
    assert.equal(body.meta.current_page, page)
    assert.deepEqual(Object.keys(body.data[0]).includes('content'), false)
    seen.push(...body.data.map((revision: Json) => revision.version))
    next = /<([^>]+cursor=[^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    await patch(id, { title: `After page ${page}` })
  }
  assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1])

  const { headers } = await server.call('GET', '/api/v1/documents?limit=1', { key })
  const foreign = /cursor=([^>&]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  for (const query of [`cursor=${foreign}`, 'cursor=nonsense', 'sort=created_at']) {
    const answer = await server.call('GET', `/api/v1/documents/${id}/revisions?${query}`, { key })
    assertRefused(answer, 400, /^The '(cursor|sort)' query parameter/)
  }
  const past = await server.call('GET', `/api/v1/documents/${id}/revisions?page=9`, { key })
  assert.deepEqual([past.status, past.body.data], [200, []])
  await server.newEvents()
})

test('a draft with a time publishes itself when the time has come, once, also late', async () => {
  const at = new Date(server.clock.now() + 3_600_000).toISOString()
  const { id, publish_at } = await create({ title: 'Later', publish_at: at })
  assert.equal(publish_at, `${at.slice(0, 19)}Z`)
  await server.newEvents()

  await server.runTask('publish documents that are due')
  assert.deepEqual(await server.newEvents(), [])

  server.clock.advance(5 * 3_600_000)
  await Promise.all([1, 2, 3].map(() => server.runTask('publish documents that are due')))
  assert.deepEqual(await server.newEvents(), ['document.updated', 'document.published'])
  const { body } = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.deepEqual([body.status, body.publish_at, body.version], ['published', null, 2])
  assert.equal(body.published_at, body.updated_at)
})

test('publish_at is refused in the past and for other statuses, and is cleared when the draft is published manually', async () => {
  const soon = new Date(server.clock.now() + 3_600_000).toISOString()
  for (const json of [
    { title: 'x', publish_at: '2020-01-01T00:00:00Z' },
    { title: 'x', publish_at: soon, status: 'published' },
    { title: 'x', publish_at: 'tomorrow' },
  ]) {
    const { status, body } = await server.call('POST', '/api/v1/documents', { key, json })
    assert.equal(status, 400)
    assert.match(body.error.details, /publish_at/)
  }
  const { id } = await create({ title: 'By hand', publish_at: soon })
  const published = await patch(id, { status: 'published' })
  assert.equal(published.publish_at, null)
})

test('publish_at is the same instant, however it is written', async () => {
  const soon = new Date(Math.ceil(server.clock.now() / 1_000) * 1_000 + 3_600_000)
  const written = `${soon.toISOString().slice(0, 19)}Z`
  const elsewhere = `${new Date(soon.getTime() + 2 * 3_600_000).toISOString().slice(0, 19)}+02:00`
  const { id, version } = await create({ title: 'Elsewhere', publish_at: written })
  const same = await patch(id, { publish_at: elsewhere })
  assert.deepEqual([same.publish_at, same.version], [written, version])
  const renamed = await patch(id, { title: 'Renamed', publish_at: elsewhere })
  assert.deepEqual([renamed.publish_at, renamed.title, renamed.version], [written, 'Renamed', version + 1])
  await server.newEvents()
})

test('a deleted document is absent from reads, lists and totals until it is restored', async () => {
  const { id } = await create({ title: 'Trash me', category: 'trash' })
  await server.newEvents()
  assert.equal((await server.call('DELETE', `/api/v1/documents/${id}`, { key })).status, 204)
  assert.equal((await server.call('GET', `/api/v1/documents/${id}`, { key })).status, 404)
  assert.equal((await server.call('DELETE', `/api/v1/documents/${id}`, { key })).status, 404)
  const empty = await server.call('GET', '/api/v1/documents?category=trash', { key })
  assert.deepEqual(empty.body, { data: [], meta: { current_page: 1, total_pages: 0, total_count: 0 } })

  const restored = await server.call('POST', `/api/v1/documents/${id}/restore`, { key })
  assert.equal(restored.status, 200)
  assert.equal(restored.body.title, 'Trash me')
  assert.equal((await server.call('POST', `/api/v1/documents/${id}/restore`, { key })).status, 404)
  const full = await server.call('GET', '/api/v1/documents?category=trash', { key })
  assert.equal(full.body.meta.total_count, 1)
  assert.deepEqual(await server.newEvents(), ['document.deleted', 'document.updated'])
})
