import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')

test('a call that takes no body refuses fields, and takes an empty body in any form', async () => {
  const { body } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'x' } })
  const restore = `/api/v1/documents/${body.id}/restore`
  await server.call('DELETE', `/api/v1/documents/${body.id}`, { key })
  const refused = await server.call('POST', restore, { key, json: { force: true } })
  assert.equal(refused.status, 400)
  assert.equal(refused.body.error.details, 'This call takes no body.')

  for (const sent of [{ json: {} }, { body: '', headers: { 'content-type': 'application/json' } }, {}]) {
    const { status, text } = await server.call('POST', restore, { key, ...sent })
    assert.equal(status, 200, text)
    await server.call('DELETE', `/api/v1/documents/${body.id}`, { key })
  }
})

test('a body of which every field may be left out may be left out itself', async () => {
  const { secret: admin } = await server.credential('admin')
  const { id } = await server.credential('read')
  const rotate = `/api/v1/credentials/${id}/rotate`
  const emptyJson = { body: '', headers: { 'content-type': 'application/json' } }
  for (const sent of [{}, emptyJson, { json: {} }]) {
    const { status, text } = await server.call('POST', rotate, { key: admin, ...sent })
    assert.equal(status, 200, text)
  }
  for (const json of [null, [], 'x']) {
    const { status, body } = await server.call('POST', rotate, { key: admin, json })
    assert.equal(status, 400, JSON.stringify(body))
  }
  for (const [method, path] of [
    ['POST', '/api/v1/documents'],
    ['PATCH', `/api/v1/credentials/${id}`],
  ] as const) {
    assert.equal((await server.call(method, path, { key: admin })).status, 400)
    assert.equal((await server.call(method, path, { key: admin, ...emptyJson })).status, 400)
  }
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  const isRequired = (path: string) => body.paths[path].post.requestBody.required
  assert.equal(isRequired('/api/v1/credentials/{id}/rotate'), false)
  assert.equal(isRequired('/api/v1/documents'), true)
  assert.equal(isRequired('/api/v1/oauth/token'), true)
})
