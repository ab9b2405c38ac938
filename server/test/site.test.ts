import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startServer } from './harness.ts'
import { sendRaw } from './raw-http.ts'

const siteDir = mkdtempSync(join(tmpdir(), 'comserv-site-'))
after(() => rmSync(siteDir, { recursive: true }))
mkdirSync(join(siteDir, 'assets'))
writeFileSync(
  join(siteDir, 'index.html'),
  '<title>%SITE_NAME%</title><meta property="csp-nonce" nonce="%NONCE%"><script src="/assets/a-1.js" nonce="%NONCE%"></script>',
)
for (const ending of ['', '.br', '.gz'])
  writeFileSync(join(siteDir, 'assets', `a-1.js${ending}`), `plain${ending}`)
writeFileSync(join(siteDir, 'assets', 'notes.txt'), 'not for anybody')

const server = await startServer({ siteDir, env: { COMSERV_SITE_NAME: 'Müller & "Sons" <b>' } })
const without = await startServer()

const pages = [
  '/',
  '/sign-in',
  '/setup',
  '/key-request',
  '/docs',
  '/docs/quick-start',
  '/console',
  '/console/users/1',
]

test('every address of a page returns the page, under a policy that allows this server alone', async () => {
  for (const path of pages) {
    const { status, headers, text } = await server.call('GET', path)
    assert.equal(status, 200, path)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    const policy = headers.get('content-security-policy') ?? ''
    assert.doesNotMatch(policy, /unsafe|\*|https?:/)
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']{24}';/)
    assert.match(policy, /frame-ancestors 'none'$/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'private, no-cache')
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none'
    assert.equal(text.split(`nonce="${nonce}"`).length, 3)
  }
})

test('an unknown address is a page with ways on for browsers, and JSON for everybody else', async () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  for (const path of ['/nowhere', '/wp-login.php', '/docs2']) {
    const { status, headers, text } = await server.call('GET', path, { headers: browser })
    assert.equal(status, 404, path)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(headers.get('vary') ?? '', /\bAccept\b/)
    const policy = headers.get('content-security-policy') ?? ''
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(text) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'`)
    assert.ok(text.includes(`<p>There is nothing at ${path}.</p>`), text)
    assert.match(text, /<a href="\/docs">.*<a href="\/console">/)
  }
  const plain = await server.call('GET', '/nowhere')
  assert.equal(plain.body.error.code, 'resource_not_found')
  for (const path of ['/api/v1/nowhere', '/assets/nowhere.js', '/.well-known/nowhere'])
    assert.equal((await server.call('GET', path, { headers: browser })).body.error.code, 'resource_not_found')
  const posted = await server.call('POST', '/nowhere', { headers: browser })
  assert.equal(posted.body.error.code, 'resource_not_found')
})

test('no two responses share a nonce', async () => {
  const answers = await Promise.all(pages.map((path) => server.call('GET', path)))
  const policies = new Set(answers.map(({ headers }) => headers.get('content-security-policy')))
  assert.equal(policies.size, pages.length)
})

test('the name of the site is in the page as text', async () => {
  const { text } = await server.call('GET', '/')
  assert.match(text, /<title>Müller &#38; &#34;Sons&#34; &#60;b&#62;<\/title>/)
})

test('an asset is kept for good, and comes in the smallest coding that the client takes', async () => {
  for (const [accept, coding, content] of [
    ['gzip, deflate, br, zstd', 'br', 'plain.br'],
    ['gzip', 'gzip', 'plain.gz'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'plain.gz'],
    ['identity', undefined, 'plain'],
  ] as const) {
    const answer = await sendRaw(
      server.url,
      `GET /assets/a-1.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: ${accept}\r\n\r\n`,
    )
    assert.equal(answer.status, 200)
    assert.match(answer.text, new RegExp(`${content.replace('.', '\\.')}(\\r|$)`))
    assert.equal(answer.headers.get('content-encoding') ?? undefined, coding)
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.equal(answer.headers.get('vary'), 'Accept-Encoding')
  }
})

test('nothing else is served from the disk', async () => {
  for (const path of [
    '/assets/notes.txt',
    '/assets/nothing.js',
    '/assets/',
    '/assets/..%2findex.html',
    '/assets/a-1.js.br',
    '/index.html',
    '/docs/../package.json',
  ]) {
    const { status, headers } = await server.call('GET', path)
    assert.equal(status, 404, path)
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  }
})

test('a build beside a running server is served at once, and files of the previous one are 404', async () => {
  const dir = join(siteDir, 'rebuilt')
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(join(dir, 'index.html'), 'before')
  writeFileSync(join(dir, 'assets', 'old-1.js'), 'old')
  const rebuilt = await startServer({ siteDir: dir })
  assert.equal((await rebuilt.call('GET', '/assets/old-1.js')).text, 'old')

  // As the builder does: what was there goes first, the page comes before the last of its assets.
  rmSync(dir, { recursive: true })
  const gone = await rebuilt.call('GET', '/assets/old-1.js')
  assert.equal(gone.status, 404, gone.text)
  assert.equal(gone.body.error.details, 'There is nothing at /assets/old-1.js.')
  assert.equal(gone.headers.get('cache-control'), 'private, no-cache')
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(join(dir, 'index.html'), 'after')
  assert.equal((await rebuilt.call('GET', '/console')).text, 'after')
  writeFileSync(join(dir, 'assets', 'new-2.js'), 'new')
  assert.equal((await rebuilt.call('GET', '/assets/new-2.js')).text, 'new')
  assert.equal((await rebuilt.call('GET', '/assets/old-1.js')).status, 404)
})

test('an unknown path of the API stays an error of the API', async () => {
  const { status, body } = await server.call('GET', '/api/v1/console')
  assert.equal(status, 404)
  assert.equal(body.error.code, 'resource_not_found')
})

test('where nothing was built the pages say so, and the API works', async () => {
  for (const path of [...pages, '/assets/a-1.js']) {
    const { status, body } = await without.call('GET', path)
    assert.equal(status, 404)
    assert.match(body.error.details, /^The console has not been built; npm run build builds it/)
  }
  assert.equal((await without.call('GET', '/api/v1/setup')).status, 200)
})
