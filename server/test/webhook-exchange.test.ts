import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createExchange } from '../src/sending/exchange.ts'
import { answered, body, exchangeWith, guard, reasonOf } from './exchanges.ts'
import { answerOk, flood, startRawReceiver } from './raw-receiver.ts'
import { until } from './until.ts'

const patient = exchangeWith(guard, 20_000)
const hasty = exchangeWith(guard, 600)

test('a request has its exact length and type, and nobody may set them otherwise', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  const headers = {
    'webhook-id': 'evt_1',
    'x-webhook-signature': '5ec9e7',
    'x-own': '1',
    'Content-Type': 'text/plain',
    'CONTENT-LENGTH': '1',
    Host: 'elsewhere.example',
    'Accept-Encoding': 'gzip',
  }
  const outcome = await patient.post(`${receiver.url}?key=a%20b`, headers, body)
  assert.equal(answered(outcome).body, 'ok')
  const sent = receiver.requests[0] ?? ''
  const [head = '', ...rest] = sent.split('\r\n\r\n')
  const [start, ...lines] = head.split('\r\n')
  assert.equal(start, 'POST /hook?key=a%20b HTTP/1.1')
  assert.deepEqual(
    lines.sort(),
    [
      'Accept-Encoding: identity',
      'Connection: keep-alive',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Content-Type: application/json',
      `Host: 127.0.0.1:${receiver.port}`,
      'X-Webhook-Signature: 5ec9e7',
      'x-own: 1',
      'webhook-id: evt_1',
    ].sort(),
  )
  assert.equal(Buffer.from(rest.join(''), 'latin1').toString('utf8'), body)
})

test('a request has the type that its body is of', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  const how = { contentType: 'application/cloudevents+json' }
  await patient.post(receiver.url, { 'content-type': 'text/plain' }, body, how)
  assert.match(receiver.requests[0] ?? '', /\r\nContent-Type: application\/cloudevents\+json\r\n/)
  assert.ok(!receiver.requests[0]?.includes('text/plain'))
})

test('every status is an answer, and a redirect is not followed', async () => {
  const other = await startRawReceiver((socket) => answerOk(socket))
  for (const status of [200, 204, 299, 301, 302, 303, 307, 308, 400, 410, 429, 500, 503, 999]) {
    const receiver = await startRawReceiver((socket) =>
      socket.write(`HTTP/1.1 ${status} X\r\nLocation: ${other.url}\r\nContent-Length: 0\r\n\r\n`),
    )
    const outcome = answered(await patient.post(receiver.url, {}, body))
    assert.equal(outcome.status, status)
    assert.equal(outcome.headers.location, other.url)
    assert.deepEqual([outcome.body, outcome.bodyTruncated], ['', false])
  }
  assert.equal(other.sockets.length, 0)
})

test('answers on the way are passed over, and an endless row of them is no answer', async () => {
  const polite = await startRawReceiver((socket) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
    answerOk(socket)
  })
  assert.equal(answered(await patient.post(polite.url, {}, body)).status, 200)
  const endless = await startRawReceiver((socket) =>
    socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)),
  )
  assert.equal(reasonOf(await patient.post(endless.url, {}, body)), 'protocol')
})

test('a receiver that falls silent has no more time than any other, and its status counts if it sent one', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'
  const silences: Record<string, [expected: string, silence: (socket: Socket) => void]> = {
    'never reads': ['timeout', (socket) => socket.pause()],
    'after the request': ['timeout', () => {}],
    'within the status line': ['timeout', (socket) => socket.write('HTTP/1.1 20')],
    'after an interim response': ['timeout', (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
    'within the head': ['answered 200', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    'after the head': ['answered 200', (socket) => socket.write(head)],
    'within the body': ['answered 200', (socket) => socket.write(`${head}part`)],
  }
  for (const [name, [expected, silence]] of Object.entries(silences)) {
    const receiver = await startRawReceiver(silence, name === 'never reads' ? silence : undefined)
    const outcome = await hasty.post(receiver.url, {}, body)
    assert.equal(reasonOf(outcome), expected, name)
    assert.ok(outcome.durationMs >= 590 && Number.isInteger(outcome.durationMs), name)
    if (name === 'never reads') continue // and so it never learns that the connection ended
    await until('the connection to be dropped', () => receiver.sockets[0]?.destroyed || undefined)
  }
})

test('a receiver that drips its answer has no more time than any other', async () => {
  const receiver = await startRawReceiver((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const drip = setInterval(() => socket.write('1\r\na\r\n'), 20)
    socket.on('close', () => clearInterval(drip))
  })
  const outcome = answered(await hasty.post(receiver.url, {}, body))
  assert.deepEqual([outcome.status, outcome.bodyTruncated], [200, true])
  assert.match(outcome.body, /^a+$/)
  assert.ok(outcome.durationMs < 2_000)
})

test('of 100 MB no more is read than is kept, and the connection is dropped', async () => {
  let flooded = { written: 0 }
  const receiver = await startRawReceiver((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n')
    flooded = flood(socket, 104_857_600)
  })
  const outcome = answered(await patient.post(receiver.url, {}, body))
  assert.deepEqual([outcome.status, outcome.bodyTruncated], [200, true])
  assert.equal(outcome.body, '\ufffd'.repeat(16_384))
  await until('the connection to be dropped', () => receiver.sockets[0]?.destroyed || undefined)
  assert.ok(flooded.written < 30_000_000, `${flooded.written} bytes were taken`)
})

test('an answer is kept up to 16 KiB and never through the middle of a character', async () => {
  for (const [text, kept, isTruncated] of [
    ['a'.repeat(16_384), 'a'.repeat(16_384), false],
    ['a'.repeat(16_385), 'a'.repeat(16_384), true],
    [`${'a'.repeat(16_383)}é`, 'a'.repeat(16_383), true],
    ['東'.repeat(6_000), '東'.repeat(5_461), true],
  ] as const) {
    const receiver = await startRawReceiver((socket) => answerOk(socket, text))
    const outcome = answered(await patient.post(receiver.url, {}, body))
    assert.equal(outcome.bodyTruncated, isTruncated)
    assert.equal(outcome.body, kept)
  }
})

test('an answer that is compressed though nobody asked is never unpacked', async () => {
  for (const bomb of [gzipSync(Buffer.alloc(1_000_000)), gzipSync(Buffer.alloc(50_000_000))]) {
    const receiver = await startRawReceiver((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`)
      socket.write(bomb)
    })
    const outcome = answered(await patient.post(receiver.url, {}, body))
    assert.equal(outcome.headers['content-encoding'], 'gzip')
    assert.equal(outcome.bodyTruncated, bomb.length > 16_384)
    assert.ok(outcome.body.length <= 16_384)
  }
})

test('whatever bytes come back, they are text that a database stores', async () => {
  const receiver = await startRawReceiver((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX-Bytes: \xff\xfe \xe9\tz\r\nX-Twice: a\r\n', 'latin1')
    socket.write('x-twice: b\r\n__proto__: c\r\nContent-Length: 6\r\n\r\n')
    socket.write(Buffer.from([0x61, 0x00, 0xff, 0xc3, 0x62, 0x00]))
  })
  const { headers, body: text } = answered(await patient.post(receiver.url, {}, body))
  assert.equal(text, 'a\ufffd\ufffd\ufffdb\ufffd')
  assert.equal(headers['x-bytes'], '\xff\xfe \xe9\tz')
  assert.equal(headers['x-twice'], 'a, b')
  assert.equal(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'c')
  assert.ok(JSON.stringify(headers).isWellFormed())
})

test('the headers of an answer are bounded in number and in size', async () => {
  const many = await startRawReceiver((socket) => {
    const lines = Array.from({ length: 500 }, (_, i) => `x-${i}: ${i}\r\n`).join('')
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${lines}\r\n`)
  })
  assert.equal(Object.keys(answered(await patient.post(many.url, {}, body)).headers).length, 100)
  for (const huge of [`X-Huge: ${'a'.repeat(20_000)}`, `X: ${'a'.repeat(500)}\r\n`.repeat(40).trimEnd()]) {
    const receiver = await startRawReceiver((socket) => socket.write(`HTTP/1.1 200 OK\r\n${huge}\r\n\r\n`))
    const { status, headers } = answered(await patient.post(receiver.url, {}, body))
    assert.equal(status, 200)
    assert.ok(JSON.stringify(headers).length < 33_000)
  }
})

test('what is not HTTP is told apart from a connection that breaks off', async () => {
  for (const [reason, answer] of [
    ['protocol', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n')],
    ['protocol', (socket: Socket) => socket.write('HTTP/1.1 20 OK\r\n\r\n')],
    ['protocol', (socket: Socket) => socket.write('200 OK\r\nContent-Length: 0\r\n\r\n')],
    [
      'protocol',
      (socket: Socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['reset', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.end('HTTP/1.1 20')],
    ['reset', (socket: Socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n')],
  ] as const) {
    const receiver = await startRawReceiver(answer)
    assert.equal(reasonOf(await patient.post(receiver.url, {}, body)), reason, String(answer))
    assert.equal(receiver.requests.length, 1)
  }
  const resetting = await startRawReceiver(
    () => {},
    (socket) => socket.resetAndDestroy(),
  )
  assert.equal(reasonOf(await patient.post(resetting.url, {}, body)), 'reset')
})

test('an answer may end with its connection, and may offer an upgrade', async () => {
  const receiver = await startRawReceiver((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade, close\r\n\r\nall of it'),
  )
  assert.equal(answered(await patient.post(receiver.url, {}, body)).body, 'all of it')
})

test('a signal ends an exchange wherever it stands', async () => {
  const receiver = await startRawReceiver(() => {})
  const stop = new AbortController()
  const running = Promise.all([
    patient.post(receiver.url, {}, body, { signal: stop.signal }),
    patient.post(receiver.url, {}, body, { signal: stop.signal }),
  ])
  await until('both requests', () => (receiver.requests.length === 2 ? true : undefined))
  stop.abort()
  assert.deepEqual((await running).map(reasonOf), ['interrupted', 'interrupted'])
  assert.equal(reasonOf(await patient.post(receiver.url, {}, body, { signal: stop.signal })), 'interrupted')
  assert.equal(receiver.requests.length, 2)
})

test('closing ends what is under way and what comes after', async () => {
  const receiver = await startRawReceiver((socket, nth) => nth === 1 && answerOk(socket))
  const exchange = createExchange({ guard, timeoutMs: 20_000 })
  assert.equal(answered(await exchange.post(receiver.url, {}, body)).status, 200)
  const running = exchange.post(receiver.url, {}, body)
  await until('the request', () => (receiver.requests.length === 2 ? true : undefined))
  exchange.close()
  assert.equal(reasonOf(await running), 'interrupted')
  assert.equal(reasonOf(await exchange.post(receiver.url, {}, body)), 'interrupted')
  assert.equal(receiver.requests.length, 2)
})

test('a header that HTTP cannot carry is a failure, not an exception', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  for (const headers of [{ 'x-a': 'b\r\nx-c: d' }, { 'x-a': '東京' }, { 'x a': 'b' }]) {
    assert.equal(reasonOf(await patient.post(receiver.url, headers, body)), 'protocol')
  }
  assert.equal(receiver.requests.length, 0)
})

test('a thousand exchanges at once with one signal all end, and leave no listener behind', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  const stop = new AbortController()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const outcomes = await Promise.all(
    Array.from({ length: 1_000 }, () => patient.post(receiver.url, {}, body, { signal: stop.signal })),
  )
  process.off('warning', onWarning)
  assert.equal(outcomes.filter(({ kind }) => kind === 'responded').length, 1_000)
  assert.deepEqual(warnings, [])
})
