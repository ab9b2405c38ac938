import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operator } from '../src/cli/actor.ts'
import type { Database, Db } from '../src/db/database.ts'
import { rememberDialect } from '../src/db/dialect.ts'
import { type Found, type FoundRow, pagesOfFound, stillFound } from '../src/db/found.ts'
import { exportDocuments } from '../src/documents/export-service.ts'
import type { Document, DocumentFilter } from '../src/documents/schema.ts'
import { findDocuments } from '../src/documents/store.ts'
import { exportUsers } from '../src/users/export-service.ts'
import type { User } from '../src/users/schema.ts'
import { type Json, startServer } from './harness.ts'

const server = await startServer()
const { context } = server
const { secret: key } = await server.credential('admin')
const actor = await operator(context)

const change = async (method: string, path: string, json?: Json) => {
  const { status, text } = await server.call(method, path, { key, json })
  assert.ok(status < 300, text)
}
const create = (path: string, items: Json[]) =>
  change('POST', `/api/v1/${path}/batch`, { items: items.map((data) => ({ action: 'create', data })) })

const total = 1_200
for (let first = 1; first <= total; first += 100) {
  // Several a second, so that the id has to settle the order among them.
  server.clock.advance(1_000)
  const numbers = Array.from({ length: 100 }, (_, i) => first + i)
  await create(
    'documents',
    numbers.map((n) => ({ title: `Lighthouse ${n}`, category: 'coast' })),
  )
}
for (let first = 1; first <= 300; first += 100) {
  const numbers = Array.from({ length: 100 }, (_, i) => first + i)
  await create(
    'users',
    numbers.map((n) => ({ username: `keeper.${n}`, email: `k${n}@example.org`, password: 'correct horse' })),
  )
}

/** The database, and how many queries went where searches go. */
function counting(database: Database) {
  const searches = { count: 0 }
  const search = (): Db => {
    const db = database.search().withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        searches.count++
        return result
      },
    })
    rememberDialect(db, database.dialect)
    return db
  }
  return { database: { ...database, search }, searches }
}

async function drain<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}

test('an export searches once, however many pages it has', async () => {
  const { database, searches } = counting(context.database)
  const documents = await drain(exportDocuments({ ...context, database }, actor, { q: 'lighthouse' }))
  assert.deepEqual(
    documents.map(({ title }) => title),
    Array.from({ length: total }, (_, i) => `Lighthouse ${i + 1}`),
  )
  assert.equal(searches.count, 1)
  const users = await drain(exportUsers({ ...context, database }, actor, { q: 'keeper' }))
  assert.deepEqual(
    users.map(({ username }) => username),
    Array.from({ length: 300 }, (_, i) => `keeper.${i + 1}`),
  )
  assert.equal(searches.count, 2)
})

test('a search that finds nothing exports nothing', async () => {
  assert.deepEqual(await drain(exportDocuments(context, actor, { q: 'nowhere' })), [])
  assert.deepEqual(await drain(exportUsers(context, actor, { q: 'nowhere' })), [])
})

test('what changes during an export is as it is when it is reached, with words as without', async () => {
  const idOf = new Map<string, number>()
  for (const { id, title } of await drain(exportDocuments(context, actor, {}))) idOf.set(title, id)
  const exportChanging = async (filter: DocumentFilter) => {
    const { database, searches } = counting(context.database)
    const pages = exportDocuments({ ...context, database }, actor, { ...filter, status: 'draft' })
    const all: Document[] = (await pages.next()).value ?? []
    assert.ok(all.length > 0 && all.length <= 500)
    const path = (n: number) => `/api/v1/documents/${idOf.get(`Lighthouse ${n}`)}`
    const other = { title: 'Mill', category: 'inland' }
    const renamed = { title: 'Lighthouse, renamed' }
    await change('DELETE', path(600))
    await change('PATCH', path(700), other)
    await change('PATCH', path(800), renamed)
    await change('PATCH', path(900), { status: 'archived' })
    await change('DELETE', path(1_000))
    await change('POST', `${path(1_000)}/restore`)
    all.push(...(await drain(pages)))
    // As it was, for the next one.
    await change('POST', `${path(600)}/restore`)
    for (const n of [700, 800])
      await change('PATCH', path(n), { title: `Lighthouse ${n}`, category: 'coast' })
    await change('PATCH', path(900), { status: 'draft' })
    return { titles: all.map(({ title }) => title), searches: searches.count }
  }
  const expected = Array.from({ length: total }, (_, i) => i + 1)
    .filter((n) => ![600, 700, 900].includes(n))
    .map((n) => (n === 800 ? 'Lighthouse, renamed' : `Lighthouse ${n}`))
  const listed = await exportChanging({ category: 'coast' })
  assert.deepEqual(listed, { titles: expected, searches: 0 })
  const found = await exportChanging({ q: 'lighthouse' })
  assert.deepEqual(found.titles, expected)
  assert.equal(found.searches, 2, 'again for the one page whose rows had changed')
})

test('what leaves the filter after its key was read ahead is not exported, contents included', async () => {
  const long = 'x'.repeat(100_000)
  const data = (title: string) => ({ title, category: 'ahead', status: 'published', content: long })
  await create('documents', [data('Stays'), data('Goes'), data('Is deleted')])
  const read: Document[] = []
  for await (const page of exportDocuments(context, actor, { category: 'ahead', status: 'published' })) {
    read.push(...page)
    if (page.length === 0) continue
    const { body } = await server.call('GET', '/api/v1/documents?category=ahead', { key })
    const [, goes, deleted] = body.data.map(({ id }: { id: number }) => id)
    await change('PATCH', `/api/v1/documents/${goes}`, { status: 'draft' })
    await change('DELETE', `/api/v1/documents/${deleted}`)
  }
  assert.deepEqual(
    read.map(({ title }) => title),
    ['Stays'],
  )
})

test('a user who is renamed during an export is left out if the words no longer match', async () => {
  const pages = exportUsers(context, actor, { q: 'keeper', role: 'normal' })
  const all: User[] = (await pages.next()).value ?? []
  const { body } = await server.call('GET', '/api/v1/users?q=keeper&limit=2&sort=-created_at', { key })
  const [renamed, promoted] = body.data
  await change('PATCH', `/api/v1/users/${renamed.id}`, { username: 'miller', email: 'miller@example.org' })
  await change('PATCH', `/api/v1/users/${promoted.id}`, { role: 'editor' })
  all.push(...(await drain(pages)))
  assert.deepEqual(
    all.map(({ username }) => username),
    Array.from({ length: 298 }, (_, i) => `keeper.${i + 1}`),
  )
})

test('the matches are kept in slices, each of which continues after the previous one', async () => {
  let reads = 0
  const { database } = context
  const pagesBy = (atOnceMax: number) =>
    pagesOfFound(
      70,
      (slice) => {
        reads++
        return findDocuments(database.read, { q: 'lighthouse' }, slice)
      },
      atOnceMax,
    )
  const whole = await drain(pagesBy(10_000))
  assert.equal(reads, 1)
  assert.equal(new Set(whole.map(({ id }) => id)).size, total)
  assert.deepEqual(await drain(pagesBy(250)), whole)
  assert.equal(reads, 6)
  assert.deepEqual(await drain(pagesBy(400)), whole, 'the last slice is a whole one')
  assert.equal(reads, 10)
  for await (const page of pagesBy(250)) assert.ok(page.length > 0 && page.length <= 70)
})

test('a slice takes twelve bytes a row, and holds any id', async () => {
  const { packed } = await findDocuments(
    context.database.read,
    { q: 'lighthouse' },
    { order: { column: 'created_at', direction: 'asc' }, limit: 1_000 },
  )
  assert.equal(packed.length, 12_000)
  const largest = new Uint8Array([0, 0x1f, 255, 255, 255, 255, 255, 255, 0, 0, 0, 7])
  const found: Found = { packed: largest, createdAt: '' }
  assert.deepEqual(await drain(pagesOfFound(10, async () => found)), [
    { id: Number.MAX_SAFE_INTEGER, version: 7 },
  ])
})

test('only rows of another version are searched for again', async () => {
  const row = (id: number, version: number): FoundRow => ({ id, version })
  const asked: number[][] = []
  const search = async (ids: number[]) => {
    asked.push(ids)
    return [{ id: 3 }]
  }
  const found = [row(1, 1), row(2, 1), row(3, 4), row(4, 1)]
  assert.deepEqual(await stillFound(found, [row(1, 1), row(4, 1)], search), [row(1, 1), row(4, 1)])
  assert.deepEqual(asked, [])
  assert.deepEqual(await stillFound(found, [row(1, 1), row(2, 2), row(3, 5)], search), [row(1, 1), row(3, 5)])
  assert.deepEqual(asked, [[2, 3]])
})
