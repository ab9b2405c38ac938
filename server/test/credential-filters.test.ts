import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuildSearch } from '../src/db/search-index.ts'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin', { name: 'The administrator' })
const dayMs = 86_400_000
const inDays = (days: number) => `${new Date(server.clock.now() + days * dayMs).toISOString().slice(0, 19)}Z`

async function create(json: Json, by: Json = { key }): Promise<Json> {
  const { status, body, text } = await server.call('POST', '/api/v1/credentials', {
    ...by,
    json: { scopes: ['documents:read'], ...json },
  })
  assert.equal(status, 201, text)
  return body
}

/** The names that a query finds, and its total, which must be the number of all pages. */
async function found(query: string, call: typeof server.call = server.call, by: Json = { key }) {
  const { status, body, text } = await call('GET', `/api/v1/credentials?${query}&sort=created_at`, by)
  assert.equal(status, 200, text)
  assert.equal(body.meta.total_count, body.data.length, text)
  return body.data.map(({ name }: Json) => name)
}

const parent = await create({
  name: 'Parent import',
  scopes: ['documents:read', 'credentials:write', 'credentials:read'],
})
const child = await create({ name: 'Child export' }, { key: parent.client_secret })
const soon = await create({ name: 'Nightly Import', expires_at: inDays(10), tier: 'premium' })
const late = await create({ name: 'Übersicht', expires_at: inDays(40) })
const gone = await create({ name: 'Old import' })
await server.call('DELETE', `/api/v1/credentials/${gone.id}`, { key })
const theirs = await signedInAs(server, 'developer')
await create({ name: 'Import of theirs', owner_id: theirs.id })

test('a search finds credentials by words of their name, whatever their case and accents', async () => {
  assert.deepEqual(await found('q=import'), [
    'Parent import',
    'Nightly Import',
    'Old import',
    'Import of theirs',
  ])
  assert.deepEqual(await found('q=IMPORT+Nightl'), ['Nightly Import'])
  assert.deepEqual(await found('q=ubersicht'), ['Übersicht'])
  assert.deepEqual(await found('q=nothing'), [])
})

test('a search finds a credential by its client id, whole or from its beginning', async () => {
  assert.deepEqual(await found(`q=${soon.client_id}`), ['Nightly Import'])
  assert.deepEqual(await found(`q=${soon.client_id.slice(0, 18)}`), ['Nightly Import'])
  assert.deepEqual(await found(`q=${soon.client_secret}`), [], 'never by its secret')
})

test('the index follows a new name', async () => {
  const path = `/api/v1/credentials/${late.id}`
  await server.call('PATCH', path, { key, json: { name: 'Overview' } })
  assert.deepEqual(await found('q=ubersicht'), [])
  assert.deepEqual(await found('q=overview'), ['Overview'])
  await server.call('PATCH', path, { key, json: { name: 'Übersicht' } })
})

test('each status lists what has it, and those that expire soon are active', async () => {
  assert.deepEqual(await found('status=revoked'), ['Old import'])
  assert.deepEqual(await found('status=expiring'), ['Nightly Import'])
  assert.deepEqual(await found('status=expired'), [])
  const active = [
    'The administrator',
    'Parent import',
    'Child export',
    'Nightly Import',
    'Übersicht',
    'Import of theirs',
  ]
  assert.deepEqual(await found('status=active'), active)
  for (const status of ['active', 'expired', 'revoked']) {
    const { body } = await server.call('GET', `/api/v1/credentials?status=${status}`, { key })
    assert.ok(body.data.every((one: Json) => one.status === status))
  }
})

test('people who see their own credentials find no others', async () => {
  const asked = ['q=import', 'status=active', 'tier=standard', `q=${soon.client_id}`]
  const answers = []
  for (const query of asked) answers.push(await found(query, theirs.call, {}))
  assert.deepEqual(answers, [['Import of theirs'], ['Import of theirs'], ['Import of theirs'], []])
  assert.deepEqual(await found('status=revoked', theirs.call, {}), [])
})

test('a credential expires with those that it descends from, and is listed so', async () => {
  const path = `/api/v1/credentials/${parent.id}`
  await server.call('PATCH', path, { key, json: { expires_at: inDays(5) } })
  assert.deepEqual(await found('status=expiring'), ['Parent import', 'Child export', 'Nightly Import'])
  server.clock.advance(6 * dayMs)
  assert.deepEqual(await found('status=expired'), ['Parent import', 'Child export'])
  const { body } = await server.call('GET', `/api/v1/credentials/${child.id}`, { key })
  assert.equal(body.status, 'expired')
  assert.deepEqual(await found('status=expired&q=child'), ['Child export'])
  assert.deepEqual(await found('status=expiring'), ['Nightly Import'])
  await server.call('PATCH', path, { key, json: { expires_at: null } })
  assert.deepEqual(await found('status=expired'), [])
})

test('filters add up', async () => {
  assert.deepEqual(await found('tier=premium'), ['Nightly Import'])
  assert.deepEqual(await found(`owner_id=${theirs.id}&q=import&status=active`), ['Import of theirs'])
  assert.deepEqual(await found(`parent_id=${parent.id}&status=active&tier=standard`), ['Child export'])
  assert.deepEqual(await found('tier=premium&status=revoked'), [])
})

test('pages of a filtered list follow each other by cursor', async () => {
  const names = []
  for (let path = '/api/v1/credentials?q=import&limit=1'; path; ) {
    const { body, headers } = await server.call('GET', path, { key })
    names.push(...body.data.map(({ name }: Json) => name))
    path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
  }
  assert.deepEqual(names, ['Import of theirs', 'Old import', 'Nightly Import', 'Parent import'])
})

test('an unknown value of a filter is refused', async () => {
  for (const query of ['status=gone', 'tier=gold', 'q=', 'q=...'])
    assertRefused(await server.call('GET', `/api/v1/credentials?${query}`, { key }), 400, /status|tier|q/)
})

test('credentials of an earlier version are indexed when the server starts', async () => {
  const { database } = server.context
  await database.write(async ({ db }) => {
    await db.updateTable('credentials').set({ name: 'Weekly' }).where('id', '=', soon.id).execute()
    await db.insertInto('search_rebuilds').values({ name: 'credentials', after_id: 0 }).execute()
  })
  await rebuildSearch(database)
  assert.deepEqual(await found('q=nightly'), [])
  assert.deepEqual(await found('q=weekly'), ['Weekly'])
})
