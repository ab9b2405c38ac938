import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { answerOk, flood, startRawReceiver } from './raw-receiver.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const api = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key: admin, ...(json ? { json } : {}) })

async function hook(url: string, more: object = {}): Promise<{ id: number; end(): Promise<void> }> {
  const { body, text } = await api('POST', '/hooks', { url, actions: ['document.create'], ...more })
  assert.ok(body.id, text)
  return {
    id: body.id,
    async end() {
      assert.equal((await api('DELETE', `/hooks/${body.id}`)).status, 204)
    },
  }
}

const post = (title: string) => api('POST', '/documents', { title })

async function lastCall(): Promise<Json> {
  await server.runTask('write down calls of hooks')
  const { data } = (await api('GET', '/hook-calls?limit=1')).body
  return (await api('GET', `/hook-calls/${data[0].id}`)).body
}

const slow = 100
const patient = 5_000
const inside = 'http://127.0.0.1:1/'

/** What receivers do instead of a response that can be understood, and what the log calls it. */
const hostile: readonly [string, (socket: import('node:net').Socket) => void, string, number?][] = [
  ['never responds', () => {}, 'timeout', slow],
  ['closes the connection', (socket) => socket.destroy(), 'reset'],
  ['responds with 10 MB', (socket) => void bigResponse(socket), 'invalid_response'],
  ['responds byte by byte', (socket) => void drip(socket), 'invalid_response', slow],
  [
    'redirects to the inside',
    (socket) => respond(socket, '302 Found', '', `Location: ${inside}\r\n`),
    'status',
  ],
  ['is overloaded', (socket) => respond(socket, '503 Service Unavailable', '{"allow": true}'), 'status'],
  ['responds with HTML', (socket) => respond(socket, '200 OK', '<h1>allow: true</h1>'), 'invalid_response'],
  ['cuts the JSON off', (socket) => answerOk(socket, '{"allow": tr'), 'invalid_response'],
  ['nests too deep', (socket) => answerOk(socket, '['.repeat(50_000)), 'invalid_response'],
  ['says nothing', (socket) => answerOk(socket, '{}'), 'invalid_response'],
  ['says it in another way', (socket) => answerOk(socket, '{"allow": "yes"}'), 'invalid_response'],
  [
    'gives a list as input',
    (socket) => answerOk(socket, '{"allow": true, "input": [1]}'),
    'invalid_response',
  ],
  [
    'gives a NUL',
    (socket) => answerOk(socket, '{"allow": true, "input": {"title": "\\u0000"}}'),
    'invalid_response',
  ],
  [
    'gives a forbidden field',
    (socket) => answerOk(socket, '{"allow": true, "input": {"id": 1}}'),
    'invalid_input',
  ],
  ['speaks another protocol', (socket) => void socket.write('220 mail.example.org ESMTP\r\n'), 'protocol'],
]

function respond(socket: import('node:net').Socket, status: string, body: string, fields = ''): void {
  socket.write(`HTTP/1.1 ${status}\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function bigResponse(socket: import('node:net').Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n')
  flood(socket, 10_000_000)
}

function drip(socket: import('node:net').Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{')
  const timer = setInterval(() => socket.write(' '), 20)
  socket.on('close', () => clearInterval(timer))
}

for (const [what, behave, error, timeout_ms = patient] of hostile) {
  test(`a hook that ${what} decides nothing: the change is refused or made, as its administrator chose`, async () => {
    const receiver = await startRawReceiver((socket) => behave(socket))
    const closed = await hook(receiver.url, { timeout_ms })
    await server.newEvents()
    const refused = await post(what)
    assertRefused(refused, 503, /did not give a valid response/)
    assert.equal(refused.headers.get('retry-after'), '5')
    assert.deepEqual(await server.newEvents(), [])
    const call = await lastCall()
    assert.deepEqual([call.outcome, call.error, call.proceeded], ['failed', error, false])
    assert.ok((call.response_body ?? '').length <= 16_384)
    assert.equal((await api('PATCH', `/hooks/${closed.id}`, { on_failure: 'allow' })).status, 200)
    const made = await post(what)
    assert.deepEqual([made.status, made.body.title], [201, what])
    const open = await lastCall()
    assert.deepEqual([open.outcome, open.error, open.proceeded], ['failed', error, true])
    assert.equal((await api('GET', `/hooks/${closed.id}`)).body.health.consecutive_failures, 2)
    await closed.end()
    await receiver.stop()
  })
}

test('a refusal with markup and line breaks is one line of text, and no longer than a sentence', async () => {
  const receiver = await startReceiver()
  const asked = await hook(receiver.url, { timeout_ms: patient })
  receiver.answer((response) =>
    response.end(JSON.stringify({ refuse: `<b>No</b>\r\n\u202e${'x'.repeat(9_000)}` })),
  )
  const refused = await post('Marked up')
  assertRefused(refused, 400, /^<b>No<\/b> x+…$/)
  assert.equal(refused.body.error.details.length, 500)
  assert.match(refused.headers.get('content-type') ?? '', /^application\/json/)
  await asked.end()
})

test('the address of a hook is checked again at each call', async () => {
  const receiver = await startReceiver(200)
  const asked = await hook(receiver.url)
  await server.context.database.write(({ db }) =>
    db
      .updateTable('hooks')
      .set({ url: 'https://10.0.0.1/', version: 2 })
      .where('id', '=', asked.id)
      .execute(),
  )
  server.context.hooks.forget()
  assertRefused(await post('Inside'), 503, /./)
  assert.equal((await lastCall()).error, 'blocked')
  await asked.end()
})

test('after five failures a hook is not called for a while, then by one change alone', async () => {
  const receiver = await startReceiver(500)
  const asked = await hook(receiver.url, { timeout_ms: patient })
  for (let i = 0; i < 5; i++) assert.equal((await post('Fails')).status, 503)
  assert.equal((await post('Not called')).status, 503)
  assert.equal(receiver.received.length, 5)
  assert.equal((await lastCall()).error, 'circuit_open')
  const health = async () => (await api('GET', `/hooks/${asked.id}`)).body.health
  assert.deepEqual([(await health()).circuit, (await health()).state], ['open', 'failing'])
  server.clock.advance(31_000)
  const held: (() => void)[] = []
  receiver.answer((response) => void held.push(() => response.end('{"allow":true}')))
  const probe = post('Probe')
  await receiver.arrived(6)
  assert.equal((await post('Beside it')).status, 503)
  for (const release of held) release()
  assert.equal((await probe).status, 201)
  receiver.answer((response) => response.end('{"allow":true}'))
  assert.equal((await post('Again')).status, 201)
  await server.runTask('write down calls of hooks')
  assert.deepEqual([(await health()).circuit, (await health()).state], ['closed', 'healthy'])
  await asked.end()
})

test('a hook that does not respond holds up neither reads nor the changes of others', async () => {
  const receiver = await startReceiver()
  const held: (() => void)[] = []
  receiver.answer((response) => void held.push(() => response.end('{"allow":true}')))
  const asked = await hook(receiver.url, { timeout_ms: patient })
  const { secret: greedy } = await server.credential('documents:write')
  const many = Array.from({ length: 120 }, (_, i) =>
    server.call('POST', '/api/v1/documents', { key: greedy, json: { title: `Many ${i}` } }),
  )
  await receiver.arrived(8)
  const mine = post('Mine')
  // One caller has eight calls under way at most, so that the next is not theirs.
  await receiver.arrived(9)
  assert.equal(receiver.received.at(-1)?.body.input.title, 'Mine')
  assert.equal((await api('GET', '/documents?limit=1')).status, 200)
  assert.equal((await api('POST', '/categories', { name: 'not asked about', slug: 'not-asked' })).status, 201)
  receiver.answer((response) => response.end('{"allow":true}'))
  for (const release of held) release()
  assert.equal((await mine).status, 201)
  const statuses = (await Promise.all(many)).map(({ status }) => status)
  // Those beyond the hundred that may wait are refused at once.
  assert.ok(statuses.filter((status) => status === 201).length >= 100, String(statuses))
  assert.ok(
    statuses.every((status) => status === 201 || status === 503),
    String(statuses),
  )
  await asked.end()
})

test('hooks that are slow together take ten seconds of a change at most', async () => {
  const receiver = await startReceiver()
  receiver.answer(() => {})
  const hooks = [
    await hook(receiver.url, { timeout_ms: patient, on_failure: 'allow' }),
    await hook(receiver.url, { timeout_ms: patient, on_failure: 'allow' }),
    await hook(receiver.url, { timeout_ms: patient, on_failure: 'allow' }),
  ]
  assert.equal((await post('Slow')).status, 201)
  assert.ok(receiver.received.length <= 3)
  assert.ok(['too_late', 'timeout'].includes((await lastCall()).error))
  for (const one of hooks) await one.end()
})
