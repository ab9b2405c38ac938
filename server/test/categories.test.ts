import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedValues } from '../src/db/counters.ts'
import type { Db } from '../src/db/database.ts'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const call = (method: string, path: string, json?: Json, headers: Record<string, string> = {}) =>
  server.call(method, `/api/v1${path}`, { key, headers, ...(json === undefined ? {} : { json }) })

async function made(path: string, json: Json): Promise<Json> {
  const { status, body, text } = await call('POST', path, json)
  assert.equal(status, 201, text)
  return body
}

test('a name or slug is taken whatever its case, until its category is deleted', async () => {
  const { id } = await made('/categories', { name: 'Minutes' })
  const other = await made('/categories', { name: 'Other' })
  assertRefused(await call('POST', '/categories', { name: 'MINUTES', slug: 'm' }), 409, /'name'/)
  assertRefused(await call('POST', '/categories', { name: 'Records', slug: 'minutes' }), 409, /'slug'/)
  assertRefused(await call('PATCH', `/categories/${other.id}`, { name: 'minutes' }), 409, /'name'/)
  const both = { name: 'minutes', slug: 'minutes' }
  const named = /^The 'name' and the 'slug' are already taken/
  assertRefused(await call('POST', '/categories', both), 409, named)
  assertRefused(await call('PATCH', `/categories/${other.id}`, both), 409, named)
  await call('DELETE', `/categories/${id}`)
  await made('/categories', { name: 'minutes' })
  assertRefused(await call('POST', `/categories/${id}/restore`), 409, /already taken/)
})

test('a slug of other characters is refused with a sentence that says which it may have', async () => {
  for (const slug of ['Upper', 'two words', '-a', 'a--b'])
    assertRefused(
      await call('POST', '/categories', { name: 'Slugged', slug }),
      400,
      /^The 'slug' field may have only lower-case letters, digits and single hyphens between them\.$/,
    )
})

test('a slug that is made from the name gets a number where it is taken', async () => {
  const slugs = async (...names: string[]) =>
    Promise.all(names.map(async (name) => (await made('/categories', { name })).slug))
  assert.deepEqual([await slugs('C'), await slugs('C++'), await slugs('C #')], [['c'], ['c-2'], ['c-3']])
  assert.deepEqual(await slugs('你好', '再见'), [null, null])
  const long = 'x'.repeat(99)
  assert.deepEqual([await slugs(`${long}!`), await slugs(`${long}?`)], [[long], [`${'x'.repeat(98)}-2`]])
  assert.deepEqual((await slugs('Côte!', 'Côte?', 'Côte.', 'Cote', 'Côte')).sort(), [
    'cote',
    'cote-2',
    'cote-3',
    'cote-4',
    'cote-5',
  ])
  const items = ['D+', 'D-'].map((name) => ({ action: 'create', data: { name } }))
  const { body } = await call('POST', '/categories/batch?atomic=true', { items })
  assert.deepEqual(
    body.data.map(({ resource }: Json) => resource.slug),
    ['d', 'd-2'],
  )
  assertRefused(await call('POST', '/categories', { name: 'D', slug: 'd' }), 409, /'slug'/)
  assertRefused(await call('POST', '/categories', { name: 'd+' }), 409, /'name'/)
})

test('a name has as many numbers as it takes, for as many queries as their logarithm', async () => {
  const items = Array.from({ length: 150 }, (_, i) => ({
    action: 'create',
    data: { name: `Zed${i < 75 ? '!' : '?'}${'.'.repeat(i % 75)}` },
  }))
  const batch = async (part: Json[]): Promise<string[]> =>
    (await call('POST', '/categories/batch', { items: part })).body.data.map(
      (item: Json) => item.resource?.slug,
    )
  const slugs = [...(await batch(items.slice(0, 100))), ...(await batch(items.slice(100)))]
  assert.deepEqual(slugs, ['zed', ...Array.from({ length: 149 }, (_, i) => `zed-${i + 2}`)])
})

test('two names are one where only case, width or a ligature differs', async () => {
  for (const [one, other] of [
    ['Straße', 'STRASSE'],
    ['οδοσ', 'ΟΔΟΣ'],
    ['ﬁx', 'FIX'],
    ['Ａrea', 'area'],
    ['ŉa', 'ʼNA'],
    ['Ἀχ ᾳ', 'ἀχ ΑΙ'],
  ]) {
    await made('/categories', { name: one })
    assertRefused(await call('POST', '/categories', { name: other }), 409, /'name'/)
  }
  assert.equal((await made('/categories', { name: 'Fußgänger' })).slug, 'fussganger')
})

test('null clears a field, and its value is free for others', async () => {
  const { id } = await made('/categories', { name: 'Cleared', description: null, position: null })
  const cleared = await call('PATCH', `/categories/${id}`, { slug: null, position: null })
  assert.deepEqual([cleared.status, cleared.body.slug, cleared.body.position], [200, null, 0])
  assert.equal((await made('/categories', { name: 'Next', slug: 'cleared' })).slug, 'cleared')
})

test('a batch gives each item the result of its single call', async () => {
  const { status, body, text } = await call('POST', '/categories/batch', {
    items: [
      { action: 'create', data: { name: 'Batched' } },
      { action: 'create', data: { name: 'batched' } },
      { action: 'create', data: { name: ' spaced ' } },
    ],
  })
  assert.equal(status, 200, text)
  assert.deepEqual(
    body.data.map((result: Json) => result.status),
    [201, 409, 400],
  )
})

test('the categories in use are told with the documents that the caller may see', async () => {
  const drafts = await made('/documents', { title: 'A', category: 'counted' })
  await made('/documents', { title: 'B', category: 'counted', status: 'published' })
  await made('/documents', { title: 'C', category: 'counted&status=draft', status: 'published' })
  await made('/documents', { title: 'D', category: '100 %' })
  const { id } = await made('/categories', { name: 'counted' })
  const inUse = async (by = (path: string) => call('GET', path)) =>
    (await by('/documents/categories?limit=100')).body
  assert.deepEqual((await inUse()).data, [
    { category: '100 %', document_count: 1 },
    { category: 'counted', document_count: 2 },
    { category: 'counted&status=draft', document_count: 1 },
  ])
  assert.equal((await call('GET', `/categories/${id}`)).body.document_count, 2)

  const reader = await signedInAs(server, 'normal')
  const asReader = (path: string) => reader.call('GET', `/api/v1${path}`)
  assert.deepEqual((await inUse(asReader)).data, [
    { category: 'counted', document_count: 1 },
    { category: 'counted&status=draft', document_count: 1 },
  ])
  assert.equal((await asReader(`/categories/${id}`)).body.document_count, 1)

  await call('DELETE', `/documents/${drafts.id}`)
  assert.equal((await call('GET', `/categories/${id}`)).body.document_count, 1)
  const page = await call('GET', '/documents/categories?limit=1&page=2')
  assert.deepEqual(page.body.data, [{ category: 'counted', document_count: 1 }])
  assert.deepEqual(page.body.meta, { current_page: 2, total_pages: 3, total_count: 3 })
  assert.match(page.headers.get('link') ?? '', /categories\?(?=.*limit=1)(?=.*page=3)[^>]*>; rel="next"/)
  const last = await call('GET', '/documents/categories?limit=1&page=3')
  assert.doesNotMatch(last.headers.get('link') ?? '', /rel="next"/)
})

test('a list is filtered by the name, compared as its uniqueness is', async () => {
  const { id } = await made('/categories', { name: 'Filtered Straße' })
  await made('/categories', { name: 'Filtered' })
  const named = async (name: string) =>
    (await call('GET', `/categories?${new URLSearchParams({ name })}`)).body
  for (const name of ['Filtered Straße', 'FILTERED STRASSE', 'ｆｉｌｔｅｒｅｄ straße']) {
    const { data, meta } = await named(name)
    assert.deepEqual(
      data.map((found: Json) => found.id),
      [id],
      name,
    )
    assert.equal(meta.total_count, 1)
  }
  assert.deepEqual([(await named('filter')).data, (await named('filter')).meta.total_count], [[], 0])
  const exported = await call('GET', '/categories/export?name=filtered')
  assert.equal(JSON.parse(exported.text).name, 'Filtered')
  await call('DELETE', `/categories/${id}`)
  assert.equal((await named('filtered straße')).meta.total_count, 0)
})

test('the record of a category counts the documents of every spelling of its name', async () => {
  const spellings = ['Spelled Straße', 'SPELLED STRASSE', 'spelled strasse', 'ＳＰＥＬＬＥＤ straße']
  const documents = []
  for (const category of [...spellings, 'spelled strasse=1', 'spelled'])
    documents.push(await made('/documents', { title: 'S', category, status: 'published' }))
  await made('/documents', { title: 'S', category: 'Spelled STRASSE' })
  const { id } = await made('/categories', { name: 'Spelled straße' })
  const other = await made('/categories', { name: 'Spelled STRASSE=1' })
  const counted = async (by = (path: string) => call('GET', path)) => {
    const { document_count } = (await by(`/categories/${id}`)).body
    const { data } = (await by('/categories?limit=100&sort=-created_at')).body
    assert.equal(data.find((listed: Json) => listed.id === id).document_count, document_count)
    return document_count
  }
  assert.equal(await counted(), 5)
  assert.equal((await call('GET', `/categories/${other.id}`)).body.document_count, 1)
  const reader = await signedInAs(server, 'normal')
  assert.equal(await counted((path) => reader.call('GET', `/api/v1${path}`)), 4)

  await call('PATCH', `/documents/${documents[0]?.id}`, { category: 'moved' })
  await call('DELETE', `/documents/${documents[1]?.id}`)
  assert.equal(await counted(), 3)
  await call('POST', `/documents/${documents[1]?.id}/restore`)
  assert.equal(await counted(), 4)
})

test('the categories in use are paged and sorted by name, whatever characters the names have', async () => {
  const { secret } = await server.credential('read write')
  const names = ['q', 'q 1', 'q!', 'q&', 'q%', 'q%26', 'q&status=published', 'q-a', 'qé', 'q日']
  for (const category of names) await made('/documents', { title: 'Q', category, status: 'published' })
  const reader = await signedInAs(server, 'normal')
  const whole: string[] = []
  for (let page = 1; page <= 20; page++) {
    const path = `/api/v1/documents/categories?limit=3&page=${page}`
    const { body } = await server.call('GET', path, { key: secret })
    const seen = (await reader.call('GET', path)).body
    assert.ok(body.data.length <= 3)
    assert.equal(body.meta.current_page, page)
    whole.push(...body.data.map(({ category }: Json) => category))
    assert.equal(seen.meta.total_pages, Math.ceil(seen.meta.total_count / 3))
  }
  const last = (await call('GET', '/documents/categories?limit=3&page=20')).body
  assert.deepEqual(last.data, [])
  assert.equal(last.meta.total_count, whole.length)
  assert.deepEqual(
    whole.filter((name) => name.startsWith('q')),
    names.toSorted(),
  )
  assert.deepEqual(whole, whole.toSorted())
  const seen = (await reader.call('GET', '/api/v1/documents/categories?limit=100')).body.data
  assert.deepEqual(
    seen.map(({ category }: Json) => category).filter((name: string) => name.startsWith('q')),
    names.toSorted(),
  )
})

test('the counters of other filters are not read for the categories in use', async () => {
  for (const further of [{}, { status: 'published' }]) {
    const counted = { resource: 'documents', filter: 'category', further: [further] }
    const read = (db: Db) => countedValues(db, counted, { limit: 20, offset: 0 })
    const [plan = ''] = await queryPlans(server.context.database, read)
    assert.match(plan, /SEARCH counters USING .*\(scope>\? AND scope<\?\)|Index Cond: \(\(scope >= /)
  }
})
