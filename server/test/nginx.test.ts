import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import { startServer } from './harness.ts'
import { blocks, lacksNginx, proxyLogin, startNginx, throughNginx } from './nginx.ts'

const skip = lacksNginx
const documents = '/api/v1/documents'
const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

test('nginx starts with the block of the guide, and accepts bodies as large as the server does', {
  skip,
}, async () => {
  const server = await startServer()
  const { secret } = await server.credential('write')
  const port = await freePort('127.0.0.1')
  await startNginx(blocks.plain, { upstream: server.url, port })
  const headers = { 'x-api-key': secret }
  const post = (body: string) => throughNginx(port, { method: 'POST', path: documents, headers }, body)
  const title = JSON.stringify({ title: 'x' })
  const first = await post(title)
  assert.equal(first.status, 201, first.text)
  // The server, not nginx, says what is too large: its errors are JSON.
  const large = await post(title.padEnd(8 * 1024 * 1024))
  assert.ok(large.status === 201 || /^\{"error":/.test(large.text), large.text)
  const file = `title,content\n${`Annual report,${'x'.repeat(50_000)}\n`.repeat(200)}`
  const imported = await throughNginx(
    port,
    {
      method: 'POST',
      path: `${documents}/import?dry_run=true&format=csv`,
      headers: { ...headers, 'content-type': 'text/csv' },
    },
    file,
  )
  assert.equal(imported.status, 200, imported.text)
})

test('behind the block with a password, programs use their own credentials and pages take the password', {
  skip,
}, async () => {
  const server = await startServer()
  const { clientId, secret } = await server.credential('read write')
  const port = await freePort('127.0.0.1')
  await startNginx(blocks.withPassword, { upstream: server.url, port })
  const get = (path: string, headers = {}) => throughNginx(port, { path, headers })

  const form = 'grant_type=client_credentials'
  const issued = await throughNginx(
    port,
    {
      method: 'POST',
      path: '/api/v1/oauth/token',
      headers: {
        authorization: basic(clientId, secret),
        'content-type': 'application/x-www-form-urlencoded',
      },
    },
    form,
  )
  assert.equal(issued.status, 200, issued.text)
  const authorization = `Bearer ${JSON.parse(issued.text).access_token}`
  assert.equal((await get(documents, { authorization })).status, 200)
  assert.equal((await get(documents, { 'x-api-key': secret })).status, 200)
  assert.equal((await get('/.well-known/jwks.json')).status, 200)
  // What is wrong with a key is said by the server, not by nginx.
  const asBearer = await get(documents, { authorization: `Bearer ${secret}` })
  assert.equal(asBearer.status, 401)
  assert.match(asBearer.text, /^\{"error":.*This is an API key: send it as X-API-Key/)

  const password = basic(proxyLogin.username, proxyLogin.password)
  const seen: (string | undefined)[] = []
  server.app.server.on('request', ({ headers }) => seen.push(headers.authorization))
  for (const path of ['/', '/docs', '/console', '/console/documents', '/health/ready']) {
    const refused = await get(path)
    assert.equal(refused.status, 401, path)
    assert.match(String(refused.headers['www-authenticate']), /^Basic realm="Comserv"/)
    assert.notEqual((await get(path, { authorization: password })).status, 401, path)
  }
  assert.deepEqual(new Set(seen), new Set([undefined]), 'the password stays with the proxy')
})
