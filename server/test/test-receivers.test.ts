import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signatureHeaders } from '../src/sending/signature.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

/** Under an address that leads nowhere: what is sent to test receivers needs no way around, and no open network. */
const publicUrl = 'https://comserv.example.org'
const server = await startServer({
  clock: new TestClock('2026-01-15T08:30:00Z'),
  env: {
    COMSERV_PUBLIC_URL: publicUrl,
    COMSERV_WEBHOOK_ALLOW_HTTP: '',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '',
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '60',
    COMSERV_ALLOWED_HOSTS: '127.0.0.1',
    COMSERV_ERASE_WAIT_HOURS: '0',
  },
})
const { secret: key } = await server.credential('admin')

async function call(method: string, path: string, json?: object, by = key) {
  const answer = await server.call(method, `/api/v1${path}`, { key: by, ...(json ? { json } : {}) })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

async function receiverWith({ status = 200, headers = {} } = {}) {
  const receiver = await call('POST', '/test-receivers', { response_status: status })
  const events = ['document.created', 'user.created']
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events, headers })
  return { receiver, webhook, end: () => call('DELETE', `/test-receivers/${receiver.id}`) }
}

const post = (url: string, headers: Record<string, string>, body: string) =>
  fetch(url.replace(publicUrl, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

test('a test receiver shows a delivery, its headers and body, and that the signature verifies', async () => {
  const { receiver, webhook, end } = await receiverWith({ headers: { Authorization: 'Bearer of-mine' } })
  assert.match(receiver.url, /^https:\/\/comserv\.example\.org\/test-receiver\/[0-9A-Za-z]{32}$/)
  assert.deepEqual([receiver.received, receiver.expires_at], [0, '2026-01-16T08:30:00Z'])
  const document = await call('POST', '/documents', { title: 'Shown', category: 'reports' })
  await server.deliver()
  const [delivery] = (await call('GET', `/webhooks/${webhook.id}/deliveries`)).data
  assert.deepEqual([delivery.status, delivery.last_response_status], ['delivered', 200])
  const { requests, ...shown } = await call('GET', `/test-receivers/${receiver.id}`)
  assert.deepEqual([shown.received, shown.last_received_at], [1, '2026-01-15T08:30:00Z'])
  const [request] = requests
  assert.deepEqual([request.verified, request.problem, request.webhook_id], [true, null, webhook.id])
  assert.deepEqual([request.event_id, request.event_type], [delivery.event_id, 'document.created'])
  assert.equal(JSON.parse(request.body).data.id, document.id)
  assert.equal(request.headers['webhook-id'], delivery.message_id)
  assert.match(request.headers['webhook-signature'], /^v1,/)
  assert.equal(request.headers.Host, 'comserv.example.org', 'named as it was sent')
  assert.equal(request.headers.Authorization, '[hidden]', 'header fields of the owner stay hidden')
  await end()
})

test('a rotated secret verifies as well as the former one while both sign', async () => {
  const { receiver, webhook, end } = await receiverWith()
  await call('POST', `/webhooks/${webhook.id}/rotate-secret`, {})
  assert.equal((await call('POST', `/webhooks/${webhook.id}/test`)).status, 'delivered')
  const body = '{}'
  const signed = (secret: string) =>
    signatureHeaders({ id: 'evt_1_1', timestamp: server.clock.now() / 1_000, body }, [secret])
  assert.equal((await post(receiver.url, signed(webhook.secret), body)).status, 200)
  server.clock.advance(25 * 3_600_000 - 2 * 3_600_000)
  assert.equal((await post(receiver.url, signed(webhook.secret), body)).status, 200)
  await end()
})

test('what is not signed with the secret is refused and shown with the reason, and its body is not kept', async () => {
  const { receiver, webhook, end } = await receiverWith()
  const other = await call('POST', '/test-receivers')
  const body = '{"event":"forged"}'
  const atMs = server.clock.now()
  const signed = (secret: string, timestamp = atMs / 1_000) =>
    signatureHeaders({ id: 'evt_1_1', timestamp, body }, [secret])
  const wrong = 'another secret of mine'
  const cases: [string, string, Record<string, string>, string][] = [
    ['headers_missing', receiver.url, {}, body],
    ['headers_missing', receiver.url, { ...signed(webhook.secret), 'webhook-timestamp': 'now' }, body],
    ['signature', receiver.url, signed(wrong), body],
    ['signature', receiver.url, signed(webhook.secret), `${body} `],
    ['signature', receiver.url, { ...signed(webhook.secret), 'webhook-signature': 'v1,AAAA v2,BBBB' }, body],
    ['timestamp', receiver.url, signed(webhook.secret, atMs / 1_000 - 301), body],
    ['timestamp', receiver.url, signed(webhook.secret, atMs / 1_000 + 301), body],
    ['no_webhook', other.url, signed(webhook.secret), body],
  ]
  for (const [problem, url, headers, text] of cases) {
    const response = await post(url, headers, text)
    assert.deepEqual([response.status, ((await response.json()) as Json).problem], [401, problem])
    const { id } = url === other.url ? other : receiver
    const [request] = (await call('GET', `/test-receivers/${id}`)).requests
    assert.deepEqual([request.verified, request.problem, request.body], [false, problem, null])
  }
  await call('DELETE', `/test-receivers/${other.id}`)
  await end()
})

test('a receiver can fail on purpose, and the delivery is retried', async () => {
  const { receiver, webhook, end } = await receiverWith({ status: 503 })
  await call('POST', '/documents', { title: 'Refused' })
  await server.deliver()
  const [delivery] = (await call('GET', `/webhooks/${webhook.id}/deliveries`)).data
  assert.deepEqual([delivery.status, delivery.last_response_status], ['pending', 503])
  assert.equal((await call('GET', `/test-receivers/${receiver.id}`)).requests[0].verified, true)
  await end()
})

test('callers see their own receivers alone, and bodies of events that they may read', async () => {
  const { receiver, end } = await receiverWith()
  await call('POST', '/users', {
    username: 'shown',
    email: 'shown@example.org',
    password: 'correct horse battery',
  })
  await server.deliver()
  const { owner_id } = receiver
  const narrow = await server.credential('webhooks:read documents:read', { owner_id })
  const seen = await call('GET', `/test-receivers/${receiver.id}`, undefined, narrow.secret)
  assert.deepEqual([seen.requests[0].event_type, seen.requests[0].body], ['user.created', '[hidden]'])
  assert.doesNotMatch(JSON.stringify(seen), /shown@example/)
  const developer = await signedInAs(server, 'developer')
  const path = `/api/v1/test-receivers/${receiver.id}`
  assertRefused(await developer.call('GET', path), 404, /no test receiver/)
  assertRefused(await developer.call('DELETE', path), 404, /no test receiver/)
  assert.equal((await developer.call('GET', '/api/v1/test-receivers')).body.meta.total_count, 0)
  assert.equal((await call('GET', '/test-receivers')).data[0].id, receiver.id)
  await end()
})

test('what a receiver holds of an erased person cannot be read any more', async () => {
  const { receiver, end } = await receiverWith()
  const person = { username: 'leaving', email: 'leaving@example.org', password: 'correct horse battery' }
  const { id } = await call('POST', '/users', person)
  await server.deliver()
  const before = await call('GET', `/test-receivers/${receiver.id}`)
  assert.match(before.requests[0].body, /leaving@example/)
  const rows = await server.context.database.read.selectFrom('test_receipts').selectAll().execute()
  assert.doesNotMatch(JSON.stringify(rows), /leaving@example/, 'it is sealed in the table')
  await call('POST', `/users/${id}/erase`, { username: person.username })
  await server.runTask('erase people')
  const [request] = (await call('GET', `/test-receivers/${receiver.id}`)).requests.filter(
    ({ event_type }: { event_type: string }) => event_type === 'user.created',
  )
  assert.deepEqual([request.verified, request.body], [true, null])
  await end()
})

test('receivers are bounded in number, requests, size and time, and are found by their token alone', async () => {
  const made = []
  for (let i = 0; i < 5; i++) made.push(await call('POST', '/test-receivers'))
  const refused = await server.call('POST', '/api/v1/test-receivers', { key })
  assertRefused(refused, 409, /5 test receivers; delete one/)
  const [first] = made
  const statuses = []
  for (let i = 0; i < 62; i++) statuses.push((await post(first.url, {}, '{}')).status)
  assert.deepEqual([statuses.filter((status) => status === 401).length, statuses.at(-1)], [60, 429])
  const { received, requests } = await call('GET', `/test-receivers/${first.id}`)
  assert.deepEqual([received, requests.length], [60, 20])
  assert.equal((await post(made[1].url, {}, 'x'.repeat(256 * 1024 + 1))).status, 413)
  for (const token of ['0', 'x'.repeat(32), first.url.slice(-32).toLowerCase(), `${first.url.slice(-32)}0`])
    assert.equal((await post(`${publicUrl}/test-receiver/${token}`, {}, '{}')).status, 404, token)
  server.clock.advance(24 * 3_600_000)
  assert.equal((await post(made[1].url, {}, '{}')).status, 404)
  assertRefused(
    await server.call('GET', `/api/v1/test-receivers/${first.id}`, { key }),
    404,
    /no test receiver/,
  )
  assert.equal((await call('GET', '/test-receivers')).meta.total_count, 0)
  await server.runTask('remove test receivers')
  for (const table of ['test_receivers', 'test_receipts'] as const)
    assert.deepEqual(await server.context.database.read.selectFrom(table).selectAll().execute(), [], table)
})

test('nothing else of the server is open to webhooks: the URL is the whole address of a receiver', async () => {
  const { url, id } = await call('POST', '/test-receivers')
  for (const wrong of [
    `${url}/../../api/v1/users`,
    `${url}?x=1`,
    `${url}#x`,
    `${url.slice(0, -1)}`,
    `http://127.0.0.1:${new URL(server.url).port}${new URL(url).pathname}`,
    `${server.url}/api/v1/users`,
  ]) {
    const answer = await server.call('POST', '/api/v1/webhooks', {
      key,
      json: { url: wrong, events: ['document.created'] },
    })
    // A name that nobody knows may be known later, and gets nothing now.
    if (answer.status === 201) {
      const delivery = await call('POST', `/webhooks/${answer.body.id}/test`)
      assert.deepEqual([delivery.status, delivery.last_response_status], ['failed', null], wrong)
    } else assertRefused(answer, 400, /'url'/)
  }
  assert.equal((await call('GET', `/test-receivers/${id}`)).received, 0)
})

test('a delivery to a test receiver that was deleted says so, and is not repeated', async () => {
  for (const status of [200, 404]) {
    const { receiver, webhook, end } = await receiverWith({ status })
    await call('POST', '/documents', { title: 'Before' })
    await server.deliver()
    const deliveries = async () => (await call('GET', `/webhooks/${webhook.id}/deliveries`)).data
    const [before] = await deliveries()
    assert.deepEqual(
      [before.last_response_status, before.last_error],
      [status, null],
      'as it was told to respond',
    )
    await end()
    assert.equal((await server.call('GET', `/api/v1/test-receivers/${receiver.id}`, { key })).status, 404)
    await call('POST', '/documents', { title: 'After' })
    await server.deliver()
    const [after] = await deliveries()
    assert.deepEqual(
      [after.status, after.attempts, after.last_error, after.last_response_status],
      ['failed', 1, 'test_receiver_deleted', null],
    )
    const { status: now, disabled_reason } = await call('GET', `/webhooks/${webhook.id}`)
    assert.deepEqual([now, disabled_reason], ['disabled', 'gone'])
    const test = await call('POST', `/webhooks/${webhook.id}/test`)
    assert.equal(test.last_error, 'test_receiver_deleted')
    const byHand = await post(receiver.url, {}, '{}')
    assert.equal(byHand.status, 404)
    assert.match(await byHand.text(), /This test receiver was deleted/)
    await call('DELETE', `/webhooks/${webhook.id}`)
  }
})
