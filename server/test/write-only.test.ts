import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Json, startServer } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } })
const { secret: key } = await server.credential('admin')
const { url } = await startReceiver()
const hidden = 'something confidential'

/** Each resource with a record that holds what nobody may learn by writing, and a change that changes nothing of it. */
const resources = {
  users: {
    scopes: 'users:write',
    reads: 'users:read',
    made: { username: 'hidden', email: 'hidden@example.org', password: hidden, profile: { bio: hidden } },
    other: { username: 'other', email: 'other@example.org', password: hidden },
    change: { profile: { first_name: 'New' } },
  },
  documents: {
    scopes: 'documents:write',
    reads: 'documents:read',
    made: { title: hidden, content: hidden },
    other: { title: 'Other' },
    change: { content_type: 'text/markdown' },
  },
  categories: {
    scopes: 'documents:write',
    reads: 'documents:read',
    made: { name: 'Hidden', description: hidden },
    other: { name: 'Other' },
    change: { position: 7 },
  },
  credentials: {
    scopes: 'credentials:write',
    reads: 'credentials:read',
    made: { name: hidden, scopes: ['credentials:write'] },
    other: { name: 'Other', scopes: ['credentials:write'] },
    change: { allowed_ips: ['127.0.0.0/8'] },
  },
  webhooks: {
    scopes: 'webhooks:write users:read',
    reads: 'webhooks:read',
    made: { url, events: ['user.created'], description: hidden },
    other: { url, events: ['user.created'] },
    change: { concurrency: 7 },
  },
} as const

function assertDoneUnseen({ status, text, headers }: Answer): string {
  assert.deepEqual([status, text], [204, ''], text)
  return headers.get('etag') ?? assert.fail('There is no ETag.')
}

function assertReplayedUnseen(replayed: Answer): void {
  assertDoneUnseen(replayed)
  assert.equal(replayed.headers.get('idempotency-replayed'), 'true')
}

for (const [plural, { scopes, reads, made, other, change }] of Object.entries(resources)) {
  const path = `/api/v1/${plural}`

  test(`who may write ${plural} and not read them changes them unseen`, async () => {
    const { secret: writer } = await server.credential(scopes)
    const { secret: reader } = await server.credential(`${scopes} ${reads}`)
    const created = await server.call('POST', path, { key, json: made })
    assert.equal(created.status, 201, created.text)
    const own = `${path}/${created.body.id}`
    for (const json of [change, change, {}]) {
      const tag = assertDoneUnseen(await server.call('PATCH', own, { key: writer, json }))
      const seen = await server.call('PATCH', own, { key: reader, json: {} })
      assert.equal(seen.status, 200, seen.text)
      assert.equal(seen.headers.get('etag'), tag, 'the tag is that of the new state')
    }
    const stale = await server.call('PATCH', own, {
      key: writer,
      json: change,
      headers: { 'if-match': '"old"' },
    })
    assertRefused(stale, 412, /If-Match/)
    assert.ok(!stale.text.includes(hidden))
  })

  test(`who creates one of ${plural} is shown what they sent, and nothing that is stored beside it`, async () => {
    const { secret: writer } = await server.credential(scopes)
    const created = await server.call('POST', path, { key: writer, json: other })
    assert.equal(created.status, 201, created.text)
    assert.ok(created.body.id > 0 && created.headers.get('etag'))
    if (plural === 'categories') assert.equal(created.body.document_count, 0)
  })
}

for (const plural of ['users', 'documents', 'categories'] as const) {
  const { scopes, reads } = resources[plural]
  const path = `/api/v1/${plural}`
  const json = {
    users: { username: 'restored', email: 'restored@example.org', password: hidden },
    documents: { title: 'Restored', content: hidden },
    categories: { name: 'Restored', description: hidden },
  }[plural]

  test(`who may not read ${plural} restores one unseen, also where a reader asked first, and sees no trash`, async () => {
    const credential = await server.credential(`${scopes} ${reads}`)
    const narrow = await server.token(credential, scopes)
    const { body } = await server.call('POST', path, { key, json })
    const own = `${path}/${body.id}`
    await server.call('DELETE', own, { key })
    const trash = await server.call('GET', `${path}/trash`, {
      headers: { authorization: `Bearer ${narrow}` },
    })
    assertRefused(trash, 403, new RegExp(`'${reads}'`))

    const headers = { 'idempotency-key': `restore-${plural}` }
    const shown = await server.call('POST', `${own}/restore`, { key: credential.secret, headers })
    assert.deepEqual([shown.status, shown.body.id], [200, body.id])
    const replayed = await server.call('POST', `${own}/restore`, {
      headers: { ...headers, authorization: `Bearer ${narrow}` },
    })
    assertReplayedUnseen(replayed)
    await server.call('DELETE', own, { key })
    const bare = { authorization: `Bearer ${narrow}` }
    assertDoneUnseen(await server.call('POST', `${own}/restore`, { headers: bare }))
  })

  test(`a batch of ${plural} shows an updated record to those who may read it`, async () => {
    const credential = await server.credential(`${scopes} ${reads}`)
    const narrow = await server.token(credential, scopes)
    const { data } = (await server.call('GET', path, { key })).body
    const items = [{ action: 'update', id: data[0].id, data: {} }]
    const headers = { 'idempotency-key': `batch-${plural}` }
    const call = (by: object) => server.call('POST', `${path}/batch`, { json: { items }, ...by })
    const [seen]: Json[] = (await call({ key: credential.secret, headers })).body.data
    assert.deepEqual([seen.status, seen.resource.id], [200, data[0].id])
    const authorization = `Bearer ${narrow}`
    const { body, text } = await call({ headers: { authorization } })
    assert.deepEqual(body.data, [{ status: 204, id: seen.id, etag: seen.etag }], text)
    assert.deepEqual(body.meta, { succeeded: 1, failed: 0 })
    const replayed = await call({ headers: { ...headers, authorization } })
    assert.deepEqual([replayed.status, replayed.body], [200, body], replayed.text)
  })
}

test('an earlier text of a document is restored unseen', async () => {
  const { body } = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'One', content: hidden },
  })
  const own = `/api/v1/documents/${body.id}`
  await server.call('PATCH', own, { key, json: { content: 'other' } })
  const { secret } = await server.credential('documents:write')
  assertDoneUnseen(await server.call('POST', `${own}/revisions/1/restore`, { key: secret }))
  assert.equal((await server.call('GET', own, { key })).body.content, hidden)
})

test('a new secret is shown to callers who may not read the rest, first and again, and nothing of the rest', async () => {
  for (const [plural, name, field] of [
    ['credentials', 'rotate', 'client_secret'],
    ['webhooks', 'rotate-secret', 'secret'],
  ] as const) {
    const { scopes, reads, made } = resources[plural]
    const credential = await server.credential(`${scopes} ${reads}`)
    const narrow = await server.token(credential, scopes)
    const { body } = await server.call('POST', `/api/v1/${plural}`, { key, json: made })
    const path = `/api/v1/${plural}/${body.id}/${name}`
    const call = (by: object, headers = {}) => server.call('POST', path, { json: {}, ...by, headers })
    const unseen = await call({ token: narrow })
    assert.deepEqual([unseen.status, Object.keys(unseen.body)], [201, ['id', field]], unseen.text)
    assert.equal(unseen.body.id, body.id)
    assert.equal(unseen.headers.get('location'), `/api/v1/${plural}/${body.id}`)
    assert.ok(unseen.headers.get('etag'))
    const once = { 'idempotency-key': `rotate-${plural}` }
    const seen = await call({ key: credential.secret }, once)
    assert.equal(seen.status, 200, seen.text)
    assert.ok(seen.text.includes(hidden))
    const again = await call({ token: narrow }, once)
    assert.deepEqual([again.status, again.body], [201, { id: body.id, [field]: seen.body[field] }])
    assert.equal((await call({ key: credential.secret }, once)).text, seen.text)
  }
})

test('a test, a resend and the end of a delivery show callers who may not read webhooks no more than what they did', async () => {
  const receiver = await startReceiver((response) =>
    response.writeHead(200, { 'x-says': hidden }).end(hidden),
  )
  const json = { url: receiver.url, events: ['user.created'], headers: { 'X-Hidden': hidden } }
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', { key, json })
  const credential = await server.credential('webhooks:write webhooks:read')
  const narrow = await server.token(credential, 'webhooks:write')
  const send = (path: string, by: object, headers = {}) =>
    server.call('POST', `/api/v1/${path}`, { ...by, headers })
  const once = { 'idempotency-key': 'test' }
  const whole = await send(`webhooks/${webhook.id}/test`, { key: credential.secret }, once)
  assert.ok(whole.text.includes('x-says') && whole.text.includes('X-Hidden'), whole.text)
  for (const part of [
    await send(`webhooks/${webhook.id}/test`, { token: narrow }, once),
    await send(`webhooks/${webhook.id}/test`, { token: narrow }),
  ]) {
    assert.deepEqual(
      [part.status, part.body.status, part.body.log[0].response.status],
      [200, 'delivered', 200],
    )
    for (const text of [hidden, 'x-says', 'X-Hidden']) assert.ok(!part.text.includes(text), part.text)
  }
  await server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { key, json: { status: 'paused' } })
  const resent = await send(`deliveries/${whole.body.id}/resend`, { token: narrow })
  assert.deepEqual([resent.status, Object.keys(resent.body)], [201, ['id']], resent.text)
  assert.equal(resent.headers.get('location'), `/api/v1/deliveries/${resent.body.id}`)
  assert.equal((await send(`deliveries/${resent.body.id}/cancel`, { token: narrow })).status, 204)
  const cancelled = await server.call('GET', `/api/v1/deliveries/${resent.body.id}`, { key })
  assert.equal(cancelled.body.status, 'discarded')
})
