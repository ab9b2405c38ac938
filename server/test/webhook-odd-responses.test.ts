import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { readLeniently } from '../src/sending/status-line.ts'
import { answered, body, exchangeWith, guard } from './exchanges.ts'
import { answerOk, startRawReceiver } from './raw-receiver.ts'

const exchange = exchangeWith(guard, 20_000)

/** What follows the status line, written at once; receivers in use send each of these. */
const written: Record<string, string> = {
  'a length twice': 'Content-Length: 2\r\nContent-Length: 2\r\n\r\nok',
  'two lengths': 'Content-Length: 2\r\nContent-Length: 7\r\n\r\nok',
  'a length that is a list': 'Content-Length: 2, 2\r\n\r\nok',
  'a length that is no number': 'Content-Length: two\r\n\r\nok',
  'a negative length': 'Content-Length: -1\r\n\r\n',
  'an empty length': 'Content-Length:\r\n\r\n',
  'a length beside chunks': 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'a body shorter than its end': 'Content-Length: 1\r\n\r\nok\r\n',
  'a chunk without a size': 'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a chunk longer than its size': 'Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n',
  'a body that is said to be chunked and is not': 'Transfer-Encoding: chunked\r\n\r\n{"ok":true}',
  'a line without a colon': 'No colon\r\nContent-Length: 0\r\n\r\n',
  'a name with a space': 'X Y: z\r\nContent-Length: 0\r\n\r\n',
  'a space before the colon': 'X-Y : z\r\nContent-Length: 0\r\n\r\n',
  'a folded line': 'X-Y: a\r\n b\r\nContent-Length: 0\r\n\r\n',
  'a folded first line': ' X-Y: a\r\nContent-Length: 0\r\n\r\n',
  'a NUL in a header': 'X-Nul: a\0b\r\nContent-Length: 0\r\n\r\n',
  'a CR in a header': 'X-Cr: a\rb\r\nContent-Length: 0\r\n\r\n',
  'a header above 16 KiB': `X-Long: ${'a'.repeat(40_000)}\r\n\r\n`,
}

/** Where the connection ends, in the middle. */
const cut: Record<string, string> = {
  'after the status line': '',
  'within a header': 'X-Y: ',
  'after the header': 'Content-Length: 10\r\n\r\n',
  'within the body': 'Content-Length: 10\r\n\r\nhalf',
  'within a chunk': 'Transfer-Encoding: chunked\r\n\r\n5\r\nhe',
  'before the last chunk': 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'after a coding that nobody knows': 'Transfer-Encoding: zip, identity\r\n\r\nok',
  'after an odd header': 'No colon\r\n',
}

/** @returns the status of a first exchange; a second one to the same receiver must work, on another connection */
async function statusOf(name: string, answer: (socket: Socket) => void): Promise<number> {
  const receiver = await startRawReceiver((socket, nth) => (nth === 1 ? answer(socket) : answerOk(socket)))
  const first = answered(await exchange.post(receiver.url, {}, body))
  const second = answered(await exchange.post(receiver.url, {}, body))
  assert.deepEqual([second.status, second.body], [200, 'ok'], name)
  assert.equal(receiver.requests.length, 2, `${name}: nothing is sent twice`)
  assert.equal(receiver.sockets.length, 2, `${name}: its connection is not used again`)
  return first.status
}

test('a status counts whatever is written after its status line', async () => {
  for (const [name, rest] of Object.entries(written))
    for (const status of [200, 410, 503])
      assert.equal(
        await statusOf(name, (socket) => socket.write(`HTTP/1.1 ${status} X\r\n${rest}`, 'latin1')),
        status,
        name,
      )
})

test('a status counts wherever the connection ends after it', async () => {
  for (const [name, rest] of Object.entries(cut))
    for (const status of [202, 410]) {
      const head = `HTTP/1.1 ${status} X\r\n${rest}`
      assert.equal(await statusOf(name, (socket) => socket.end(head)), status, name)
      const reset = (socket: Socket) =>
        socket.write(head, () => setTimeout(() => socket.resetAndDestroy(), 20))
      assert.equal(await statusOf(`${name}, reset`, reset), status, name)
    }
})

test('a response without content that has some all the same counts, and its connection is not used again', async () => {
  for (const status of [204, 304])
    for (const rest of [
      'Content-Length: 2\r\n\r\n{}',
      'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      // The body comes later.
      'Content-Length: 2\r\n\r\n',
    ]) {
      const head = `HTTP/1.1 ${status} X\r\n${rest}`
      assert.equal(await statusOf(rest, (socket) => socket.write(head)), status)
    }
  const plain = await startRawReceiver((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  for (let i = 0; i < 3; i++) assert.equal(answered(await exchange.post(plain.url, {}, body)).status, 204)
  assert.equal(plain.sockets.length, 1, 'without a body it is')
})

test('line feeds alone, and empty lines before the status line, are understood', async () => {
  for (const head of [
    'HTTP/1.1 200 OK\nRetry-After: 9\nContent-Length: 2\n\nok',
    '\r\n\r\nHTTP/1.0 200\r\n\r\nok',
  ]) {
    const receiver = await startRawReceiver((socket) => socket.end(head))
    const { status, body: text } = answered(await exchange.post(receiver.url, {}, body))
    assert.deepEqual([status, text], [200, 'ok'])
  }
})

test('a part of an earlier response that arrives in place of the next one is not taken for it', async () => {
  const receiver = await startRawReceiver((socket, nth) => {
    if (nth === 2) socket.write('the rest of it')
    else answerOk(socket, `body ${nth}`)
  })
  assert.equal(answered(await exchange.post(receiver.url, {}, body)).body, 'body 1')
  assert.equal(answered(await exchange.post(receiver.url, {}, body)).body, 'body 3')
  assert.equal(receiver.sockets.length, 2)
})

test('the fields and the body of such a response are read as far as they can be', async () => {
  const receiver = await startRawReceiver((socket) =>
    socket.write(
      'HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nNo colon\r\nX-A: 1\r\nx-a:  2 \r\nX-Nul: a\0b\r\n\r\nZ\xc3\xbcrich\0',
      'latin1',
    ),
  )
  const { status, headers, body: text, bodyTruncated } = answered(await exchange.post(receiver.url, {}, body))
  assert.deepEqual([status, headers['retry-after'], headers['x-a']], [429, '120', '1, 2'])
  assert.equal(headers['x-nul'], 'a\ufffdb')
  assert.deepEqual([text, bodyTruncated], ['Zürich\ufffd', true])
})

test('a status is read only where a status line is', () => {
  for (const text of [
    '',
    'HTTP/1.1',
    'HTTP/1.1 20',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 X\r\n',
    'HTTPS/1.1 200 OK',
    '{}',
  ])
    assert.equal(readLeniently(text), undefined, text)
  assert.equal(readLeniently('HTTP/1.1 102 X\r\n\r\nHTTP/1.1 103 Y\r\nA: b\r\n\r\nHTTP/1.1 201')?.status, 201)
  assert.equal(readLeniently('HTTP/1.1 100 Continue\r\n\r\n'), undefined)
  assert.equal(readLeniently('http/2 200')?.status, 200)
  const started = performance.now()
  readLeniently(`HTTP/1.1 200 OK\r\nX: ${' '.repeat(32_000)}y\r\n${' :'.repeat(8_000)}`)
  readLeniently('HTTP/1.1 103 \r\n\r\n'.repeat(1_800))
  assert.ok(performance.now() - started < 500, 'in linear time')
})
