import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Type } from 'typebox'
import { changelogGaps } from '../../scripts/changelog-gaps.ts'
import type { Contract } from '../../scripts/contract.ts'
import { closed } from '../src/api/schemas.ts'
import { createApp } from '../src/app.ts'
import type { Deprecation } from '../src/http/deprecation.ts'
import { openApiDocument } from '../src/openapi/document.ts'
import { catalog } from '../src/resources.ts'
import { startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('read')
// A second way into the same server, with a route made for the test.
const app = createApp(server.context)
after(() => app.close())

const deprecation: Deprecation = {
  since: '2027-01-01',
  sunset: '2028-01-01',
  link: '/docs/guides/old-things',
  note: 'Use `GET /api/v1/documents`.',
}
app.route({
  method: 'GET',
  url: '/api/v1/old-things',
  config: { access: 'documents:read', deprecation, sdk: { none: 'made for this test' } },
  schema: {
    operationId: 'listOldThings',
    summary: 'List old things',
    description: 'As it was.',
    tags: ['Old'],
    response: { 200: closed({ data: Type.Array(Type.String()) }) },
  },
  handler: async (_, reply) =>
    reply.header('link', '</api/v1/old-things?page=2>; rel="next"').send({ data: [] }),
})
await app.ready()

const headers = { 'x-api-key': key }
const explained = '</docs/guides/old-things>; rel="deprecation"; type="text/html"'

test('a deprecated route says so in every response, beside its other links', async () => {
  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await app.inject({ method, url: '/api/v1/old-things', headers })
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers.deprecation, '@1798761600')
    assert.equal(answer.headers.sunset, 'Sat, 01 Jan 2028 00:00:00 GMT')
    assert.equal(answer.headers.link, `</api/v1/old-things?page=2>; rel="next", ${explained}`)
  }
  const refused = await app.inject({ method: 'GET', url: '/api/v1/old-things' })
  assert.equal(refused.statusCode, 401)
  assert.equal(refused.headers.deprecation, '@1798761600')
  assert.equal(refused.headers.link, explained)
})

test('other routes say nothing of the kind', async () => {
  const answer = await app.inject({ method: 'GET', url: '/api/v1/documents', headers })
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers.deprecation, undefined)
  assert.equal(answer.headers.sunset, undefined)
})

test('the OpenAPI document marks it', () => {
  const { paths } = openApiDocument(app.routeTable.routes, catalog, 'Comserv') as unknown as Contract
  const operation = paths['/api/v1/old-things']?.get as { deprecated: boolean; description: string }
  assert.equal(operation.deprecated, true)
  assert.equal(
    operation.description,
    'As it was.\n\nDeprecated since 2027-01-01, served until 2028-01-01 at least. Use `GET /api/v1/documents`. See /docs/guides/old-things.',
  )
  assert.equal(paths['/api/v1/documents']?.get?.deprecated, undefined)
})

test('a changelog that does not name it fails the check', () => {
  const document = openApiDocument(app.routeTable.routes, catalog, 'Comserv') as unknown as Contract
  assert.deepEqual(changelogGaps(document, '# Changes'), [
    'CHANGELOG.md does not say that `GET /api/v1/old-things` is deprecated.',
  ])
  assert.deepEqual(
    changelogGaps(document, '- `GET /api/v1/old-things` goes; use `GET /api/v1/documents`.'),
    [],
  )
})

test('a sunset less than 12 months away, or no day at all, stops the server at its start', () => {
  const declare = (changed: Partial<Deprecation>) => () => {
    const another = createApp(server.context)
    another.route({
      method: 'GET',
      url: '/api/v1/older-things',
      config: { access: 'public', deprecation: { ...deprecation, ...changed } },
      handler: async () => ({}),
    })
  }
  assert.throws(declare({ sunset: '2027-12-31' }), {
    message:
      'GET /api/v1/older-things is deprecated since 2027-01-01: its sunset may be 2028-01-01 at the earliest, not 2027-12-31.',
  })
  assert.throws(declare({ since: '2028-02-29', sunset: '2029-02-28' }), /2029-03-01 at the earliest/)
  assert.throws(declare({ sunset: '2028-13-01' }), /is not a day/)
  assert.throws(declare({ since: 'soon' }), /'soon' is not a day/)
  assert.doesNotThrow(declare({}))
})
