import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { leftBehind } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const call = async (method: string, path: string, json?: unknown, headers?: Record<string, string>) =>
  server.call(method, `/api/v1/documents${path}`, {
    key,
    ...(json === undefined ? {} : { json }),
    ...(headers ? { headers } : {}),
  })

async function created(input: object): Promise<Json> {
  const { status, body } = await call('POST', '', { title: 'Report', ...input })
  assert.equal(status, 201)
  return body
}

test('a document has a summary, or none', async () => {
  const { id, summary } = await created({ summary: 'The year in short.' })
  assert.equal(summary, 'The year in short.')
  assert.equal((await created({})).summary, null)
  assert.equal((await created({ summary: null })).summary, null)
  assert.equal((await call('GET', `/${id}`)).body.summary, summary)
})

test('a summary has up to 500 characters of any script, and is stored composed', async () => {
  const long = '😀'.repeat(500)
  assert.equal((await created({ summary: long })).summary, long)
  assert.equal(
    (await created({ summary: 'Re\u0301sume\u0301\nof two lines' })).summary,
    'Résumé\nof two lines',
  )
  for (const summary of [`${long}x`, 5, ['text'], 'a\u0000b'])
    assertRefused(await call('POST', '', { title: 'Report', summary }), 400, /summary/)
})

test('a merge patch changes, keeps and removes a summary', async () => {
  const { id } = await created({ summary: 'First' })
  const patch = async (json: object) => (await call('PATCH', `/${id}`, json)).body
  assert.deepEqual([(await patch({ summary: 'Second' })).summary, (await patch({})).version], ['Second', 2])
  assert.equal((await patch({ title: 'Other' })).summary, 'Second')
  const { summary, version } = await patch({ summary: null })
  assert.deepEqual([summary, version], [null, 4])
})

test('a revision keeps the summary, and brings it back', async () => {
  const { id } = await created({ summary: 'First' })
  await call('PATCH', `/${id}`, { summary: 'Second' })
  assert.equal((await call('GET', `/${id}/revisions/2`)).body.summary, 'Second')
  assert.equal((await call('GET', `/${id}/revisions/1`)).body.summary, 'First')
  const restored = await call('POST', `/${id}/revisions/1/restore`)
  assert.deepEqual([restored.body.summary, restored.body.version], ['First', 3])
})

test('a summary goes through batches, the trash and exports', async () => {
  const { data } = (
    await call('POST', '/batch', {
      items: [{ action: 'create', data: { title: 'Batch', summary: 'Of one' } }],
    })
  ).body
  const { id } = data[0].resource
  assert.equal((await call('GET', `/${id}`)).body.summary, 'Of one')
  await call('DELETE', `/${id}`)
  assert.equal((await call('POST', `/${id}/restore`)).body.summary, 'Of one')
  const lines = (await call('GET', '/export')).text.trim().split('\n')
  const exported = lines.map((line) => JSON.parse(line)).find((one) => one.id === id)
  assert.equal(exported.summary, 'Of one')
  const csv = (await call('GET', '/export?format=csv')).text.split('\r\n')
  assert.match(csv[0] ?? '', /,summary,publish_refused$/)
  assert.ok(csv.some((line) => line.startsWith(`${id},Batch,`) && line.endsWith(',Of one,')))
})

test('lists and events do not carry the summary, and searches do not look at it', async () => {
  const left = leftBehind(server)
  await left()
  const { id } = await created({ summary: 'Unfindable words' })
  const { events, audit } = await left()
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.id, 'summary' in data]),
    [['document.created', id, false]],
  )
  assert.equal(audit[0]?.after.summary, 'Unfindable words')
  const { data } = (await call('GET', '?sort=-created_at&limit=1')).body
  assert.deepEqual([data[0].id, 'summary' in data[0]], [id, false])
  assert.equal((await call('GET', '?q=unfindable')).body.meta.total_count, 0)
})
