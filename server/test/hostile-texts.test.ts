import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startServer } from './harness.ts'

/**
 * Every parser and regular expression that reads what a caller sends takes time in proportion to its length: text that was
 * made to have it try again and again takes about as long as any other.
 */
const server = await startServer({ env: { COMSERV_TRUST_PROXY: '2' } })
const { secret: key } = await server.credential('admin')
const { body: document } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'One' } })

const lengthOfHeader = 14_000
const timesMax = 8
/** Of a clock that may tick in steps of some milliseconds. */
const freeMs = 12
const rounds = 7

/** Sends bytes as they are, and passes over whatever is answered. */
async function sendText(text: string): Promise<void> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname).on('error', () => {})
  socket.write(text)
  await once(socket.resume(), 'close')
}

/** Fills a length with a piece again and again, between a beginning and an end. */
const filled = (length: number, piece: string, start = '', end = '') =>
  start + piece.repeat(Math.max(0, Math.floor((length - start.length - end.length) / piece.length))) + end

async function processorMs(send: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const before = process.threadCpuUsage()
    await send()
    const { user, system } = process.threadCpuUsage(before)
    times.push((user + system) / 1_000)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 4)] ?? Number.NaN
}

async function assertNoSlower(
  what: string,
  send: (text: string) => Promise<unknown>,
  texts: readonly string[],
): Promise<void> {
  for (const hostile of texts) {
    const harmless = await processorMs(() => send('a'.repeat(hostile.length)))
    const ms = await processorMs(() => send(hostile))
    const shown = `${what} ${JSON.stringify(hostile.slice(0, 30))}…`
    assert.ok(ms < timesMax * harmless + freeMs, `${shown}: ${ms} ms, harmless text ${harmless} ms`)
  }
}

const onePath = `/api/v1/documents/${document.id}`
const header = (piece: string, start = '', end = '') => filled(lengthOfHeader, piece, start, end)
const spaces = (start = 'x', end = 'x') => header(' ', start, end)

const headers: Record<string, readonly string[]> = {
  'Accept-Encoding': [
    spaces('gzip', ';q=x'),
    spaces('gzip;', 'x'),
    header(','),
    header(';'),
    header('gzip;q=0,'),
    header(' ,'),
    header('0', 'gzip;q=0.', 'x'),
  ],
  Accept: [
    spaces(),
    spaces('text/csv;q=1', 'x'),
    header(','),
    header(';q='),
    header('*/*,'),
    header('9', 'a/b;q='),
  ],
  'If-None-Match': [
    header('"'),
    header('W/'),
    header('"a",'),
    header('~', '"', '"'),
    header('-gzip', '"', '"'),
    spaces('"'),
  ],
  'If-Match': [header('"'), header('"~"'), header('~', '"', '"'), header('-gzip', '"', '"')],
  Cookie: [header(';'), header('='), header('comserv_session='), header('a=b;'), spaces('comserv_session=')],
  Authorization: [
    spaces('Bearer', 'x'),
    spaces('Basic', '='),
    header('=', 'Basic '),
    header('.', 'Bearer '),
    header('A', 'Bearer ', '='),
  ],
  'X-Forwarded-For': [
    header(','),
    header('::,'),
    header('1.'),
    header(':'),
    header('1.1.1.1,'),
    spaces('1.1.1.1', ','),
  ],
  Forwarded: [header('for='), header(';,')],
  'Content-Type': [
    spaces('application/json;', 'x'),
    header(';'),
    header(';charset'),
    spaces('a/b; charset', '=x'),
    header('"', 'a/b;c='),
  ],
  Host: [header('.'), header(':'), header('[', '', ']'), header('a.', '', ':x')],
  Origin: [header('/', 'http:'), header('.', 'http://a')],
  Range: [header('0-,', 'bytes='), header('-')],
  'Idempotency-Key': [spaces(), header('~')],
  'X-Request-Id': [header('-'), spaces()],
  'Accept-Language': [header('a-'), header(',')],
  Expect: [header('1'), header('0', '1', '-continue')],
  'Transfer-Encoding': [header(',', 'chunked'), spaces('chunked', 'x')],
}

for (const [name, texts] of Object.entries(headers)) {
  for (const path of [onePath, '/api/v1/documents/export', '/assets/x.js', '/api/v1/openapi.json'])
    test(`the ${name} header of GET ${path} is read in a time that its length bounds`, async () => {
      const own = name === 'Authorization' ? '' : `X-API-Key: ${key}\r\n`
      const host = name === 'Host' ? '' : 'Host: x\r\n'
      await assertNoSlower(
        name,
        (text) =>
          sendText(`GET ${path} HTTP/1.1\r\n${host}${own}${name}: ${text}\r\nConnection: close\r\n\r\n`),
        texts,
      )
    })
}

test('addresses are read in a time that their length bounds', async () => {
  const send = (address: string) =>
    sendText(`GET ${address} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nConnection: close\r\n\r\n`)
  await assertNoSlower('a path', (text) => send(`/api/v1/${text}`), [
    header('/'),
    header('%2f'),
    header('%41'),
    header('%'),
    header(':'),
    header('../'),
    header('.'),
    header('users/'),
  ])
  await assertNoSlower(
    'a query',
    (text) => send(`/api/v1/documents?${text}`),
    ['&', '=', '?', '+', 'q=&', 'page=1&', '%20', '%', '[]', 'a[b]='].map((piece) => header(piece)),
  )
  await assertNoSlower(
    'a search',
    (text) => send(`/api/v1/documents?q=${text}`),
    ['+', "'", "a'", 'a+', '%E3%81%82', '%CC%81', '"', '*', '%E2%80%8C', '-'].map((piece) => header(piece)),
  )
  await assertNoSlower('a cursor', (text) => send(`/api/v1/documents?cursor=${text}`), [
    header('W1'),
    header('_'),
    header('='),
    header('%3D'),
  ])
  await assertNoSlower('an address in absolute form', (text) => send(`http://${text}`), [
    header('/'),
    header('a.'),
    header('@'),
    header(':'),
  ])
})

test('forms are read in a time that their length bounds', async () => {
  const send = (body: string) =>
    server.call('POST', '/api/v1/oauth/token', {
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  await assertNoSlower(
    'a form',
    send,
    ['&', '=', '%', '%25', '+', 'a=&', 'a&', ';'].map((piece) => filled(16_000, piece)),
  )
})

test('texts in JSON are read in a time that their length bounds', async () => {
  const length = 60_000
  const pieces = [
    ' ',
    '\n',
    ' \n',
    '\u0301',
    'a\u0301',
    '\u200d',
    '\u{1f468}\u200d',
    '\ufe0f',
    '\u{1f3f4}\u{e0061}',
    '\u{e0061}',
    "'",
    "a'",
    '.',
    '-',
    'a.',
    '@',
    'a@',
    '日',
    'ก',
    '\u0e31',
    '"',
    '%',
    '~',
    '$',
    'ß',
  ].map((piece) => filled(length, piece))
  const post = (path: string, json: object) => server.call('POST', path, { key, json })
  await assertNoSlower('a content', (content) => post('/api/v1/documents', { title: 'T', content }), pieces)
  await assertNoSlower('a title', (title) => post('/api/v1/documents', { title }), pieces)
  const person = { username: 'somebody', email: 'somebody@example.org', password: 'a passphrase of many' }
  for (const field of ['username', 'email', 'password'])
    await assertNoSlower(
      `the ${field}`,
      (text) => post('/api/v1/users', { ...person, [field]: text }),
      pieces,
    )
  await assertNoSlower(
    'a bio',
    (bio) => post('/api/v1/users', { ...person, role: 'x', profile: { bio } }),
    pieces,
  )
  const webhook = { url: 'https://receiver.example/', events: ['user.created'] }
  await assertNoSlower('a URL', (url) => post('/api/v1/webhooks', { ...webhook, url }), pieces)
  await assertNoSlower('a secret', (secret) => post('/api/v1/webhooks', { ...webhook, secret }), pieces)
})
