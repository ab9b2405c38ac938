import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallOptions, type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const { secret: key } = await server.credential('read write')
const newAudit = auditTrail(server)

function batch(
  resource: string,
  items: Json[],
  { query = '', ...options }: CallOptions & { query?: string } = {},
) {
  return server.call('POST', `/api/v1/${resource}/batch${query}`, { key, json: { items }, ...options })
}

async function makeDocument(title: string): Promise<{ id: number; etag: string }> {
  const { body, headers } = await server.call('POST', '/api/v1/documents', { key, json: { title } })
  return { id: body.id, etag: headers.get('etag') ?? '' }
}

/** Forgets the events and audit rows of what a test set up. */
async function settle(): Promise<void> {
  await server.newEvents()
  await newAudit()
}

const user = (name: string, more: object = {}) => ({
  action: 'create',
  data: { username: name, email: `${name}@example.org`, password: 'correct horse', ...more },
})
const totalOf = async (path: string) =>
  (await server.call('GET', path, { key: admin })).body.meta.total_count as number

test('every item has its own result, in order, with the event and the audit row of the single call', async () => {
  const changed = await makeDocument('To change')
  const deleted = await makeDocument('To delete')
  await settle()
  const { status, body } = await batch('documents', [
    { action: 'create', data: { title: 'New', status: 'published', content: 'text' } },
    { action: 'update', id: changed.id, data: { title: 'Changed' }, if_match: changed.etag },
    { action: 'update', id: 999_999, data: { title: 'Nowhere' } },
    { action: 'delete', id: deleted.id, if_match: deleted.etag },
    { action: 'delete', id: deleted.id },
  ])
  assert.equal(status, 200)
  assert.deepEqual(
    body.data.map((result: Json) => result.status),
    [201, 200, 404, 204, 404],
  )
  assert.deepEqual(body.meta, { succeeded: 3, failed: 2 })
  const [made, patched, missing, gone] = body.data
  assert.deepEqual(Object.keys(made), ['status', 'id', 'etag', 'resource'])
  assert.deepEqual(made.resource, {
    id: made.id,
    title: 'New',
    category: 'general',
    status: 'published',
    created_at: '2026-01-15T08:30:00Z',
    updated_at: '2026-01-15T08:30:00Z',
    author_id: made.resource.author_id,
  })
  const read = await server.call('GET', `/api/v1/documents/${made.id}`, { key })
  assert.equal(read.headers.get('etag'), made.etag)
  assert.equal(read.body.content, 'text')
  assert.equal(patched.resource.title, 'Changed')
  assert.deepEqual(missing.error, {
    code: 'resource_not_found',
    message: 'The requested resource does not exist',
    details: 'There is no document with id 999999.',
  })
  assert.deepEqual(gone, { status: 204, id: deleted.id })
  assert.deepEqual(await server.newEvents(), [
    'document.created',
    'document.published',
    'document.updated',
    'document.deleted',
  ])
  assert.deepEqual(
    (await newAudit()).map(({ action, targetId }) => [action, targetId]),
    [
      ['document.create', made.id],
      ['document.update', changed.id],
      ['document.delete', deleted.id],
    ],
  )
})

test('a malformed item is refused with the sentence of the single call, which names its place', async () => {
  await settle()
  const { status, body } = await batch('users', [
    user('wellformed'),
    { action: 'create', data: { username: 'x', password: 'correct horse' } },
    { action: 'create', data: { ...user('y').data, email: 'no address' } },
    { action: 'create', data: { ...user('z').data, shoe_size: 44 } },
    { action: 'update', id: 1, data: { username: null } },
    { action: 'update', data: { status: 'active' } },
    { action: 'update', id: '1', data: { status: 'active' } },
    { action: 'delete', id: 1, data: {} },
    { action: 'replace', id: 1 },
    { action: 'constructor' },
    {},
  ])
  assert.equal(status, 200)
  assert.deepEqual(body.meta, { succeeded: 1, failed: 10 })
  const details = body.data.slice(1).map((result: Json) => {
    assert.equal(result.status, 400)
    assert.equal(result.error.code, 'invalid_request')
    return result.error.details
  })
  assert.equal(details[0], "The 'items.1.data.email' field is required")
  assert.match(details[1], /^The 'items\.2\.data\.email' field must be an email address/)
  assert.match(
    details[2],
    /^The 'items\.3\.data\.shoe_size' field is not known here; the fields are: username/,
  )
  assert.match(details[3], /^The 'items\.4\.data\.username' field must be text\.$/)
  assert.equal(details[4], "The 'items.5.id' field is required")
  assert.equal(details[5], "The 'items.6.id' field must be a whole number.")
  assert.match(
    details[6],
    /^The 'items\.7\.data' field is not known here; the fields are: action, id, if_match/,
  )
  assert.equal(details[7], "The 'items.8.action' field must be one of: create, update, delete.")
  assert.equal(details[8], "The 'items.9.action' field must be one of: create, update, delete.")
  assert.equal(details[9], "The 'items.10.action' field is required")
  assert.deepEqual(await server.newEvents(), ['user.created'])
})

test('a request that is no batch is refused as a whole', async () => {
  await settle()
  const many = Array.from({ length: 101 }, () => ({ action: 'delete', id: 1 }))
  for (const [json, details] of [
    [{}, /^The 'items' field is required$/],
    [{ items: [] }, /'items' field must have 1 to 100 entries/],
    [{ items: many }, /'items' field must have 1 to 100 entries/],
    [{ items: [7] }, /'items\.0' field must be an object/],
    [{ items: [{}], atomic: true }, /'atomic' field is not known here/],
  ] as const) {
    assertRefused(await server.call('POST', '/api/v1/documents/batch', { key, json }), 400, details)
  }
  const query = '?atomic=yes'
  assertRefused(await batch('documents', [{}], { query }), 400, /'atomic' query parameter must be one of/)
  assert.deepEqual(await server.newEvents(), [])
})

test('with atomic=true all items are done, or none, with the error of the first that fails', async () => {
  const { id } = await makeDocument('Stays')
  const before = await totalOf('/api/v1/documents')
  await settle()
  const query = '?atomic=true'
  const create = { action: 'create', data: { title: 'Atomic' } }
  const update = { action: 'update', id, data: { title: 'Moved' } }

  const missing = await batch('documents', [create, update, { action: 'delete', id: 999_999 }], { query })
  assertRefused(missing, 404, /^items\.2: There is no document with id 999999\.$/)
  const malformed = await batch('documents', [create, { action: 'create', data: {} }], { query })
  assertRefused(malformed, 400, /^The 'items\.1\.data\.title' field is required$/)
  const stale = await batch('documents', [create, { ...update, if_match: '"old"' }], { query })
  assert.equal(stale.status, 412)
  assert.equal(stale.body.error.code, 'precondition_failed')
  assert.match(stale.body.error.details, /^items\.1: /)
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
  assert.equal(await totalOf('/api/v1/documents'), before)
  assert.equal((await server.call('GET', `/api/v1/documents/${id}`, { key })).body.title, 'Stays')

  const all = await batch('documents', [create, update], { query })
  assert.deepEqual(all.body.meta, { succeeded: 2, failed: 0 })
  assert.deepEqual(await server.newEvents(), ['document.created', 'document.updated'])
  assert.equal(await totalOf('/api/v1/documents'), before + 1)
})

test('with atomic=true the error is that of the first item that fails, however early a later one is found to be wrong', async () => {
  const { id } = await makeDocument('Stays')
  await settle()
  const missing = { action: 'delete', id: 999_999 }
  const late = { action: 'create', data: { title: 'Late', publish_at: '2020-01-01T00:00:00Z' } }
  const malformed = { action: 'create', data: {} }
  const good = { action: 'update', id, data: { title: 'Moved' } }
  const headers = { 'idempotency-key': 'first-error' }
  for (const [items, status, details] of [
    [[missing, malformed], 404, /^items\.0: There is no document with id 999999\.$/],
    [[good, missing, late, malformed], 404, /^items\.1: There is no document/],
    [[good, late, missing, malformed], 400, /^items\.1: .*publish_at/],
    [[good, malformed, late], 400, /^The 'items\.1\.data\.title' field is required$/],
  ] as const)
    assertRefused(await batch('documents', [...items], { query: '?atomic=true', headers }), status, details)
  assert.deepEqual(await server.newEvents(), [])
  const done = await batch('documents', [good], { query: '?atomic=true', headers })
  assert.equal(done.status, 200, 'a refused batch leaves its key free')

  const taken = { action: 'update', id: 999_999, data: { status: 'suspended' } }
  const users = await batch('users', [taken, user('late', { role: 'nobody' })], { query: '?atomic=true' })
  assertRefused(users, 404, /^items\.0: There is no user with id 999999\.$/)
})

test('a username that is taken, also by an item before, is a conflict of that item alone', async () => {
  await settle()
  const before = await totalOf('/api/v1/users')
  const items = [
    user('twin'),
    user('twin', { email: 'other@example.org' }),
    user('single'),
    user('Twin', { email: 'twin@example.org' }),
  ]
  const { body } = await batch('users', items)
  assert.deepEqual(
    body.data.map((result: Json) => result.status),
    [201, 409, 201, 409],
  )
  assert.equal(body.data[1].error.details, "The 'username' is already taken by another user.")
  assert.equal(body.data[3].error.details, "The 'username' and the 'email' are already taken.")
  assert.equal(await totalOf('/api/v1/users'), before + 2)
  assert.deepEqual(await server.newEvents(), ['user.created', 'user.created'])

  const atomic = await batch('users', [user('fourth'), user('TWIN', { email: 'x@example.org' })], {
    query: '?atomic=true',
  })
  assertRefused(atomic, 409, /^items\.1: The 'username' is already taken by another user\.$/)
  assert.equal(await totalOf('/api/v1/users'), before + 2)
  assert.deepEqual(await server.newEvents(), [])
})

test('every item follows the rules of its single call', async () => {
  const root = (await batch('users', [user('root', { role: 'admin' })], { key: admin })).body.data[0]
  const plain = (await batch('users', [user('plain')])).body.data[0]
  assert.equal(root.resource.role, 'admin')
  await settle()
  const items = [
    user('pretender', { role: 'admin' }),
    { action: 'update', id: plain.id, data: { role: 'editor' } },
    { action: 'update', id: root.id, data: { password: 'taken over' } },
    { action: 'delete', id: root.id },
  ]
  const { body } = await batch('users', items)
  for (const result of body.data) {
    assert.equal(result.status, 403)
    assert.match(result.error.details, /needs the scope 'admin'/)
  }
  assert.deepEqual(await server.newEvents(), [])
  const last = await batch('users', [{ action: 'delete', id: root.id }], { key: admin })
  assert.equal(last.body.data[0].status, 409)
  assert.match(last.body.data[0].error.details, /last active administrator/)

  const reader = await server.credential('read')
  assertRefused(await batch('users', items, { key: reader.secret }), 403, /'users:write'/)
})

test('passwords are stored as hashes, and a changed one ends the sessions of its user', async () => {
  const { body } = await batch('users', [user('signer')])
  const signIn = (password: string) =>
    server.call('POST', '/api/v1/session', { json: { username: 'signer', password } })
  const session = await signIn('correct horse')
  assert.equal(session.status, 201)
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const { id } = body.data[0]
  const changed = await batch('users', [{ action: 'update', id, data: { password: 'battery staple' } }])
  assert.equal(changed.body.data[0].status, 200)
  assert.equal((await server.call('GET', '/api/v1/me', { headers: { cookie } })).status, 401)
  assert.equal((await signIn('battery staple')).status, 201)
})

test('a batch repeated under one idempotency key is done once, and gets the stored response', async () => {
  const before = await totalOf('/api/v1/documents')
  const items = [
    { action: 'create', data: { title: 'Once' } },
    { action: 'delete', id: 999_999 },
  ]
  const headers = { 'idempotency-key': 'batch-1' }
  const first = await batch('documents', items, { headers })
  await settle()
  const again = await batch('documents', items, { headers })
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  assert.deepEqual(again.body, first.body)
  assert.equal(await totalOf('/api/v1/documents'), before + 1)
  const other = await batch('documents', items.slice(0, 1), { headers })
  assert.equal(other.status, 422)
  assert.deepEqual(await server.newEvents(), [])
})

test('batches that change the same rows in opposite orders are all done', async () => {
  const made = await batch(
    'documents',
    Array.from({ length: 20 }, (_, i) => ({ action: 'create', data: { title: `Shared ${i}` } })),
  )
  const ids: number[] = made.body.data.map((result: Json) => result.id)
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, turn) =>
      batch(
        'documents',
        (turn % 2 === 0 ? ids : ids.toReversed()).map((id) => ({
          action: 'update',
          id,
          data: { title: `By ${turn}` },
        })),
        { query: turn < 4 ? '?atomic=true' : '' },
      ),
    ),
  )
  for (const { body, text } of answers) assert.deepEqual(body.meta, { succeeded: 20, failed: 0 }, text)
  const list = await server.call('GET', `/api/v1/documents?limit=100&q=by`, { key })
  const titles = new Set(list.body.data.map(({ title }: Json) => title))
  assert.equal(titles.size, 1, 'each batch took all rows before the next one')
})

test('batches that make the same users in opposite orders leave each user made once', async () => {
  const before = await totalOf('/api/v1/users')
  await settle()
  const items = Array.from({ length: 6 }, (_, i) => user(`raced${i}`))
  const answers = await Promise.all([batch('users', items), batch('users', items.toReversed())])
  const statuses = answers.flatMap(({ body }) => body.data.map((result: Json) => result.status)).sort()
  assert.deepEqual(statuses, [...Array(6).fill(201), ...Array(6).fill(409)])
  assert.equal(await totalOf('/api/v1/users'), before + 6)
  assert.deepEqual(await server.newEvents(), Array(6).fill('user.created'))
})

test('the OpenAPI document shows each kind of item with the schema of its single call', async () => {
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  const operation = body.paths['/api/v1/users/batch'].post
  assert.deepEqual(operation.requestBody.content['application/json'].schema, {
    $ref: '#/components/schemas/UserBatch',
  })
  const kinds = body.components.schemas.UserBatch.properties.items.items.oneOf
  assert.deepEqual(
    kinds.map((kind: Json) => [kind.properties.action.enum, kind.properties.data?.$ref]),
    [
      [['create'], '#/components/schemas/UserCreate'],
      [['update'], '#/components/schemas/UserUpdate'],
      [['delete'], undefined],
    ],
  )
  for (const status of [400, 401, 403, 404, 409, 412, 413, 415, 429]) assert.ok(operation.responses[status])
})
