import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const create = async (path: string, json: object) => {
  const { status, body, text } = await server.call('POST', `/api/v1/${path}`, { key, json })
  assert.equal(status, 201, text)
  return body
}
const patch = (path: string, json: unknown) => server.call('PATCH', `/api/v1/${path}`, { key, json })

const user = { username: 'anna', email: 'anna@example.org', password: 'a passphrase of anna' }
const made = {
  documents: await create('documents', { title: 'One' }),
  users: await create('users', user),
  credentials: await create('credentials', { name: 'One', scopes: ['read'] }),
  webhooks: await create('webhooks', { url: 'http://127.0.0.1:9/', events: ['user.created'] }),
}
await server.newEvents()

test('an empty merge patch changes nothing, and is no error', async () => {
  for (const [kind, { id }] of Object.entries(made)) {
    const before = await server.call('GET', `/api/v1/${kind}/${id}`, { key })
    const { status, body, headers } = await patch(`${kind}/${id}`, {})
    assert.equal(status, 200, kind)
    assert.deepEqual(body, before.body)
    assert.equal(headers.get('etag'), before.headers.get('etag'))
    const unsent = await server.call('PATCH', `/api/v1/${kind}/${id}`, { key })
    assert.equal(unsent.status, 400, `${kind} without a body`)
  }
  assert.deepEqual(await server.newEvents(), [])
})

/** What may be left out of a create, with a value that is not what a create gives. */
const clearable: [kind: keyof typeof made, fields: Record<string, unknown>][] = [
  ['documents', { category: 'reports', content: 'x', content_type: 'text/plain', status: 'archived' }],
  ['users', { role: 'editor', status: 'suspended' }],
  ['credentials', { tier: 'premium', expires_at: '2027-01-01T00:00:00Z', allowed_ips: ['10.0.0.1'] }],
  ['webhooks', { description: 'x', concurrency: 9, rate_limit_per_minute: 7, status: 'paused' }],
]

test('null in a merge patch puts a field back to what a create gives', async () => {
  for (const [kind, fields] of clearable) {
    const { id, ...fresh } = made[kind]
    assert.equal((await patch(`${kind}/${id}`, fields)).status, 200, kind)
    const nulls = Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
    const { status, body, text } = await patch(`${kind}/${id}`, nulls)
    assert.equal(status, 200, text)
    const now = Object.fromEntries(Object.keys(fields).map((name) => [name, body[name]]))
    const wanted = Object.fromEntries(Object.keys(fields).map((name) => [name, fresh[name]]))
    assert.deepEqual(now, wanted, kind)
  }
})

test('null in a create is the same as leaving the field out, alone and in a batch', async () => {
  const nothing = {
    category: null,
    status: null,
    content: null,
    content_type: null,
    author_id: null,
    publish_at: null,
  }
  const { id: _, ...plain } = made.documents
  const { id: __, ...single } = await create('documents', { title: 'One', ...nothing })
  assert.deepEqual(single, plain)
  const bert = { username: 'bert', email: 'bert@example.org', password: 'a passphrase of bert' }
  const created = await create('users', { ...bert, role: null, status: null, profile: null })
  assert.deepEqual([created.role, created.status], ['normal', 'active'])
  const items = [
    { action: 'create', data: { title: 'Two', ...nothing } },
    { action: 'update', id: made.documents.id, data: { category: null }, if_match: null },
    { action: 'update', id: made.documents.id, data: {} },
  ]
  const { body } = await server.call('POST', '/api/v1/documents/batch', { key, json: { items } })
  assert.deepEqual(body.meta, { succeeded: 3, failed: 0 })
  const url = 'http://127.0.0.1:9/'
  await create('webhooks', {
    url,
    events: ['user.created'],
    description: null,
    secret: null,
    headers: null,
    concurrency: null,
    rate_limit_per_minute: null,
    owner_id: null,
  })
  await create('credentials', {
    name: 'x',
    scopes: ['read'],
    tier: null,
    owner_id: null,
    expires_at: null,
    allowed_ips: null,
  })
})

test('null for what a create needs is refused', async () => {
  for (const [path, json] of [
    [`documents/${made.documents.id}`, { title: null }],
    [`users/${made.users.id}`, { email: null }],
    [`credentials/${made.credentials.id}`, { name: null }],
    [`webhooks/${made.webhooks.id}`, { url: null }],
  ] as const)
    assert.equal((await patch(path, json)).status, 400, path)
})

test('a deleted user whose name and address were taken comes back under others', async () => {
  const sam = { username: 'sam', email: 'sam@example.org', password: 'a passphrase of sam' }
  const { id } = await create('users', sam)
  await server.call('DELETE', `/api/v1/users/${id}`, { key })
  await create('users', sam)
  const restore = (json?: object) => server.call('POST', `/api/v1/users/${id}/restore`, { key, json })
  for (const json of [undefined, {}, { username: 'sam2' }, { email: 'sam2@example.org', username: null }])
    assert.equal((await restore(json)).status, 409)
  assert.equal((await restore({ username: 'no good' })).status, 400)
  const { status, body } = await restore({ username: 'sam2', email: 'sam2@example.org' })
  assert.deepEqual([status, body.id, body.username, body.email], [200, id, 'sam2', 'sam2@example.org'])
  const signIn = { username: 'sam2', password: sam.password }
  assert.equal((await server.call('POST', '/api/v1/session', { json: signIn })).status, 201)
})
