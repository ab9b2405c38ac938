import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'

const publicUrl = 'https://comserv.example.org'
const server = await startServer({ env: { COMSERV_PUBLIC_URL: publicUrl } })

interface Link {
  href: string
  type: string
}

test('the API catalog names the API, and all that it links to is there', async () => {
  const { status, headers, text } = await server.call('GET', '/.well-known/api-catalog')
  assert.equal(status, 200)
  assert.equal(
    headers.get('content-type'),
    'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"; charset=utf-8',
  )
  assert.equal(headers.get('link'), `<${publicUrl}/.well-known/api-catalog>; rel="api-catalog"`)
  const [{ anchor, ...relations }] = JSON.parse(text).linkset
  assert.equal(anchor, `${publicUrl}/api/v1`)
  assert.deepEqual(Object.keys(relations), ['service-desc', 'service-doc', 'service-meta', 'status'])
  for (const { href, type } of Object.values(relations as Record<string, Link[]>).flat()) {
    assert.ok(href.startsWith(publicUrl), href)
    if (href.includes('/docs/')) continue
    const linked = await server.call('GET', href.slice(publicUrl.length))
    assert.equal(linked.status, 200, href)
    assert.ok(linked.headers.get('content-type')?.startsWith(type), href)
  }
})

test('it is at the same address for HEAD', async () => {
  const { status, headers } = await server.call('HEAD', '/.well-known/api-catalog')
  assert.equal(status, 200)
  assert.match(headers.get('link') ?? '', /rel="api-catalog"/)
})
