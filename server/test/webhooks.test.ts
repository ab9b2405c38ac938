import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } })
const { secret: key, id: keyId } = await server.credential('admin')
const url = 'https://example.com/hooks'
const wanted = { url, events: ['document.created', 'user.updated'] }

test('a webhook is made, read, changed and deleted, and its secret shown once', async () => {
  const created = await server.call('POST', '/api/v1/webhooks', { key, json: wanted })
  assert.equal(created.status, 201, created.text)
  const { secret, ...webhook } = created.body
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const path = `/api/v1/webhooks/${webhook.id}`
  assert.equal(created.headers.get('location'), path)
  assert.deepEqual(webhook, {
    id: webhook.id,
    url,
    description: '',
    events: ['document.created', 'user.updated'],
    header_names: [],
    client_certificate: null,
    concurrency: 5,
    rate_limit_per_minute: null,
    include_previous: false,
    format: 'standard',
    ed25519: false,
    ordering: 'none',
    filter: null,
    transform: null,
    public_keys: [],
    rules: null,
    status: 'active',
    disabled_reason: null,
    owner_id: webhook.owner_id,
    credential_id: keyId,
    previous_secret_expires_at: null,
    health: {
      state: 'untested',
      consecutive_failures: 0,
      failing_since: null,
      last_success_at: null,
      last_failure_at: null,
      last_test_failed_at: null,
      circuit: 'closed',
      circuit_open_until: null,
      disables_at: null,
      needs_attention: false,
    },
    created_at: '2026-01-15T08:30:00Z',
    updated_at: '2026-01-15T08:30:00Z',
  })
  const read = await server.call('GET', path, { key })
  assert.deepEqual(read.body, webhook)
  assert.equal(read.headers.get('etag'), created.headers.get('etag'))

  server.clock.advance(1_000)
  const patched = await server.call('PATCH', path, {
    key,
    json: { status: 'paused', events: ['document.published'], headers: { 'X-Team': 'docs' } },
    headers: { 'if-match': read.headers.get('etag') ?? '' },
  })
  assert.equal(patched.status, 200, patched.text)
  assert.deepEqual(
    [patched.body.status, patched.body.events, patched.body.header_names],
    ['paused', ['document.published'], ['X-Team']],
  )
  const stale = await server.call('PATCH', path, {
    key,
    json: { status: 'active' },
    headers: { 'if-match': read.headers.get('etag') ?? '' },
  })
  assert.equal(stale.status, 412)
  const same = await server.call('PATCH', path, { key, json: { headers: { 'X-Team': 'docs' } } })
  assert.equal(same.headers.get('etag'), patched.headers.get('etag'), 'what changes nothing leaves no trace')

  assert.equal((await server.call('DELETE', path, { key })).status, 204)
  assert.equal((await server.call('GET', path, { key })).status, 404)
  assert.equal((await server.call('GET', `${path}/deliveries`, { key })).status, 404)
  assert.deepEqual(await server.newEvents(), [], 'a webhook is no event of its own')
})

test('the list has exact totals and pages', async () => {
  const { secret: own } = await server.credential('webhooks:write webhooks:read documents:read')
  for (let i = 0; i < 3; i++) {
    const json = { url: `${url}/${i}`, events: ['document.created'] }
    await server.call('POST', '/api/v1/webhooks', { key: own, json })
  }
  const { body, headers } = await server.call('GET', '/api/v1/webhooks?limit=2', { key })
  assert.deepEqual(
    body.data.map((webhook: Json) => webhook.url),
    [`${url}/2`, `${url}/1`],
  )
  assert.deepEqual(body.meta, { current_page: 1, total_pages: 2, total_count: 3 })
  assert.match(headers.get('link') ?? '', /rel="next"/)
})

test('a destination that is malformed, unencrypted or inside is refused at once, with the reason', async () => {
  const strict = await startServer({
    env: {
      COMSERV_WEBHOOK_ALLOWED_CIDRS: '',
      COMSERV_WEBHOOK_ALLOW_HTTP: '',
      COMSERV_PUBLIC_URL: 'https://comserv.example.org',
    },
  })
  const { secret: strictKey } = await strict.credential('admin')
  for (const refused of [
    'example.com/hooks',
    'http://example.com/hooks',
    'ftp://example.com/hooks',
    'https://user:password@example.com/hooks',
    'https://127.0.0.1/hooks',
    'https://2130706433/hooks',
    'https://[::1]/hooks',
    'https://169.254.169.254/latest/meta-data',
    'https://inside.example/hooks',
  ]) {
    const answer = await strict.call('POST', '/api/v1/webhooks', {
      key: strictKey,
      json: { ...wanted, url: refused },
    })
    assertRefused(answer, 400, /'url'/)
    assert.ok(!answer.text.includes('10.0.0.7'), 'what a name leads to inside is not told')
  }
  for (const fine of [url, 'https://unknown.example/hooks', 'https://93.184.215.14:8443/a?b=c']) {
    const json = { ...wanted, url: fine }
    const { status, text } = await strict.call('POST', '/api/v1/webhooks', { key: strictKey, json })
    assert.equal(status, 201, text)
  }
})

test('a destination is judged again at every send: what moved inside gets nothing', async () => {
  const receiver = await startReceiver()
  const json = { url: receiver.url.replace('127.0.0.1', 'moving.example'), events: ['document.created'] }
  const created = await server.call('POST', '/api/v1/webhooks', { key, json })
  assert.equal(created.status, 201, created.text)
  await server.context.database.write((trx) =>
    trx.db
      .updateTable('webhooks')
      .set({ url: receiver.url.replace('127.0.0.1', '127.0.0.2') })
      .where('id', '=', created.body.id)
      .execute(),
  )
  const tested = await server.call('POST', `/api/v1/webhooks/${created.body.id}/test`, { key })
  assert.deepEqual([tested.body.status, tested.body.log[0].error], ['failed', 'blocked'])
  assert.equal(receiver.received.length, 0)
})

test('what is malformed is refused with a sentence on what to do', async () => {
  for (const [json, details] of [
    [{ ...wanted, events: [] }, /events/],
    [{ ...wanted, events: ['ping'] }, /events/],
    [{ ...wanted, events: ['document.created', 'document.created'] }, /events/],
    [{ ...wanted, secret: 'short' }, /16/],
    [{ ...wanted, secret: 'whsec_not base64 at all' }, /secret/],
    [{ ...wanted, headers: { Host: 'example.org' } }, /'Host'/],
    [{ ...wanted, headers: { 'Webhook-Id': '1' } }, /'Webhook-Id'/],
    [{ ...wanted, headers: { 'X Y': '1' } }, /'X Y'/],
    [{ ...wanted, headers: { 'X-Y': 'a\r\nb: c' } }, /X-Y.*visible ASCII characters/],
    [{ ...wanted, headers: { 'X-Y': '1', 'x-y': '2' } }, /twice/],
    [{ ...wanted, concurrency: 0 }, /concurrency/],
    [{ ...wanted, rate_limit_per_minute: 0 }, /rate_limit_per_minute/],
    [{ ...wanted, owner_id: 4711 }, /4711/],
    [{ ...wanted, status: 'disabled' }, /status/],
  ] as const) {
    const answer = await server.call('POST', '/api/v1/webhooks', { key, json })
    assertRefused(answer, 400, details)
  }
})

test('header fields are merged by a patch, removed by null, and all of them by one null', async () => {
  const { body } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { ...wanted, headers: { 'X-One': '1', 'X-Two': '2' } },
  })
  const patch = async (headers: unknown) => {
    const path = `/api/v1/webhooks/${body.id}`
    const answer = await server.call('PATCH', path, { key, json: { headers } })
    return answer.body.header_names ?? answer.body.error.details
  }
  assert.deepEqual(await patch({ 'X-Three': '3' }), ['X-One', 'X-Two', 'X-Three'])
  assert.deepEqual(await patch({ 'x-two': null, 'X-Four': null }), ['X-One', 'X-Three'])
  const tagBefore = (await server.call('GET', `/api/v1/webhooks/${body.id}`, { key })).headers.get('etag')
  assert.deepEqual(await patch({ 'X-One': '1' }), ['X-One', 'X-Three'])
  const tagAfter = (await server.call('GET', `/api/v1/webhooks/${body.id}`, { key })).headers.get('etag')
  assert.equal(tagAfter, tagBefore, 'the same value is no change')
  assert.match(await patch({ 'X-A': '1', 'x-a': '2' }), /twice/)
  assert.deepEqual(await patch(null), [])
})

test('nobody subscribes to events that they could not read, or turns such a webhook to themselves', async () => {
  const { secret: blind } = await server.credential('webhooks:read webhooks:write users:read')
  const refused = await server.call('POST', '/api/v1/webhooks', { key: blind, json: wanted })
  assertRefused(refused, 403, /documents:read/)
  const { body } = await server.call('POST', '/api/v1/webhooks', { key, json: wanted })
  const path = `/api/v1/webhooks/${body.id}`
  for (const [method, at, json] of [
    ['PATCH', path, { url: 'https://example.com/mine' }],
    ['PATCH', path, { events: ['user.created'] }],
    ['POST', `${path}/rotate-secret`, {}],
    ['DELETE', path, undefined],
  ] as const) {
    const answer = await server.call(method, at, { key: blind, ...(json ? { json } : {}) })
    assertRefused(answer, 403, /documents:read/)
  }
})

test('a developer has webhooks of their own, and those of others are not there', async () => {
  const developer = await signedInAs(server, 'developer')
  const receiver = await startReceiver()
  const mine = await developer.call('POST', '/api/v1/webhooks', {
    json: { url: receiver.url, events: ['user.created'] },
  })
  assert.equal(mine.status, 201, mine.text)
  const { body: other } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { url: receiver.url, events: ['user.created'] },
  })
  const tested = await server.call('POST', `/api/v1/webhooks/${other.id}/test`, { key })
  for (const [method, path, json] of [
    ['GET', `/api/v1/webhooks/${other.id}`],
    ['PATCH', `/api/v1/webhooks/${other.id}`, { status: 'paused' }],
    ['DELETE', `/api/v1/webhooks/${other.id}`],
    ['POST', `/api/v1/webhooks/${other.id}/rotate-secret`, {}],
    ['POST', `/api/v1/webhooks/${other.id}/test`],
    ['POST', `/api/v1/webhooks/${other.id}/recover`, { since: '2026-01-01T00:00:00Z' }],
    ['GET', `/api/v1/webhooks/${other.id}/deliveries`],
    ['GET', `/api/v1/deliveries/${tested.body.id}`],
    ['POST', `/api/v1/deliveries/${tested.body.id}/resend`],
    ['POST', `/api/v1/deliveries/${tested.body.id}/cancel`],
  ] as const) {
    const answer = await developer.call(method, path, json ? { json } : {})
    assertRefused(answer, 404, /There is no (webhook|delivery)/)
  }
  const { body } = await developer.call('GET', '/api/v1/webhooks')
  assert.deepEqual(
    body.data.map(({ id }: Json) => id),
    [mine.body.id],
  )
  assert.equal(body.meta.total_count, 1)
  const given = await developer.call('PATCH', `/api/v1/webhooks/${mine.body.id}`, {
    json: { owner_id: other.owner_id },
  })
  assertRefused(given, 403, /admin/)
})

test('while an old secret goes on signing, receivers that know either accept', async () => {
  const receiver = await startReceiver()
  const { body } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { url: receiver.url, events: ['user.created'], secret: 'the-first-secret-of-mine' },
  })
  assert.equal(body.secret, 'the-first-secret-of-mine')
  const path = `/api/v1/webhooks/${body.id}`
  const rotated = await server.call('POST', `${path}/rotate-secret`, { key, json: { overlap_hours: 2 } })
  assert.equal(rotated.body.previous_secret_expires_at, '2026-01-15T10:30:01Z')
  const signatures = async () => {
    await server.call('POST', `${path}/test`, { key })
    return String(receiver.received.at(-1)?.headers['webhook-signature']).split(' ').length
  }
  assert.equal(await signatures(), 2)
  server.clock.advance(2 * 3_600_000)
  assert.equal(await signatures(), 1)
  assert.equal((await server.call('GET', path, { key })).body.previous_secret_expires_at, null)

  await server.call('POST', `${path}/rotate-secret`, { key, json: {} })
  const end = () => server.call('DELETE', `${path}/previous-secret`, { key })
  assert.deepEqual([(await end()).status, (await end()).status], [204, 204])
  assert.equal(await signatures(), 1)
  assert.equal((await server.call('GET', path, { key })).body.previous_secret_expires_at, null)
})

test('deliveries are filtered by status, type and time, with exact totals', async () => {
  const receiver = await startReceiver()
  const events = ['document.created', 'document.published']
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { url: receiver.url, events },
  })
  const publish = () =>
    server.call('POST', '/api/v1/documents', { key, json: { title: 'Listed', status: 'published' } })
  await publish()
  await server.deliver()
  server.clock.advance(60_000)
  const since = new Date(server.clock.now()).toISOString()
  await publish()
  const count = async (query: string) => {
    const path = `/api/v1/webhooks/${webhook.id}/deliveries?${query}`
    const { body, text } = await server.call('GET', path, { key })
    assert.equal(body?.meta?.total_count, body?.data?.length, text)
    return body.data.length
  }
  assert.equal(await count(''), 4)
  assert.equal(await count('status=delivered'), 2)
  assert.equal(await count('status=pending'), 2)
  assert.equal(await count('status=sending'), 0)
  assert.equal(await count('event_type=document.published'), 2)
  assert.equal(await count('event_type=document.published&status=delivered'), 1)
  assert.equal(await count(`since=${since}`), 2)
  assert.equal(await count(`since=${since}&status=delivered`), 0)
  assertRefused(
    await server.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries?status=leased`, { key }),
    400,
    /status/,
  )
})
