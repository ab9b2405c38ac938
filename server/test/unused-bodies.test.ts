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
