import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const content = 'Nothing new under the sun. '.repeat(200)
const { body: document } = await server.call('POST', '/api/v1/documents', {
  key,
  json: { title: 'One', content },
})
for (let i = 0; i < 30; i++)
  await server.call('POST', '/api/v1/documents', { key, json: { title: `List ${i}` } })

interface Received {
  status: number
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
}

/** As it arrives: `fetch` would decode it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(
      server.url + path,
      { method, headers: { 'x-api-key': key, ...headers } },
      async (answer) => {
        const parts: Buffer[] = []
        for await (const part of answer) parts.push(part)
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(parts) })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

const one = `/api/v1/documents/${document.id}`

test('responses are compressed for callers that accept it, and unpack to the same bytes', async () => {
  for (const path of [one, '/api/v1/documents', '/api/v1/openapi.json', '/api/v1/documents/export']) {
    const plain = await get(path)
    assert.equal(plain.headers['content-encoding'], undefined, path)
    assert.match(String(plain.headers.vary), /Accept-Encoding/)
    const packed = await get(path, { 'accept-encoding': 'deflate, gzip;q=0.5' })
    assert.equal(packed.headers['content-encoding'], 'gzip', path)
    assert.deepEqual(gunzipSync(packed.bytes), plain.bytes)
    assert.ok(packed.bytes.length < plain.bytes.length / 2)
    const head = await get(path, { 'accept-encoding': 'gzip' }, 'HEAD')
    assert.equal(head.headers['content-encoding'], 'gzip')
    assert.equal(head.headers.etag, packed.headers.etag)
  }
  const packed = await get('/api/v1/openapi.json', { 'accept-encoding': 'gzip, br' })
  assert.equal(packed.headers['content-encoding'], 'br')
  assert.equal(JSON.parse(brotliDecompressSync(packed.bytes).toString()).servers[0].url, server.url)
})

test('who refuses a coding gets none', async () => {
  for (const accepted of ['', 'identity', 'gzip;q=0', '*;q=0', 'gzip;q=0, *', 'br', 'nonsense'])
    assert.equal(
      (await get(one, { 'accept-encoding': accepted })).headers['content-encoding'],
      undefined,
      accepted,
    )
})

test('a compressed resource has a strong tag of its own, which every condition takes', async () => {
  const plain = String((await get(one)).headers.etag)
  const packed = String((await get(one, { 'accept-encoding': 'gzip' })).headers.etag)
  assert.equal(packed, plain.replace(/"$/, '-gzip"'))
  for (const tag of [plain, packed]) {
    for (const accepted of ['identity', 'gzip'])
      assert.equal((await get(one, { 'if-none-match': tag, 'accept-encoding': accepted })).status, 304)
  }
  for (const [accepted, tag] of [
    ['gzip', packed],
    ['identity', plain],
  ] as const)
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await get(
        one,
        { 'if-none-match': tag, 'accept-encoding': accepted },
        method,
      )
      assert.deepEqual([status, headers.etag], [304, tag], 'a 304 names what would have been sent')
      assert.match(String(headers.vary), /Accept-Encoding/)
      assert.equal(headers['content-encoding'], undefined)
    }
  const changed = await server.call('PATCH', one, {
    key,
    json: { title: 'Two' },
    headers: { 'if-match': packed },
  })
  assert.equal(changed.status, 200)
  const stale = await server.call('PATCH', one, {
    key,
    json: { title: 'Three' },
    headers: { 'if-match': packed },
  })
  assert.equal(stale.status, 412)
  assert.equal((await get(one, { 'if-none-match': packed })).status, 200)
})

test('lists and generated documents have a weak tag, and become a 304 when unchanged', async () => {
  for (const path of [
    '/api/v1/documents',
    '/api/v1/event-types',
    '/api/v1/catalog',
    '/api/v1/openapi.json',
    '/.well-known/jwks.json',
  ]) {
    const { headers } = await get(path, { 'accept-encoding': 'gzip' })
    assert.match(String(headers.etag), /^W\/"[\w-]{22}"$/)
    const again = await get(path, { 'accept-encoding': 'gzip', 'if-none-match': String(headers.etag) })
    assert.deepEqual([again.status, again.bytes.length, again.headers.etag], [304, 0, headers.etag], path)
  }
  const { etag } = (await get('/api/v1/documents?limit=1&sort=-created_at')).headers
  await server.call('POST', '/api/v1/documents', { key, json: { title: 'Another' } })
  const list = await get('/api/v1/documents?limit=1&sort=-created_at', { 'if-none-match': String(etag) })
  assert.equal(list.status, 200)
})

test('a resource too short to be compressed has one tag', async () => {
  const { body } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'Short' } })
  const path = `/api/v1/documents/${body.id}`
  const { etag } = (await get(path, { 'accept-encoding': 'gzip' })).headers
  const again = await get(path, { 'if-none-match': String(etag), 'accept-encoding': 'gzip' })
  assert.deepEqual([again.status, again.headers.etag], [304, etag])
  assert.doesNotMatch(String(etag), /-gzip/)
})

test('keys and metadata may be kept for a while, by everybody', async () => {
  for (const path of ['jwks.json', 'oauth-authorization-server']) {
    const { headers } = await get(`/.well-known/${path}`)
    assert.match(String(headers['cache-control']), /^public, max-age=[1-9]\d*$/)
  }
})

test('what holds a secret is neither compressed nor tagged', async () => {
  const { cookie } = await signedInAs(server, 'admin')
  const { headers } = await get('/api/v1/session', { cookie, 'accept-encoding': 'gzip', 'x-api-key': '' })
  assert.deepEqual([headers['content-encoding'], headers.etag], [undefined, undefined])
  const made = await server.call('POST', '/api/v1/credentials', {
    key,
    json: { name: 'x'.repeat(100), scopes: ['read'] },
  })
  assert.equal(made.headers.get('content-encoding'), null)
})
