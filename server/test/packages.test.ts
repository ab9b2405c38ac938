import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { packClients } from '../../scripts/pack-clients.ts'
import { startServer } from './harness.ts'
import { sendRaw } from './raw-http.ts'

/** The client libraries as the server offers them; `sdk/javascript/test/strangers.test.ts` installs them. */
const packagesDir = mkdtempSync(join(tmpdir(), 'comserv-packages-'))
after(() => rmSync(packagesDir, { recursive: true }))
packClients(packagesDir)
const server = await startServer({ packagesDir })
const files = [
  ['comserv-0.1.0.tgz', 'application/gzip'],
  ['comserv-0.1.0-py3-none-any.whl', 'application/zip'],
  ['comserv-php-0.1.0.zip', 'application/zip'],
] as const

test('each package is downloaded whole, and again only if it has changed', async () => {
  for (const [file, type] of files) {
    const response = await fetch(`${server.url}/sdk/${file}`)
    assert.equal(response.status, 200, file)
    assert.equal(response.headers.get('content-type'), type)
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="${file}"`)
    assert.equal(response.headers.get('cache-control'), 'public, no-cache')
    assert.equal(response.headers.get('content-encoding'), null)
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.deepEqual(bytes, readFileSync(join(packagesDir, file)))
    const etag = response.headers.get('etag') ?? ''
    assert.equal(etag, `"${hash('sha256', bytes).slice(0, 32)}"`)

    const again = await server.call('GET', `/sdk/${file}`, { headers: { 'if-none-match': etag } })
    assert.equal(again.status, 304)
    assert.equal(again.headers.get('etag'), etag)
    const head = await fetch(`${server.url}/sdk/${file}`, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), String(bytes.length))
    assert.equal(head.headers.get('etag'), etag)
  }
})

test('packing again gives the same bytes', () => {
  const read = () => files.map(([file]) => readFileSync(join(packagesDir, file)))
  const before = read()
  packClients(packagesDir)
  assert.deepEqual(read(), before)
})

test('nothing else is served, whatever the path', async () => {
  for (const path of [
    '/sdk/manifest.json',
    '/sdk/comserv-0.0.9.tgz',
    '/sdk/..%2fpackage.json',
    '/sdk/%2e%2e%2fpackage.json',
    '/sdk/javascript/package.json',
    '/sdk/simple/httpx/',
    '/sdk/COMSERV-0.1.0.TGZ',
    '/sdk/comserv-0.1.0.tgz/',
  ]) {
    const { status, body } = await server.call('GET', path)
    assert.equal(status, 404, path)
    assert.equal(body.error.code, 'resource_not_found')
  }
  assert.equal((await server.call('POST', '/sdk/comserv-0.1.0.tgz')).status, 405)
})

test('pip finds the wheel with its hash, and everything is listed on one page', async () => {
  const wheel = files[1][0]
  const sha256 = hash('sha256', readFileSync(join(packagesDir, wheel)))
  const link = `<a href="/sdk/${wheel}#sha256=${sha256}" data-requires-python="&gt;=3.10">${wheel}</a>`
  for (const path of ['/sdk/simple/comserv/', '/sdk/simple/comserv', '/sdk/', '/sdk']) {
    const { status, headers, text } = await server.call('GET', path)
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    assert.ok(text.includes(link), text)
    assert.equal(text.match(/<a /g)?.length, path.includes('simple') ? 1 : 3)
  }
  assert.match(
    (await server.call('GET', '/sdk/simple/')).text,
    /<a href="\/sdk\/simple\/comserv\/">comserv<\/a>/,
  )
})

test('Composer is sent to the address under which it found the index', async () => {
  const { body } = await server.call('GET', '/sdk/packages.json')
  const [name] = files[2]
  const { version, autoload, dist } = body.packages['comserv/comserv']['0.1.0']
  assert.equal(version, '0.1.0')
  assert.deepEqual(autoload, { 'psr-4': { 'Comserv\\': 'src/' } })
  const shasum = hash('sha1', readFileSync(join(packagesDir, name)))
  assert.deepEqual(dist, { type: 'zip', url: `${server.url}/sdk/${name}`, shasum })
  const named = await sendRaw(
    server.url,
    'GET /sdk/packages.json HTTP/1.1\r\nHost: comserv:3000\r\nConnection: close\r\n\r\n',
  )
  assert.ok(named.text.includes(`"url":"http://comserv:3000/sdk/${name}"`), named.text)
})

test('where nothing was packed, every address says how to pack', async () => {
  const without = await startServer()
  for (const path of ['/sdk/comserv-0.1.0.tgz', '/sdk/', '/sdk/simple/comserv/', '/sdk/packages.json']) {
    const { status, body } = await without.call('GET', path)
    assert.equal(status, 404)
    assert.match(body.error.details, /^The client libraries have not been packed; npm run build packs them/)
  }
})
