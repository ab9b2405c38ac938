import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { connectionsPerAddressMax } from '../src/api/limits.ts'
import { startServer } from './harness.ts'
import { sendRaw } from './raw-http.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer()
const http = server.app.server
const { secret: key } = await server.credential('read write')
const { hostname, port } = new URL(server.url)

async function connected(): Promise<Socket> {
  const socket = connect(Number(port), hostname).on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket.resume(), 'close')
}

const isGood = async () => (await server.call('GET', '/api/v1/documents?limit=1', { key })).status === 200

test('1,000 pipelined requests are served in order, one per tick', async () => {
  const socket = await connected()
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes
  })
  let running = 0
  let most = 0
  const count = (_: unknown, response: { once(name: 'close', then: () => void): void }) => {
    most = Math.max(most, ++running)
    response.once('close', () => running--)
  }
  http.prependListener('request', count)
  const line = (i: number) =>
    `GET /api/v1/documents/${i + 1_000} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n`
  const requests = Array.from({ length: 1_000 }, (_, i) => `${line(i)}\r\n`)
  socket.write(`${requests.join('')}GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  assert.ok(await isGood())
  await closed(socket)
  http.off('request', count)
  const ids = [...text.matchAll(/There is no document with id (\d+)\./g)].map(([, id]) => Number(id))
  assert.deepEqual(
    ids,
    requests.map((_, i) => i + 1_000),
  )
  assert.match(text, /HTTP\/1\.1 200 OK/)
})

test('a request behind one whose response closes the connection does not run', async () => {
  const json = `{"title":"Behind"}`
  const head = (length: number) =>
    `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  const tooLong = 9 * 1024 * 1024
  const socket = await connected()
  socket.write(head(tooLong))
  socket.write(Buffer.alloc(tooLong, 32))
  socket.write(`${head(json.length)}${json}`)
  await closed(socket)
  assert.deepEqual(await server.newEvents(), [])
})

for (const [what, request, status] of [
  ['without credentials', 'POST /api/v1/documents', 401],
  ['to an unknown path', 'POST /api/v1/nothing', 404],
  ['that is too long for a public route', 'POST /api/v1/oauth/token', 413],
  ['that no call takes', 'GET /api/v1/users', 401],
  ['to a path that cannot be decoded', 'POST /api/v1/%zz', 400],
] as const) {
  for (const framing of ['Content-Length: 1000000', 'Transfer-Encoding: chunked'])
    test(`a client that sends a body ${what} (${framing}) to its end sees the refusal`, async () => {
      const type = request.includes('oauth') ? 'application/x-www-form-urlencoded' : 'application/json'
      const part = 'a'.repeat(100_000)
      const isChunked = framing.startsWith('T')
      const parts = Array.from({ length: 10 }, () =>
        isChunked ? `${part.length.toString(16)}\r\n${part}\r\n` : part,
      )
      const answer = await sendRaw(
        server.url,
        `${request} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`,
        ...parts,
        isChunked ? '0\r\n\r\n' : '',
      )
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('connection'), 'close')
      assert.ok(answer.body.error)
    })
}

test('a client that goes on sending after it was refused is cut off', async () => {
  const socket = await connected()
  socket.write('POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  const part = `${(100_000).toString(16)}\r\n${'a'.repeat(100_000)}\r\n`
  const send = () => {
    while (socket.writable && socket.write(part));
  }
  socket.on('drain', send)
  send()
  await closed(socket)
  assert.ok(socket.bytesWritten < 64 * 1024 * 1024, `${socket.bytesWritten} bytes were taken`)
})

test('a small body that is refused keeps its connection', async () => {
  const socket = await connected()
  socket.write('POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n')
  const [first] = await once(socket, 'data')
  assert.match(String(first), /^HTTP\/1\.1 401 /)
  assert.doesNotMatch(String(first), /connection: close/i)
  socket.write('aaaaGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [second] = await once(socket, 'data')
  assert.match(String(second), /^HTTP\/1\.1 200 /)
  await closed(socket)
})

test('whatever does not come to its end in time is cut off', async () => {
  const [headersTimeout, requestTimeout] = [http.headersTimeout, http.requestTimeout]
  http.headersTimeout = 1
  http.requestTimeout = 2
  const posted = `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\n`
  const started = [
    '',
    'G',
    'GET /health/live HTTP/1.1\r\nHost: x\r\nX: ',
    `${posted}Content-Length: 20\r\nExpect: 100-continue\r\n\r\n`,
    `${posted}Content-Length: 200000\r\n\r\n{"title":"`,
    `${posted}Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n`,
    `${posted}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(1_000)}`,
    `${posted}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: y`,
  ]
  await Promise.all(
    started.map(async (text) => {
      const socket = await connected()
      socket.write(text)
      await closed(socket)
    }),
  )
  http.headersTimeout = headersTimeout
  http.requestTimeout = requestTimeout
  assert.deepEqual(await server.newEvents(), [])
})

test('what HTTP knows beside requests is refused or left aside', async () => {
  const extended = `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(40_000)}`
  assertRefused(await sendRaw(server.url, extended), 400, /not a valid HTTP request/)
  const tunnel = await connected()
  tunnel.write('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n')
  await closed(tunnel)
  const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
  const live = await sendRaw(server.url, `GET /health/live HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`)
  assert.equal(live.status, 200)
  const half = await connected()
  half.end('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
  await closed(half)
})

test('one address has a bounded number of connections, and gets more when some are closed', async () => {
  const sockets = await Promise.all(Array.from({ length: connectionsPerAddressMax + 20 }, connected))
  for (const socket of sockets) socket.resume()
  const open = () => sockets.filter((socket) => !socket.closed).length
  await until('those beyond to be closed', async () => open() <= connectionsPerAddressMax || undefined)
  assert.ok(open() > connectionsPerAddressMax - 20, `${open()} connections are open`)
  for (const socket of sockets) socket.destroy()
  await until('connections to be let in', async () => (await isGood().catch(() => false)) || undefined)
})

test('a caller that does not read responses, however short, is disconnected', async () => {
  http.timeout = 200
  const socket = await connected()
  http.timeout = 120_000
  socket.pause()
  const request = `GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n`
  socket.write(request.repeat(200))
  await until('the server to give up', async () => {
    const connections = await new Promise<number>((resolve) => http.getConnections((_, n) => resolve(n)))
    return connections <= 1 || undefined
  })
  socket.destroy()
})

test('the unread bytes of a caller are bounded over all of their connections, and nobody else is affected', async () => {
  const { secret } = await server.credential('read write')
  const { body: document } = await server.call('POST', '/api/v1/documents', {
    key: secret,
    json: { title: 'Long', content: '\u{1f600}'.repeat(1_000_000) },
  })
  const path = `/api/v1/documents/${document.id}`
  const stalled: Socket[] = []
  const open = async () => {
    const socket = await connected()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${secret}\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    stalled.push(socket)
    return head.toString('latin1').slice(9, 12)
  }
  const statuses: string[] = []
  while (statuses.length < 60 && statuses.at(-1) !== '429') statuses.push(await open())
  assert.equal(statuses.at(-1), '429', 'at last')
  assert.ok(statuses.length > 10, `${statuses.length} responses of 4 MB`)
  assert.ok(await isGood())
  for (const socket of stalled) socket.destroy()
  await until(
    'the caller to be let in',
    async () => (await server.call('GET', path, { key: secret })).status === 200 || undefined,
  )
})
