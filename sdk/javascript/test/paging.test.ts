import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv, type Page } from '../src/index.ts'
import { recorded } from './traffic.ts'

const server = await startServer()
const { secret: apiKey } = await server.credential('admin')

await fill()

async function fill() {
  const comserv = new Comserv({ baseUrl: server.url, apiKey })
  const items = Array.from({ length: 25 }, (_, i) => ({
    action: 'create' as const,
    data: { title: `Paper ${i + 1}`, category: i % 5 === 0 ? 'fifth' : 'other' },
  }))
  await comserv.documents.batch(items, { atomic: true })
}

function client() {
  const traffic = recorded()
  return { comserv: new Comserv({ baseUrl: server.url, apiKey, fetch: traffic.fetch }), traffic }
}

test('awaited, a list is one page with exact totals', async () => {
  const { comserv, traffic } = client()
  const page = await comserv.documents.list({ limit: 10, page: 3 })
  assert.equal(page.data.length, 5)
  assert.deepEqual(page.meta, { current_page: 3, total_pages: 3, total_count: 25 })
  assert.equal(page.hasNext, false)
  assert.equal(page.nextCursor, undefined)
  assert.equal(await page.next(), undefined)
  assert.equal(traffic.seen.length, 1)
})

test('iterated over, a list is everything in order, each item once, by cursors', async () => {
  const { comserv, traffic } = client()
  const titles: string[] = []
  for await (const { title } of comserv.documents.list({ limit: 10 })) titles.push(title)
  assert.deepEqual(
    titles,
    Array.from({ length: 25 }, (_, i) => `Paper ${i + 1}`),
  )
  const queries = traffic.seen.map(({ path }) => new URLSearchParams(path.split('?')[1]))
  assert.deepEqual(
    queries.map((query) => query.has('cursor')),
    [false, true, true],
  )
  assert.ok(queries.every((query) => query.get('limit') === '10' && !query.has('page')))
})

test('pages are fetched when they are needed, and not after a break', async () => {
  const { comserv, traffic } = client()
  const seen: string[] = []
  for await (const { title } of comserv.documents.list({ limit: 10, sort: '-created_at' })) {
    seen.push(title)
    if (seen.length === 10) assert.equal(traffic.seen.length, 1)
    if (seen.length === 11) break
  }
  assert.equal(traffic.seen.length, 2)
})

test('filters hold on every page', async () => {
  const { comserv } = client()
  const titles: string[] = []
  for await (const { title } of comserv.documents.list({ category: 'fifth', limit: 2 })) titles.push(title)
  assert.deepEqual(titles, ['Paper 1', 'Paper 6', 'Paper 11', 'Paper 16', 'Paper 21'])
})

test('by page: next(), pages(), and on from a cursor that was kept', async () => {
  const { comserv } = client()
  const first = await comserv.documents.list({ limit: 10 })
  assert.equal(first.hasNext, true)
  const second = await first.next()
  assert.equal(second?.meta.current_page, 2)
  const numbers = []
  for await (const { meta } of comserv.documents.list({ limit: 10 }).pages()) numbers.push(meta.current_page)
  assert.deepEqual(numbers, [1, 2, 3])
  const again = await comserv.documents.list({ limit: 10, cursor: first.nextCursor })
  assert.deepEqual(again.data, second?.data)
  const rest: string[] = []
  for await (const { title } of again) rest.push(title)
  assert.equal(rest.length, 15)
})

test('the event log is followed by `after`, and nothing comes twice', async () => {
  const { comserv } = client()
  const ids: number[] = []
  for await (const { id } of comserv.events.list({ limit: 10 })) ids.push(id)
  assert.equal(new Set(ids).size, 25)
  const { id } = await comserv.documents.create({ title: 'One more' })
  const news = []
  for await (const event of comserv.events.list({ after: ids.at(-1) })) news.push(event)
  assert.deepEqual(
    news.map(({ payload }) => payload.data.id),
    [id],
  )
})

test('the event log is read from its end by `before`, down to the oldest', async () => {
  const { comserv, traffic } = client()
  const forwards: number[] = []
  for await (const { id } of comserv.events.list({ limit: 100 })) forwards.push(id)
  traffic.seen.length = 0
  const backwards: number[] = []
  for await (const { id } of comserv.events.list({ sort: '-log', limit: 10 })) backwards.push(id)
  assert.deepEqual(backwards, forwards.toReversed())
  assert.equal(traffic.seen.length, Math.ceil(forwards.length / 10))
})

test('what goes wrong on a later page is thrown where it is iterated', async () => {
  const { comserv } = client()
  const failing = new Comserv({
    baseUrl: server.url,
    apiKey,
    maxRetries: 0,
    fetch: async (url, init) => {
      if (url.includes('cursor=')) throw new TypeError('cut off')
      return fetch(url, init)
    },
  })
  let count = 0
  await assert.rejects(
    async () => {
      for await (const _ of failing.documents.list({ limit: 10 })) count++
    },
    { name: 'ConnectionError' },
  )
  assert.equal(count, 10)
  await assert.rejects(comserv.documents.list({ cursor: 'not-ours' }), { name: 'InvalidRequestError' })
})

test('withResponse of a list gives its page', async () => {
  const { comserv } = client()
  const { data, status } = await comserv.documents.list({ limit: 1 }).withResponse()
  const page: Page<{ title: string }> = data
  assert.equal(status, 200)
  assert.equal(page.data.length, 1)
})
