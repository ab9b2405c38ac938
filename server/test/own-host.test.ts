import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startServer, type TestServer } from './harness.ts'
import { makePerson, password, signIn } from './people.ts'
import { sendRaw } from './raw-http.ts'
import { assertRefused } from './refusals.ts'

const siteDir = mkdtempSync(join(tmpdir(), 'comserv-site-'))
after(() => rmSync(siteDir, { recursive: true }))
mkdirSync(join(siteDir, 'assets'))
writeFileSync(join(siteDir, 'index.html'), '<title>%SITE_NAME%</title><a href="%ORIGIN%">')
writeFileSync(join(siteDir, 'assets', 'a-1.js'), 'script')

const atHome = await startServer({ siteDir })
const away = await startServer({
  siteDir,
  env: {
    COMSERV_PUBLIC_URL: 'https://comserv.example.org:8443',
    COMSERV_ALLOWED_HOSTS: '127.0.0.1, bücher.example',
    COMSERV_SECURITY_CONTACT: 'mailto:security@example.org, https://example.org/report',
    COMSERV_SECURITY_POLICY: 'https://example.org/policy',
  },
})

/** The status of a request under a host name; null sends no Host header. */
async function under(
  server: TestServer,
  host: string | null,
  { target = '/sign-in', version = '1.1', more = '' } = {},
) {
  const head = `GET ${target} HTTP/${version}\r\n${host === null ? '' : `Host: ${host}\r\n`}${more}`
  return sendRaw(server.url, `${head}Connection: close\r\n\r\n`)
}

const foreign = [
  'evil.example',
  'evil.example:8443',
  'comserv.example.org.evil.example',
  'evilcomserv.example.org',
  'sub.comserv.example.org',
  'example.org',
  'localhost',
  '127.0.0.2',
  '[::1]',
]

test('pages are served under the names of the server alone, however they are written', async () => {
  for (const host of [
    'comserv.example.org',
    'comserv.example.org:8443',
    'comserv.example.org:443',
    'Comserv.Example.ORG',
    'comserv.example.org.',
    'xn--bcher-kva.example',
    '127.0.0.1:3000',
  ])
    assert.equal((await under(away, host)).status, 200, host)
  for (const host of foreign) {
    for (const target of ['/', '/sign-in', '/setup', '/docs/quick-start', '/console'])
      assertRefused(
        await under(away, host, { target }),
        403,
        /^Pages and sign-in are not served under the host/,
      )
  }
  const page = await under(away, 'evil.example', { more: 'Accept: text/html,*/*;q=0.8\r\n' })
  assert.deepEqual([page.status, page.headers.get('content-type')], [403, 'text/html; charset=utf-8'])
  assert.match(page.text, /<h1>This server does not serve pages under this host name<\/h1>/)
  assert.match(page.text, /&#39;evil\.example&#39;.* add it to COMSERV_ALLOWED_HOSTS/)
  assertRefused(await under(atHome, 'evil.example'), 403, /COMSERV_PUBLIC_URL .* COMSERV_ALLOWED_HOSTS\.$/)
  const { body } = await under(away, 'evil.example')
  assert.equal(body.error.code, 'permission_denied')
  assert.match(body.error.details, /'evil\.example'.* add it to COMSERV_ALLOWED_HOSTS, or make the proxy/)
})

test('neither the target, a missing Host, two of them nor a forwarded one leads round it', async () => {
  const home = 'comserv.example.org'
  const target = (host: string) => ({ target: `http://${host}/sign-in` })
  assert.equal((await under(away, home, target(`${home}:8443`))).status, 200)
  assert.equal((await under(away, 'evil.example', target(home))).status, 403)
  assert.equal((await under(away, home, target('evil.example'))).status, 403)
  assert.equal((await under(away, home, { target: 'HTTP://u:p@evil.example/sign-in' })).status, 403)
  assert.equal((await under(away, null, { version: '1.0' })).status, 403)
  assert.equal((await under(away, null)).status, 400)
  assert.equal((await under(away, home, { more: 'Host: evil.example\r\n' })).status, 400)
  for (const name of ['X-Forwarded-Host', 'Forwarded', 'X-Host', 'X-Original-Host'])
    assert.equal((await under(away, 'evil.example', { more: `${name}: ${home}\r\n` })).status, 403, name)
  const long = await under(away, `${'a'.repeat(5_000)}.example`)
  assertRefused(long, 403, /^Pages and sign-in are not served under this host\./)
})

test('a session neither begins nor works under another name, and a failed try is no way to guess', async () => {
  const person = await makePerson(away, 'admin')
  const json = { username: person.username, password }
  for (const headers of [
    { host: 'evil.example' },
    { host: 'evil.example', origin: 'https://evil.example' },
  ]) {
    const tried = await rawPost('/api/v1/session', headers, JSON.stringify(json))
    assertRefused(tried, 403, /^Pages and sign-in are not served under the host 'evil\.example'/)
    assert.deepEqual(tried.headers.getSetCookie(), [])
  }
  const { secret: key } = await away.credential('admin')
  const withKey = { host: 'evil.example', 'x-api-key': key }
  assert.equal((await rawPost('/api/v1/session', withKey, JSON.stringify(json))).status, 403)
  assert.equal((await rawPost('/api/v1/setup', { host: 'evil.example' }, '{}')).status, 403)

  const signedIn = await signIn(away, person)
  const cookie = `Cookie: ${signedIn.cookie}\r\n`
  for (const target of ['/api/v1/me', '/api/v1/session', '/api/v1/users']) {
    assert.equal((await under(away, 'comserv.example.org', { target, more: cookie })).status, 200, target)
    assert.equal((await under(away, 'evil.example', { target, more: cookie })).status, 403, target)
  }
})

test('programs and probes are served under any name', async () => {
  const credential = await away.credential('admin')
  const key = `X-API-Key: ${credential.secret}\r\n`
  const token = `Authorization: Bearer ${await away.token(credential)}\r\n`
  for (const host of ['evil.example', 'comserv', '10.0.0.9:3000']) {
    for (const target of [
      '/health/live',
      '/health/ready',
      '/api/v1/openapi.json',
      '/.well-known/jwks.json',
      '/.well-known/oauth-authorization-server',
      '/.well-known/api-catalog',
      '/.well-known/security.txt',
      '/assets/a-1.js',
    ])
      assert.equal((await under(away, host, { target })).status, 200, target)
    assert.equal((await under(away, host, { target: '/metrics', more: token })).status, 200)
    for (const more of [key, token])
      assert.equal((await under(away, host, { target: '/api/v1/users', more })).status, 200)
    assert.equal((await under(away, host, { target: '/api/v1/users' })).status, 401)
  }
  assert.equal((await under(away, null, { target: '/health/live', version: '1.0' })).status, 200)
})

test('without a public address pages are served under local names and literal addresses', async () => {
  for (const host of [
    'localhost:3000',
    'app.localhost',
    'LOCALHOST',
    '127.0.0.1',
    '[::1]:3000',
    '192.168.1.5:3000',
  ])
    assert.equal((await under(atHome, host)).status, 200, host)
  for (const host of ['evil.example', 'localhost.evil.example', 'nas.local', '127.0.0.1.evil.example'])
    assertRefused(
      await under(atHome, host),
      403,
      /set COMSERV_PUBLIC_URL to the address that people open, or add it to COMSERV_ALLOWED_HOSTS\.$/,
    )
})

test('a browser is told to keep to https where the public address is https, on every response', async () => {
  const targets = [
    '/',
    '/assets/a-1.js',
    '/nothing',
    '/health/live',
    '/api/v1/users',
    '/api/v1/%zz',
    '/api/v1/setup',
  ]
  for (const target of targets) {
    const { headers } = await under(away, 'comserv.example.org', { target })
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000', target)
    assert.equal(
      (await under(atHome, 'localhost', { target })).headers.get('strict-transport-security'),
      null,
    )
  }
  const notHttp = await sendRaw(away.url, 'nonsense\r\n\r\n')
  assert.equal(notHttp.status, 400)
  assert.equal(notHttp.headers.get('strict-transport-security'), 'max-age=31536000')
  assert.equal(
    (await under(away, 'evil.example')).headers.get('strict-transport-security'),
    'max-age=31536000',
  )
})

test('security.txt names the contacts that were configured, and never expires', async () => {
  const { text, headers, status } = await away.call('GET', '/.well-known/security.txt')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(
    text,
    `Contact: mailto:security@example.org
Contact: https://example.org/report
Expires: 2026-07-14T00:00:00Z
Canonical: https://comserv.example.org:8443/.well-known/security.txt
Policy: https://example.org/policy
`,
  )
  away.clock.advance(400 * 86_400_000)
  const later = await away.call('GET', '/.well-known/security.txt')
  const expires = Date.parse(/^Expires: (.*)$/m.exec(later.text)?.[1] ?? '')
  assert.ok(expires > away.clock.now() && expires < away.clock.now() + 365 * 86_400_000)
  const none = await atHome.call('GET', '/.well-known/security.txt')
  assertRefused(none, 404, /its operator can set COMSERV_SECURITY_CONTACT, such as mailto:/)
})

function rawPost(path: string, headers: Record<string, string>, body: string) {
  const lines = Object.entries({
    ...headers,
    'content-type': 'application/json',
    'content-length': body.length,
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return sendRaw(away.url, `POST ${path} HTTP/1.1\r\n${head}connection: close\r\n\r\n${body}`)
}

test("addresses on a page are those that the reader has used, where they are this server's", async () => {
  const port = new URL(atHome.url).port
  for (const [server, host, origin] of [
    [atHome, `localhost:${port}`, `http://localhost:${port}`],
    [atHome, `192.0.2.7:${port}`, `http://192.0.2.7:${port}`],
    [away, 'comserv.example.org:8443', 'https://comserv.example.org:8443'],
    [away, 'xn--bcher-kva.example', 'http://xn--bcher-kva.example'],
  ] as const) {
    const { text } = await under(server, host)
    assert.ok(text.includes(`<a href="${origin}">`), `${host}: ${text}`)
  }
})
