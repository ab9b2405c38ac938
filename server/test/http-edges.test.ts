import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startServer } from './harness.ts'
import { sendRaw } from './raw-http.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { body: document } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'One' } })
await server.newEvents()

const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  server.call('POST', '/api/v1/documents', {
    key,
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })

test('an unknown path gets the error envelope, also outside the API', async () => {
  for (const path of ['/api/v1', '/api/v1/', '/api/v1/nothing', '/api/v1/users/1/2', '/nothing']) {
    assertRefused(await server.call('GET', path, { key }), 404, /^There is nothing at \/.*\.$/)
  }
  assertRefused(await server.call('POST', '/api/v1/nothing', { body: '{' }), 404, /^There is nothing at/)
})

test('an empty part of the path is no id: there is nothing', async () => {
  const documentPath = `/api/v1/documents/${document.id}`
  for (const path of [
    '/api/v1/users/',
    '/api/v1/credentials/',
    `${documentPath}/`,
    `${documentPath}/revisions/`,
    '/api/v1/documents//revisions',
    '/api/v1/documents//revisions/1',
  ]) {
    for (const method of ['GET', 'HEAD', 'DELETE', 'PATCH', 'POST']) {
      const answer = await server.call(method, path, { key })
      if (method === 'HEAD') assert.equal(answer.status, 404, path)
      else assertRefused(answer, 404, new RegExp(`^There is nothing at ${path}\\.$`))
      assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
    }
  }
})

const raw = (requestLine: string, more = '') =>
  sendRaw(server.url, `${requestLine} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`)

test('an unknown path under /api/v1 is known as such however it is spelt', async () => {
  for (const address of [
    '/%61pi/v1/nothing',
    '/api/v%31/nothing?x=%20',
    'http://elsewhere.example/api/v1/nothing',
    'HTTPS://user:pass@elsewhere.example/%61pi/v1/nothing?x=y',
    '/api/v1/nothing#x',
  ]) {
    const answer = await raw(`GET ${address}`)
    assertRefused(answer, 404, /^There is nothing at \/api\/v1\/nothing\.$/)
    assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000', address)
  }
  const wrongMethod = await raw('DELETE http://elsewhere.example/%61pi/v1/users')
  assertRefused(wrongMethod, 405, /^\/api\/v1\/users supports GET, HEAD, POST, not DELETE\.$/)
  for (const address of [
    '/API/v1/nothing',
    '/api/v11',
    '/api%2Fv1/nothing',
    'http://elsewhere.example/nothing',
  ]) {
    const answer = await raw(`GET ${address}`)
    assertRefused(answer, 404, /^There is nothing at/)
    assert.equal(answer.headers.get('x-ratelimit-limit'), null, address)
  }
})

const allowed: [path: string, allow: string][] = [
  ['/api/v1/users', 'GET, HEAD, POST'],
  ['/api/v1/users/1', 'DELETE, GET, HEAD, PATCH'],
  ['/api/v1/documents', 'GET, HEAD, POST'],
  ['/api/v1/documents/1', 'DELETE, GET, HEAD, PATCH'],
  ['/api/v1/credentials', 'GET, HEAD, POST'],
  ['/api/v1/credentials/1', 'DELETE, GET, HEAD, PATCH'],
  ['/api/v1/credentials/1/rotate', 'POST'],
  ['/api/v1/openapi.json', 'GET, HEAD'],
  ['/health/live', 'GET, HEAD'],
]

test('a wrong method is refused with the methods that would do, with and without credentials and body', async () => {
  for (const [path, allow] of allowed) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      if (allow.split(', ').includes(method)) continue
      const body = method === 'PUT' || method === 'PATCH' ? { body: 'not json' } : {}
      for (const options of [{ key, ...body }, body]) {
        const answer = await server.call(method, path, options)
        assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
        if (method === 'HEAD') assert.equal(answer.status, 405)
        else assertRefused(answer, 405, new RegExp(`^${path} supports ${allow}, not ${method}\\.$`))
      }
    }
  }
})

const besideIds: [path: string, allow: string][] = [
  ['/api/v1/users/batch', 'POST'],
  ['/api/v1/users/export', 'GET, HEAD'],
  ['/api/v1/users/trash', 'GET, HEAD'],
  ['/api/v1/documents/batch', 'POST'],
  ['/api/v1/documents/export', 'GET, HEAD'],
  ['/api/v1/documents/trash', 'GET, HEAD'],
  ['/api/v1/documents/b%61tch', 'POST'],
]

test('a fixed path beside an id is never taken for an id', async () => {
  for (const [path, allow] of besideIds) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allow.split(', ').includes(method)) continue
      const answer = await server.call(method, path, { key, json: method === 'PATCH' ? {} : undefined })
      assert.equal(answer.status, 405, `${method} ${path}`)
      assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
    }
  }
})

test('what a PATCH may be sent as is told where it is refused, and where methods are asked for', async () => {
  const path = `/api/v1/documents/${document.id}`
  const patch = await server.call('PATCH', path, {
    key,
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  })
  assert.equal(patch.status, 415)
  const asked = await server.call('OPTIONS', path, { key })
  assert.equal(asked.status, 405)
  for (const { headers } of [patch, asked])
    assert.equal(headers.get('accept-patch'), 'application/merge-patch+json, application/json')
  const posted = await post('x', { 'content-type': 'text/plain' })
  assert.equal(posted.headers.get('accept-patch'), null)
})

test('HEAD returns the headers of GET, without the body', async () => {
  for (const path of [
    '/api/v1/users?limit=1',
    '/api/v1/documents',
    `/api/v1/documents/${document.id}`,
    '/api/v1/documents/999',
    '/api/v1/documents/abc',
    '/api/v1/credentials',
    '/api/v1/openapi.json',
    '/health/ready',
  ]) {
    const get = await server.call('GET', path, { key })
    const head = await server.call('HEAD', path, { key })
    assert.equal(head.status, get.status, path)
    assert.equal(head.text, '')
    for (const name of ['content-type', 'content-length', 'cache-control', 'x-ratelimit-limit'])
      assert.equal(head.headers.get(name), get.headers.get(name), `${name} of ${path}`)
  }
})

test('a body that is not said to be JSON is refused', async () => {
  for (const headers of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json-seq' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'nonsense' },
  ]) {
    assertRefused(
      await post('{"title":"x"}', headers),
      415,
      /^Send the body as application\/json, and say so/,
    )
  }
  const bytes = Buffer.from('{"title":"x"}')
  const unsaid = await server.call('POST', '/api/v1/documents', { key, body: bytes })
  assertRefused(unsaid, 415, /^Send the body as application\/json/)
  const patch = await post('{"title":"x"}', { 'content-type': 'application/merge-patch+json' })
  assertRefused(patch, 415, /a merge patch is for PATCH\.$/)
  assert.deepEqual(await server.newEvents(), [])
})

test('a body in a content coding is refused before it is read, by every route that takes one', async () => {
  const coded = gzipSync('{"title":"x"}')
  for (const coding of ['gzip', 'GZIP', 'br', 'gzip, identity', 'nonsense']) {
    const answer = await post(coded, { 'content-encoding': coding })
    assertRefused(answer, 415, /^Send the body uncompressed, without the Content-Encoding header\.$/)
    assert.equal(answer.headers.get('accept-encoding'), 'identity')
  }
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' }
  const form = await server.call('POST', '/api/v1/oauth/token', { body: coded, headers })
  assert.equal(form.status, 415)
  assert.match(form.body.error_description, /^Send the body uncompressed/)
  assert.deepEqual(await server.newEvents(), [])
})

test('a body that is not coded may say so', async () => {
  assert.equal((await post('{"title":"x"}', { 'content-encoding': 'identity' })).status, 201)
  const nothing = await server.call('GET', '/api/v1/documents', {
    key,
    headers: { 'content-encoding': 'gzip' },
  })
  assert.equal(nothing.status, 200)
  await server.newEvents()
})

test('the media type of a JSON body may be in any case and carry a charset', async () => {
  for (const type of ['Application/JSON', 'application/json;charset=utf-8', 'application/json; x=y']) {
    assert.equal((await post('{"title":"x"}', { 'content-type': type })).status, 201, type)
  }
  assert.equal((await server.newEvents()).length, 3)
})

const tooLarge = (bytes: number) =>
  new RegExp(`^The body of this request may have at most ${bytes} bytes\\.$`)

test('a body that is longer than its call takes is refused, whether its length is announced or not', async () => {
  const title = JSON.stringify({ title: 'x' })
  assert.equal((await post(title.padEnd(8_388_608))).status, 201)
  assert.deepEqual(await server.newEvents(), ['document.created'])
  assertRefused(await post(title.padEnd(8_388_609)), 413, tooLarge(8_388_608))

  const head = `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\n`
  const announced = await sendRaw(server.url, `${head}Content-Length: 99999999999\r\n\r\n`)
  assertRefused(announced, 413, tooLarge(8_388_608))
  const chunk = `300000\r\n${' '.repeat(0x300000)}\r\n`
  const chunked = await sendRaw(server.url, `${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk, chunk)
  assertRefused(chunked, 413, tooLarge(8_388_608))
  assert.deepEqual(await server.newEvents(), [])
})

test('each call has the bound of what it takes: 8 MiB for a document, 16 KiB where anybody may call, 1 MiB elsewhere', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const json = { 'content-type': 'application/json' }
  const { body: made } = await post('{"title":"x"}')
  for (const [method, path, bytes, headers] of [
    ['POST', '/api/v1/documents', 8_388_608, json],
    ['PATCH', `/api/v1/documents/${made.id}`, 8_388_608, json],
    ['PATCH', `/api/v1/documents/${made.id}`, 8_388_608, { 'content-type': 'application/merge-patch+json' }],
    ['POST', '/api/v1/documents/batch', 1_048_576, json],
    ['POST', '/api/v1/users', 1_048_576, json],
    ['PATCH', '/api/v1/users/1', 1_048_576, json],
    ['POST', `/api/v1/documents/${made.id}/restore`, 1_048_576, json],
    ['POST', '/api/v1/session', 16_384, json],
    ['POST', '/api/v1/setup', 16_384, json],
    ['POST', '/api/v1/oauth/token', 16_384, form],
    ['POST', '/api/v1/oauth/revoke', 16_384, form],
    ['POST', '/api/v1/oauth/introspect', 16_384, form],
  ] as const) {
    const send = (length: number) => server.call(method, path, { key, body: ' '.repeat(length), headers })
    assert.notEqual((await send(bytes)).status, 413, path)
    const { status, text } = await send(bytes + 1)
    assert.equal(status, 413, path)
    assert.match(text, new RegExp(`may have at most ${bytes} bytes`), path)
  }
  await server.newEvents()
})

test('1,000,000 characters of any script are taken as the content of a document, also with each one escaped', async () => {
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  for (const [letter, form] of [
    ['漢', (text: string) => text],
    ['😀', (text: string) => text],
    ['ж', (text: string) => text.replace(/./gu, escaped)],
  ] as const) {
    const made = await post(`{"title":"long","content":"${form(letter.repeat(1_000_000))}"}`)
    assert.equal(made.status, 201, made.text.slice(0, 300))
    assert.equal(made.body.content, letter.repeat(1_000_000))
    const patched = await server.call('PATCH', `/api/v1/documents/${made.body.id}`, {
      key,
      json: { content: `x${letter.repeat(999_999)}` },
    })
    assert.equal(patched.status, 200)
  }
  assertRefused(
    await post(JSON.stringify({ title: 'long', content: 'x'.repeat(1_000_001) })),
    400,
    /^The 'content' field must have 0 to 1000000 characters\.$/,
  )
  await server.newEvents()
})

test('a well-formed request id is echoed, any other is replaced', async () => {
  for (const id of ['abc', 'A-1._:z', 'x'.repeat(128)]) {
    const { headers } = await server.call('GET', '/api/v1/users', { key, headers: { 'x-request-id': id } })
    assert.equal(headers.get('x-request-id'), id)
  }
  const seen = new Set<string | null>()
  for (const id of ['', 'x'.repeat(129), 'two words', 'a,b', '<script>', undefined]) {
    const sent: Record<string, string> = id === undefined ? {} : { 'x-request-id': id }
    const { headers } = await server.call('GET', '/api/v1/nothing', { headers: sent })
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    seen.add(headers.get('x-request-id'))
  }
  assert.equal(seen.size, 6)
})

test('an address with a broken percent-encoding is refused, in the path and in the query', async () => {
  for (const path of [
    '/users/%',
    '/users/%zz',
    '/%ff',
    '/users/%c3%28',
    '/users?role=%',
    '/users?role=%ff',
  ]) {
    const answer = await server.call('GET', `/api/v1${path}`, { key })
    assertRefused(answer, 400, /^The address contains a broken percent-encoding\.$/)
    assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  }
})

test('a part of the path that is longer than any id is refused', async () => {
  for (const length of [17, 100, 101, 5_000]) {
    const answer = await server.call('GET', `/api/v1/users/${'1'.repeat(length)}`, { key })
    assertRefused(
      answer,
      400,
      /^The 'id' path parameter must be |^A part of the path is longer than any id\.$/,
    )
    assert.match(answer.headers.get('x-ratelimit-limit') ?? '', /^1000000$/)
  }
})

test('a request without Host, or with an unknown expectation, is answered like any other', async () => {
  const headers = `Connection: close\r\nX-API-Key: ${key}\r\nX-Request-Id: edge-1\r\n`
  for (const [lines, status, details] of [
    [`HTTP/1.1\r\n${headers}`, 400, /^The Host header is missing/],
    [`HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n${headers}`, 417, /expectation .* is 100-continue/],
  ] as const) {
    for (const path of ['/api/v1/users', '/health/live']) {
      const answer = await sendRaw(server.url, `GET ${path} ${lines}\r\n`)
      assertRefused(answer, status, details)
      assert.equal(answer.headers.get('x-request-id'), 'edge-1')
      assert.equal(answer.headers.get('x-ratelimit-limit'), path === '/health/live' ? null : '1000000')
    }
  }
  const old = await sendRaw(server.url, `GET /api/v1/users HTTP/1.0\r\n${headers}\r\n`)
  assert.equal(old.status, 200)
  const waiting = `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Type: application/json\r\n`
  const { text } = await sendRaw(server.url, `${waiting}Content-Length: 13\r\n${headers}\r\n{"title":"x"}`)
  assert.match(text, /^HTTP\/1\.1 201 Created/)
  assert.deepEqual(await server.newEvents(), ['document.created'])
})

test('an id of any length that a number can have is looked for', async () => {
  const answer = await server.call('GET', `/api/v1/users/${Number.MAX_SAFE_INTEGER}`, { key })
  assertRefused(answer, 404, /^There is no user with id 9007199254740991\.$/)
})

test('a call that takes no query parameters refuses any, and names it', async () => {
  for (const query of ['fields=id', '__proto__=x', 'toString=1']) {
    const answer = await server.call('GET', `/api/v1/users/1?${query}`, { key })
    assertRefused(
      answer,
      400,
      /^The '\w+' query parameter is not known here; this call takes no query parameters\.$/,
    )
  }
})

test('what is not HTTP is answered in the envelope and the connection closed', async () => {
  for (const [bytes, status, details] of [
    ['GARBAGE\r\n\r\n', 400, /not a valid HTTP request/],
    ['GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n', 400, /not a valid HTTP request/],
    [
      'POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      /not a valid HTTP request/,
    ],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431, /headers are too large/],
  ] as const) {
    const answer = await sendRaw(server.url, bytes)
    assertRefused(answer, status, details)
    assert.equal(answer.headers.get('connection'), 'close')
    assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
  }
})

const head = (line: string, headers: string) =>
  `${line}\r\n${headers}X-API-Key: ${key}\r\nConnection: close\r\n`
const jsonBody = '{"title":"x"}'
const chunked = `d\r\n${jsonBody}\r\n0\r\n\r\n`

test('a malformed head is refused, not read as if it were sound', async () => {
  const get = (headers: string, line = 'GET /health/live HTTP/1.1') => `${head(line, headers)}\r\n`
  const posted = (headers: string, body: string, version = '1.1') =>
    `${head(`POST /api/v1/documents HTTP/${version}`, `Host: x\r\nContent-Type: application/json\r\n${headers}`)}\r\n${body}`
  for (const [bytes, status, details] of [
    [get('Host: a.example\r\nHost: b.example\r\n'), 400, /^The Host header is given more than once/],
    [get('Host: a.example\r\nhost: a.example\r\n'), 400, /given more than once/],
    [get('Host: a b/c\r\n'), 400, /is not a host name/],
    [get('Host: \r\n'), 400, /is not a host name/],
    [get('Host: user@a\r\n'), 400, /is not a host name/],
    [get('Host: a:b\r\n'), 400, /is not a host name/],
    [get('Host: x\r\nX-API-Key: y\r\n'), 400, /^The X-API-Key header is given more than once/],
    [get('Host: x\r\nAuthorization: Basic a\r\nAuthorization: Bearer b\r\n'), 400, /^The Authorization/],
    [get('Host: x\r\n', 'GET * HTTP/1.1'), 400, /\* is for OPTIONS/],
    [get('Host: x\r\n', 'GET http:///health/live HTTP/1.1'), 400, /^The address is malformed/],
    [get('Host: x\r\n', 'GET http://a:x/health/live HTTP/1.1'), 400, /^The address is malformed/],
    [get('Host: x\r\n', 'GET /health/live HTTP/2.0'), 505, /speaks HTTP\/1\.1/],
    [get('Host: x\r\n', 'GET /health/live HTTP/1.2'), 505, /speaks HTTP\/1\.1/],
    [
      posted('Content-Type: text/plain\r\nContent-Length: 13\r\n', jsonBody),
      400,
      /^The Content-Type header is/,
    ],
    [posted('Content-Length: 13, 13\r\n', jsonBody), 400, /not a valid HTTP request/],
    [posted('Content-Length: 13\r\nContent-Length: 13\r\n', jsonBody), 400, /not a valid HTTP request/],
    [posted('Content-Length: +13\r\n', jsonBody), 400, /not a valid HTTP request/],
    [posted('Content-Length: 13\r\nTransfer-Encoding: chunked\r\n', chunked), 400, /not a valid HTTP/],
    [posted('Transfer-Encoding: gzip, chunked\r\n', chunked), 501, /transfer coding .* is chunked/],
    [posted('Transfer-Encoding: gzip\r\n', ''), 400, /not a valid HTTP/],
    [posted('Transfer-Encoding: chunked, chunked\r\n', chunked), 400, /not a valid HTTP/],
    [posted('Transfer-Encoding: chunked\r\n', chunked, '1.0'), 400, /needs HTTP\/1\.1/],
    [posted('Transfer-Encoding: chunked\r\n', `zz\r\n${jsonBody}\r\n`), 400, /not a valid HTTP/],
    [posted('Transfer-Encoding: chunked\r\n', `3\r\n${jsonBody}\r\n`), 400, /not a valid HTTP/],
    [posted('X-A: a\r\n b\r\nContent-Length: 13\r\n', jsonBody), 400, /not a valid HTTP/],
  ] as const) {
    const answer = await sendRaw(server.url, bytes)
    assertRefused(answer, status, details)
    assert.equal(answer.headers.get('connection'), 'close', bytes)
  }
  assert.deepEqual(await server.newEvents(), [])
})

test('a sound head in an unusual form is read', async () => {
  for (const host of [
    'x',
    'a.example:8080',
    '[::1]:80',
    '127.0.0.1',
    'a_b.example',
    'xn--bcher-kva.example.',
  ]) {
    const { status } = await sendRaw(
      server.url,
      `${head('GET /health/live HTTP/1.1', `Host: ${host}\r\n`)}\r\n`,
    )
    assert.equal(status, 200, host)
  }
  const posted = head('POST /api/v1/documents HTTP/1.1', 'Host: x\r\nContent-Type: application/json\r\n')
  for (const [headers, body] of [
    ['Transfer-Encoding: Chunked\r\n', chunked],
    ['Transfer-Encoding: chunked\r\n', `d;a=b\r\n${jsonBody}\r\n0\r\nX-Trailer: y\r\n\r\n`],
  ])
    assert.equal((await sendRaw(server.url, `${posted}${headers}\r\n${body}`)).status, 201)
  assert.equal((await server.newEvents()).length, 2)
})

test('bytes behind a request that closes the connection are not answered', async () => {
  const posted = head('POST /api/v1/documents HTTP/1.1', 'Host: x\r\nContent-Type: application/json\r\n')
  const { text } = await sendRaw(server.url, `${posted}Content-Length: 5\r\n\r\n${jsonBody}`)
  assert.doesNotMatch(text, /HTTP\/1/)
})

test('a body in another charset than UTF-8 is refused', async () => {
  for (const type of ['application/json; charset=utf-16', 'application/json;charset="iso-8859-1"'])
    assertRefused(await post('{"title":"x"}', { 'content-type': type }), 415, /^Send the body in UTF-8/)
  for (const type of ['application/json; charset=UTF-8', 'application/json; charset="utf8"'])
    assert.equal((await post('{"title":"x"}', { 'content-type': type })).status, 201)
  assert.equal((await server.newEvents()).length, 2)
})

test('slow headers and slow bodies are cut off, within bounds that the server states', async () => {
  const http = server.app.server
  assert.equal(http.headersTimeout, 10_000)
  assert.equal(http.requestTimeout, 30_000)
  assert.equal(http.keepAliveTimeout, 72_000)

  // The same bounds, shorter: the connection is closed by the server's own check of them.
  http.headersTimeout = 1
  http.requestTimeout = 2
  const line = 'POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  const slow = [
    sendRaw(server.url, line),
    sendRaw(server.url, `${line}X-API-Key: ${key}\r\nContent-Length: 9\r\n\r\n{`),
  ]
  for (const answer of await Promise.all(slow)) {
    assertRefused(answer, 408, /^The request did not arrive in time\.$/)
    assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
  }
  http.headersTimeout = 10_000
  http.requestTimeout = 30_000
  assert.deepEqual(await server.newEvents(), [])
})
