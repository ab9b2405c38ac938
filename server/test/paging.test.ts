import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const lists = ['/api/v1/users', '/api/v1/documents', '/api/v1/credentials']

const refused: [query: string, details: RegExp][] = [
  ['page=0', /^The 'page' query parameter must be from 1 to 1000000000\.$/],
  ['page=-1', /^The 'page' query parameter must be from 1 to 1000000000\.$/],
  ['page=1000000001', /^The 'page' query parameter must be from 1 to 1000000000\.$/],
  ['limit=0', /^The 'limit' query parameter must be from 1 to 100\.$/],
  ['limit=101', /^The 'limit' query parameter must be from 1 to 100\.$/],
  ['page=abc', /^The 'page' query parameter must be a whole number\.$/],
  ['page=', /^The 'page' query parameter must be a whole number\.$/],
  ['page', /^The 'page' query parameter must be a whole number\.$/],
  ['limit=1e1', /^The 'limit' query parameter must be a whole number\.$/],
  ['limit=0x10', /^The 'limit' query parameter must be a whole number\.$/],
  ['limit=1.0', /^The 'limit' query parameter must be a whole number\.$/],
  ['limit=+7', /^The 'limit' query parameter must be a whole number\.$/],
  ['limit=%207', /^The 'limit' query parameter must be a whole number\.$/],
  ['limit=%D9%A7', /^The 'limit' query parameter must be a whole number\.$/],
  ['page=99999999999999999999', /^The 'page' query parameter must be from 1 to 1000000000\.$/],
  ['page=1&page=2', /^The 'page' query parameter must be given once\.$/],
  ['limit=5&limit=5', /^The 'limit' query parameter must be given once\.$/],
  ['page[]=1', /^The 'page\[\]' query parameter is not known here; the query parameters are: page, limit/],
  ['Page=1', /^The 'Page' query parameter is not known here; the query parameters are: page, limit/],
  ['colour=red', /^The 'colour' query parameter is not known here/],
  ['__proto__=1', /^The '__proto__' query parameter is not known here/],
  ['constructor=1', /^The 'constructor' query parameter is not known here/],
  ['page=1%00', /^The 'page' query parameter must be a whole number/],
]

for (const path of lists) {
  test(`${path} refuses a page or limit that is not a whole number in its bounds`, async () => {
    for (const [query, details] of refused) {
      assertRefused(await server.call('GET', `${path}?${query}`, { key }), 400, details)
    }
    assert.deepEqual(await server.newEvents(), [])
  })

  test(`${path} answers a page past the end empty, with the same totals`, async () => {
    const first = await server.call('GET', `${path}?limit=100`, { key })
    const past = await server.call('GET', `${path}?limit=100&page=1000000000`, { key })
    assert.equal(past.status, 200)
    assert.deepEqual(past.body, {
      data: [],
      meta: { ...first.body.meta, current_page: 1_000_000_000 },
    })
  })

  test(`${path} takes page 1 of 20 when nothing is said`, async () => {
    const silent = await server.call('GET', path, { key })
    const said = await server.call('GET', `${path}?page=1&limit=20`, { key })
    assert.equal(silent.status, 200)
    assert.deepEqual(silent.body, said.body)
    assert.deepEqual(Object.keys(silent.body), ['data', 'meta'])
    assert.deepEqual(Object.keys(silent.body.meta), ['current_page', 'total_pages', 'total_count'])
  })
}

test('an empty list has no pages', async () => {
  const { body } = await server.call('GET', '/api/v1/documents', { key })
  assert.deepEqual(body, { data: [], meta: { current_page: 1, total_pages: 0, total_count: 0 } })
})

test('the pages of a list hold every item once, twenty at a time unless told', async () => {
  const made: number[] = []
  for (let i = 0; i < 45; i++) {
    const { body } = await server.call('POST', '/api/v1/documents', { key, json: { title: `Page ${i}` } })
    made.push(body.id)
  }
  for (const [query, sizes] of [
    ['', [20, 20, 5]],
    ['&limit=7', [7, 7, 7, 7, 7, 7, 3]],
    ['&limit=45', [45]],
    ['&limit=100', [45]],
  ] as const) {
    const listed: number[] = []
    for (const [i, size] of sizes.entries()) {
      const { body } = await server.call('GET', `/api/v1/documents?page=${i + 1}${query}`, { key })
      assert.equal(body.data.length, size)
      assert.deepEqual(body.meta, { current_page: i + 1, total_pages: sizes.length, total_count: 45 })
      listed.push(...body.data.map((document: { id: number }) => document.id))
    }
    assert.deepEqual(listed, made)
  }
  assert.deepEqual(await server.newEvents(), Array(45).fill('document.created'))
})
