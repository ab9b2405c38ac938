import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')

test('a created document is answered with its address, read back, listed and counted', async () => {
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
