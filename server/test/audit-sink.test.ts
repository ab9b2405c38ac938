import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { chainAll } from './chaining.ts'
import { type Json, startServer, type TestServer } from './harness.ts'
import { until } from './until.ts'

/** What follows the audit log elsewhere. */

const folder = mkdtempSync(join(tmpdir(), 'comserv-sink-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'audit.ndjson')
const server = await startServer({
  env: { COMSERV_AUDIT_SINK: `file:${path}`, COMSERV_AUDIT_RETENTION_DAYS: '1' },
})
const { secret: key } = await server.credential('admin')

let made = 0
async function makeDocument(on: TestServer = server): Promise<void> {
  const { status } = await on.call('POST', '/api/v1/documents', {
    key,
    json: { title: `Followed ${++made}` },
  })
  assert.equal(status, 201)
  await chainAll(on)
}

const feed = (on: TestServer = server) => on.runTask('feed the audit sink')
const linesOf = (file: string): Json[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
const seqsOf = (lines: Json[]): number[] => lines.map(({ seq }) => seq)
const head = async (): Promise<Json> => (await server.call('GET', '/api/v1/audit-log/head', { key })).body
const metric = async (name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await server.call('GET', '/metrics', { key })).text)?.[1])

test('every chained row is appended once, with its place and its hash', async () => {
  await makeDocument()
  await feed()
  await makeDocument()
  await feed()
  await feed()
  const lines = linesOf(path)
  const { seq, hash } = await head()
  assert.deepEqual(
    seqsOf(lines),
    Array.from({ length: seq }, (_, i) => i + 1),
  )
  assert.equal(lines.at(-1).hash, hash)
  assert.equal(lines.at(-1).action, 'document.create')
  assert.equal(lines.at(-1).after.title, 'Followed 2')
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a file that was rotated away is left to its new name', async () => {
  renameSync(path, `${path}.1`)
  await makeDocument()
  await feed()
  const { seq } = await head()
  assert.deepEqual(seqsOf(linesOf(path)), [seq])
  assert.equal(linesOf(`${path}.1`).at(-1).seq, seq - 1)
})

test('half a line that a killed process left is cut off, and follows whole', async () => {
  const beside = await startServer({ beside: server })
  await server.context.auditSink?.close()
  appendFileSync(path, '{"seq":99,"half')
  await makeDocument()
  await feed(beside)
  const { seq } = await head()
  assert.deepEqual(seqsOf(linesOf(path)).slice(-2), [seq - 1, seq])
  await beside.stop()
})

test('one process feeds the sink at a time, and another goes on when the lease has ended', async () => {
  const beside = await startServer({ beside: server })
  await feed()
  await makeDocument()
  const before = linesOf(path).length
  await feed(beside)
  assert.equal(linesOf(path).length, before)
  server.clock.advance(31_000)
  await feed(beside)
  await feed()
  const { seq } = await head()
  assert.equal(linesOf(path).at(-1).seq, seq)
  assert.equal(new Set(seqsOf(linesOf(path))).size, linesOf(path).length)
  server.clock.advance(31_000)
  await beside.stop()
})

test('a sink that cannot be written waits longer and longer, shows its lag, and holds up no change', async () => {
  renameSync(path, `${path}.2`)
  mkdirSync(path)
  await makeDocument()
  const wait = async () => {
    await feed()
    return metric('comserv_audit_sink_failures')
  }
  assert.equal(await wait(), 1)
  assert.equal(await wait(), 1)
  server.clock.advance(1_000)
  assert.equal(await wait(), 2)
  server.clock.advance(1_000)
  assert.equal(await wait(), 2)
  await makeDocument()
  assert.equal(await metric('comserv_audit_sink_lag_rows'), 2)
  assert.ok(server.logged.some(({ msg }) => msg === 'the audit sink cannot be written'))
  rmSync(path, { recursive: true })
  server.clock.advance(60_000)
  assert.equal(await wait(), 0)
  const { seq } = await head()
  assert.deepEqual(seqsOf(linesOf(path)), [seq - 1, seq])
  assert.equal(await metric('comserv_audit_sink_lag_rows'), 0)
})

test('rows that the sink does not have yet are not pruned', async () => {
  const { seq } = await head()
  await makeDocument()
  server.clock.advance(2 * 86_400_000)
  await server.runTask('prune the audit log')
  assert.equal((await head()).anchor_seq, seq)
  await chainAll(server)
  await feed()
  await server.runTask('prune the audit log')
  assert.equal((await head()).anchor_seq, seq + 1)
})

/** A server of its own that follows to `target`, with two rows. */
async function following(target: string): Promise<TestServer> {
  const on = await startServer({ env: { COMSERV_AUDIT_SINK: target } })
  await on.credential('documents:write')
  await chainAll(on)
  await feed(on)
  return on
}

const messagePattern =
  /^<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+ comserv \d+ audit \[comserv@32473 seq="(\d+)" hash="[0-9a-f]{64}"\] \uFEFF(\{.*\})$/

test('syslog over UDP gets a message for each row', async () => {
  const receiver = createSocket('udp4')
  after(() => receiver.close())
  const messages: string[] = []
  receiver.on('message', (message) => void messages.push(message.toString()))
  receiver.bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  const on = await following(`syslog+udp://127.0.0.1:${receiver.address().port}`)
  await until('a message', () => messages[0])
  assert.match(messages[0] ?? '', messagePattern)
  await on.stop()
})

for (const kind of ['tcp', 'unix'] as const) {
  test(`syslog over ${kind} gets framed messages, and all of them again after the receiver was away`, async () => {
    const connections = new Set<Json>()
    let received = ''
    const receiver = createServer((socket) => {
      connections.add(socket)
      socket
        .on('error', () => {})
        .on('data', (data) => {
          received += data.toString()
        })
    })
    const socketPath = join(folder, 'log.sock')
    receiver.listen(kind === 'tcp' ? { host: '127.0.0.1', port: 0 } : { path: socketPath })
    await once(receiver, 'listening')
    const { port } = kind === 'tcp' ? (receiver.address() as AddressInfo) : { port: 0 }
    const on = await following(
      kind === 'tcp' ? `syslog+tcp://127.0.0.1:${port}` : `syslog+unix:${socketPath}`,
    )
    await until('a message', () => received || undefined)
    const [, length = '', rest = ''] = /^(\d+) (.*)$/s.exec(received) ?? []
    const first = Buffer.from(rest).subarray(0, Number(length)).toString()
    assert.equal(messagePattern.exec(first)?.[1], '1')

    for (const socket of connections) socket.destroy()
    receiver.close()
    await once(receiver, 'close')
    const { secret } = await on.credential('documents:write')
    await chainAll(on)
    // A connection that has just been closed may take one more write.
    await until('a failed write', async () => {
      await feed(on)
      return on.context.auditSink?.failures || undefined
    })
    receiver.listen(kind === 'tcp' ? { host: '127.0.0.1', port } : { path: socketPath })
    await once(receiver, 'listening')
    received = ''
    on.clock.advance(60_000)
    await on.call('POST', '/api/v1/documents', { key: secret, json: { title: 'After' } })
    await chainAll(on)
    await feed(on)
    await until('the new row', () => received.includes('document.create') || undefined)
    await on.stop()
    receiver.close()
  })
}
