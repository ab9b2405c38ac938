import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { closestTo } from '../src/site/closest.ts'
import { startServer } from './harness.ts'

const siteDir = mkdtempSync(join(tmpdir(), 'comserv-root-'))
after(() => rmSync(siteDir, { recursive: true }))
mkdirSync(join(siteDir, 'assets'))
mkdirSync(join(siteDir, 'pages/docs'), { recursive: true })
for (const [name, text] of Object.entries({
  'index.html': '<title>%SITE_NAME%</title>',
  'favicon.ico': 'ico',
  'assets/icon-1.svg': '<svg/>',
  'pages/index.html': '<title>%SITE_NAME% API documentation</title>',
  'pages/docs/users.html': '<title>Users · %SITE_NAME%</title>',
  'pages/docs/users.md': '# Users',
  'pages/docs/not-found.html': '<h1>There is no such page</h1>%CLOSEST%',
}))
  writeFileSync(join(siteDir, name), text)

const server = await startServer({ siteDir })
const without = await startServer()

const types = {
  '/robots.txt': 'text/plain; charset=utf-8',
  '/sitemap.xml': 'application/xml; charset=utf-8',
  '/favicon.ico': 'image/x-icon',
  '/favicon.svg': 'image/svg+xml',
}

test('what browsers and search engines ask every server for has its type, and may be kept', async () => {
  for (const [path, type] of Object.entries(types)) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await server.call(method, path)
      assert.deepEqual([status, headers.get('content-type')], [200, type], `${method} ${path}`)
      assert.match(headers.get('cache-control') ?? '', /^public, max-age=\d{4,}$/)
    }
  }
})

test('the sitemap lists pages alone, and robots.txt leads to it', async () => {
  const { text } = await server.call('GET', '/sitemap.xml')
  assert.deepEqual(
    [...text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url),
    [`${server.url}/`, `${server.url}/docs/users`],
  )
  const robots = await server.call('GET', '/robots.txt')
  assert.match(robots.text, /^User-agent: \*\nDisallow: \/api\/\nDisallow: \/console\nSitemap: /)
})

test('where people look for the API leads to its description or to the reference', async () => {
  for (const [path, to] of [
    ['/openapi.json', '/api/v1/openapi.json'],
    ['/swagger.json', '/api/v1/openapi.json'],
    ['/api/openapi.json', '/api/v1/openapi.json'],
    ['/docs/openapi.json', '/api/v1/openapi.json'],
    ['/openapi', '/docs/reference'],
    ['/swagger', '/docs/reference'],
    ['/api-docs', '/docs/reference'],
    ['/redoc', '/docs/reference'],
    ['/api', '/docs/reference'],
  ] as const) {
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(server.url + path, { method, redirect: 'manual' })
      assert.deepEqual([response.status, response.headers.get('location')], [308, to], `${method} ${path}`)
    }
  }
})

test('an unknown page names those with a similar address, as the kind of text that was wanted', async () => {
  const page = await server.call('GET', '/docs/user')
  assert.equal(page.status, 404)
  assert.match(page.text, /You may be looking for.*<a href="\/docs\/users">Users<\/a>/s)
  const text = await server.call('GET', '/docs/user.md')
  assert.deepEqual([text.status, text.headers.get('content-type')], [404, 'text/markdown; charset=utf-8'])
  assert.ok(text.text.includes(`[Users](${server.url}/docs/users)`), text.text)
  assert.equal((await server.call('GET', '/docs/zebra')).text, '<h1>There is no such page</h1>')
})

test('similar names are found in any spelling, and unlike ones are not', () => {
  const pages = ['/docs/webhooks', '/docs/authentication', '/docs/rate-limits', '/docs/users']
  for (const [path, expected] of [
    ['/docs/Webhook', '/docs/webhooks'],
    ['/docs/auth', '/docs/authentication'],
    ['/docs/rate_limiting.html', '/docs/rate-limits'],
    ['/docs/user/', '/docs/users'],
  ] as const)
    assert.equal(closestTo(path, pages)[0], expected, path)
  for (const path of ['/docs/', '/docs/x', '/docs/zebra', `/docs/${'a'.repeat(5_000)}`])
    assert.deepEqual(closestTo(path, pages), [], path)
})

test('where nothing was built they say so, except for robots.txt', async () => {
  assert.equal((await without.call('GET', '/robots.txt')).status, 200)
  for (const path of ['/favicon.ico', '/sitemap.xml']) {
    const { status, body } = await without.call('GET', path)
    assert.equal(status, 404)
    assert.match(body.error.details, /npm run build/)
  }
})
