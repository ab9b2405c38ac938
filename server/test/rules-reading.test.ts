import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson } from './people.ts'
import { everyPage, matches, nameOf, ruleSets } from './rules.ts'

/** What a narrowed key sees on every route is compared with a filter over everything. */
const server = await startServer()
const { secret: admin } = await server.credential('admin')
const owner = await makePerson(server, 'admin')
const reader = await makePerson(server, 'normal')
const other = await makePerson(server, 'editor')

const categories = ['policies', 'reports', 'minutes', 'a & b']
const statuses = ['draft', 'published', 'archived'] as const
const counts = { keys: 0, lists: 0, calls: 0, records: 0 }
after(() => console.log(`rules × routes: ${JSON.stringify(counts)}`))

await seed()
const living = await ndjson('/documents/export', admin)
const trashed = (await pages('/documents/trash', '', admin)).records
const revisions = new Map<number, Json[]>()
for (const { id } of living)
  revisions.set(id, (await pages(`/documents/${id}/revisions`, 'limit=100', admin)).records)

interface Narrowed {
  name: string
  key: string
  userId: number
  rules: Rule[]
  sees(document: Json): boolean
}

const keys: Narrowed[] = []
for (const person of [owner, reader])
  for (const [i, rules] of ruleSets('documents:read').entries()) {
    if (person === reader && i % 3 !== 0) continue
    const { secret } = await server.credential('documents:read', { owner_id: person.id, rules })
    keys.push({
      name: `${nameOf(rules)}${person === reader ? ', owned by a normal user' : ''}`,
      key: secret,
      userId: person.id,
      rules,
      sees: (document) =>
        matches(rules, 'documents:read', document, person.id) &&
        (person === owner || document.status === 'published'),
    })
  }
counts.keys = keys.length

const filters = [
  ...['', 'category=policies', 'category=minutes', 'category=absent'].flatMap((category) =>
    ['', 'status=published', 'status=draft'].map((status) => [category, status]),
  ),
  [`author_id=${owner.id}`],
  [`author_id=${other.id}`, 'category=policies'],
  [`author_id=${owner.id}`, 'status=draft'],
  ['scheduled=true'],
  ['q=budget'],
  ['q=budget', 'category=reports'],
  ['q=budget', 'status=published'],
].map((parts) => parts.filter((part) => part !== '').join('&'))

for (const narrowed of keys) {
  describe(`a key for ${narrowed.name}`, () => {
    test('lists and counts what a filter over everything leaves, in every order and page size', async () => {
      for (const [i, filter] of filters.entries()) {
        const isRefused = narrowed.userId === reader.id && /status=draft|scheduled/.test(filter)
        if (isRefused) {
          assert.equal((await call(`/documents?${filter}`, narrowed.key)).status, 403)
          continue
        }
        for (const sort of i % 2 === 0 ? ['created_at'] : ['-updated_at']) {
          const expected = ordered(
            living.filter((one) => narrowed.sees(one) && passes(one, filter)),
            sort,
          )
          const limit = [3, 100, 7][i % 3]
          const listed = await pages('/documents', `${filter}&sort=${sort}&limit=${limit}`, narrowed.key)
          assert.deepEqual(idsOf(listed.records), idsOf(expected), `${filter} by ${sort}`)
          assert.equal(listed.total, expected.length, filter)
          const second = await call(`/documents?${filter}&sort=${sort}&limit=4&page=2`, narrowed.key)
          assert.deepEqual(idsOf(second.body.data), idsOf(expected.slice(4, 8)), `page 2 of ${filter}`)
        }
      }
    })

    test('exports, searches and gets the same', async () => {
      for (const filter of ['', 'q=budget', 'category=reports', `author_id=${owner.id}`]) {
        const expected = living.filter((one) => narrowed.sees(one) && passes(one, filter))
        assert.deepEqual(idsOf(await ndjson(`/documents/export?${filter}`, narrowed.key)), idsOf(expected))
      }
      const csv = await call('/documents/export?format=csv', narrowed.key)
      const lines = csv.text.trim().split(/\r?\n/).length - 1
      assert.equal(lines, living.filter(narrowed.sees).length)
      for (const document of living) {
        const got = await call(`/documents/${document.id}`, narrowed.key)
        assert.equal(got.status, narrowed.sees(document) ? 200 : 404)
        if (got.status === 404)
          assert.equal(got.body.error.details, `There is no document with id ${document.id}.`)
      }
    })

    test('reads the versions that match, and no other', async () => {
      for (const document of living.slice(0, 12)) {
        const path = `/documents/${document.id}/revisions`
        const all = revisions.get(document.id) ?? []
        if (narrowed.userId === reader.id || !narrowed.sees(document)) {
          const { status } = await call(path, narrowed.key)
          assert.equal(status, narrowed.userId === reader.id ? 403 : 404)
          continue
        }
        const expected = all.filter(narrowed.sees)
        for (const query of ['limit=100', 'limit=1']) {
          const listed = await pages(path, query, narrowed.key)
          assert.deepEqual(listed.records, expected, path)
          assert.equal(listed.total, expected.length)
        }
        const page = await call(`${path}?limit=1&page=2`, narrowed.key)
        assert.deepEqual(page.body.data, expected.slice(1, 2))
        for (const revision of all) {
          const { status } = await call(`${path}/${revision.version}`, narrowed.key)
          assert.equal(status, narrowed.sees(revision) ? 200 : 404)
        }
      }
    })

    test('counts the categories in use', async () => {
      const used = new Map<string, number>()
      for (const { category } of living.filter(narrowed.sees))
        used.set(category, (used.get(category) ?? 0) + 1)
      const expected = [...used].sort(([a], [b]) => (a < b ? -1 : 1))
      const listed = await pages('/documents/categories', 'limit=2', narrowed.key, 'page')
      assert.deepEqual(
        listed.records.map(({ category, document_count }: Json) => [category, document_count]),
        expected,
      )
      assert.equal(listed.total, expected.length)
      const records = await pages('/categories', '', narrowed.key)
      for (const { name, document_count } of records.records)
        assert.equal(document_count, used.get(name) ?? 0, name)
    })
  })
}

test('the trash shows what may be both seen and restored', async () => {
  for (const rules of ruleSets('documents:write')) {
    const { secret } = await server.credential('documents:read documents:write', {
      owner_id: owner.id,
      rules: [...rules, { scope: 'documents:read', where: { category: ['policies', 'minutes'] } }],
    })
    const expected = trashed.filter(
      (one) =>
        matches(rules, 'documents:write', one, owner.id) && ['policies', 'minutes'].includes(one.category),
    )
    const listed = await pages('/documents/trash', 'limit=2', secret)
    assert.deepEqual(idsOf(listed.records), idsOf(expected), nameOf(rules))
    assert.equal(listed.total, expected.length)
  }
})

async function seed(): Promise<void> {
  for (const name of categories)
    await server.call('POST', '/api/v1/categories', { key: admin, json: { name } })
  for (const [i, category] of categories.entries())
    for (const [j, status] of statuses.entries())
      for (const author of [owner, other]) {
        const number = i + j + author.id
        const made = await write('POST', '/documents', {
          title: number % 2 === 0 ? 'The budget' : 'A plan',
          category,
          status,
          author_id: author.id,
          ...(status === 'draft' && i % 2 === 0 ? { publish_at: '2026-03-01T00:00:00Z' } : {}),
        })
        if (number % 3 === 0) {
          await write('PATCH', `/documents/${made.id}`, { category: 'reports', status: 'draft' })
          await write('PATCH', `/documents/${made.id}`, { category, status, author_id: author.id })
        }
        server.clock.advance(i * 700)
        const gone = await write('POST', '/documents', {
          title: 'Gone',
          category,
          status,
          author_id: author.id,
        })
        await server.call('DELETE', `/api/v1/documents/${gone.id}`, { key: admin })
      }
}

async function write(method: string, path: string, json: Json): Promise<Json> {
  const { status, body, text } = await server.call(method, `/api/v1${path}`, { key: admin, json })
  assert.ok(status < 300, text)
  return body
}

async function call(path: string, key: string): Promise<Answer> {
  counts.calls++
  return server.call('GET', `/api/v1${path}`, { key })
}

/** By cursor where the list has one. */
async function pages(path: string, query: string, key: string, by?: 'page') {
  counts.lists++
  const read = (page: string) => call(`${path}?${page}`, key)
  const listed = by === 'page' ? await byNumber(read, query) : await everyPage(read, query)
  counts.records += listed.records.length
  return listed
}

async function byNumber(read: (query: string) => Promise<Answer>, query: string) {
  const records: Json[] = []
  for (let page = 1; ; page++) {
    const { body } = await read(`${query}&page=${page}`)
    records.push(...body.data)
    if (page >= body.meta.total_pages) return { records, total: body.meta.total_count }
  }
}

async function ndjson(path: string, key: string): Promise<Json[]> {
  const { text } = await call(path, key)
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

/** Whether a document matches the query parameters. */
function passes(document: Json, filter: string): boolean {
  return [...new URLSearchParams(filter)].every(([name, value]) => {
    if (name === 'q') return document.title.includes('budget')
    if (name === 'scheduled') return document.publish_at !== null
    return String(document[name]) === value
  })
}

function ordered(documents: readonly Json[], sort: string): Json[] {
  const column = sort.replace('-', '')
  const up = documents.toSorted((a, b) => a[column].localeCompare(b[column]) || a.id - b.id)
  return sort.startsWith('-') ? up.reverse() : up
}

function idsOf(records: readonly Json[]): number[] {
  return records.map(({ id }) => id)
}
