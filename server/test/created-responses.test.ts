import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer, type TestServer } from './harness.ts'
import { makePerson } from './people.ts'

/**
 * A create shows what was sent, defaults, and what was made for the record. Each create is made by a caller who may not
 * read, on an empty server and on one that has other records of the same names: the responses must not differ.
 */
const creates: Record<string, { scopes: string; json: Json }> = {
  users: {
    scopes: 'users:write',
    json: { username: 'same', email: 'same@example.org', password: 'correct horse', profile: { bio: 'x' } },
  },
  documents: { scopes: 'documents:write', json: { title: 'Same', category: 'Same', content: 'x' } },
  categories: { scopes: 'documents:write', json: { name: 'Same' } },
  credentials: { scopes: 'credentials:write', json: { name: 'Same', scopes: ['credentials:write'] } },
  webhooks: {
    scopes: 'webhooks:write users:read',
    json: { url: 'https://example.com/same', events: ['user.created'], headers: { 'X-A': 'b' } },
  },
  automations: {
    scopes: 'automations:write',
    json: {
      name: 'Same',
      trigger: { type: 'button' },
      steps: [{ name: 'pause', type: 'wait', minutes: 5 }],
    },
  },
  'test-receivers': { scopes: 'webhooks:write', json: { response_status: 503 } },
  // The scope `admin` reads everything.
  hooks: {
    scopes: 'admin',
    json: { url: 'https://example.com/same', actions: ['user.create'], status: 'paused' },
  },
  applications: {
    scopes: 'admin',
    json: { name: 'Same', kind: 'browser', redirect_uris: ['https://example.com/done'], scopes: [] },
  },
  roles: { scopes: 'admin', json: { name: 'same', scopes: ['documents:read'] } },
}

const empty = await startServer()
const full = await startServer({ clock: empty.clock })
const { secret: admin } = await full.credential('admin')
await fill()

/** Records of the same names, where others can have them: live ones, and ones in the trash. */
async function fill(): Promise<void> {
  const call = async (method: string, path: string, json?: Json) => {
    const answer = await full.call(method, `/api/v1${path}`, { key: admin, ...(json ? { json } : {}) })
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  const author = await makePerson(full, 'editor')
  for (const status of ['draft', 'published', 'archived'])
    await call('POST', '/documents', { title: 'Same', category: 'Same', status, author_id: author.id })
  for (const [plural, { json }] of Object.entries(creates)) {
    const { id } = await call('POST', `/${plural}`, json)
    if (plural !== 'documents' && plural !== 'credentials') await call('DELETE', `/${plural}/${id}`)
  }
  await makePerson(full, 'normal', { email: 'unlike@example.org' })
}

/** Without ids, of the caller as well, and what is drawn by lot. */
function withoutChance(created: Json): Json {
  const { id, parent_id, credential_id, client_id, client_secret, secret, secret_prefix, ...rest } = created
  assert.ok(id > 0)
  return { ...rest, url: rest.url?.replace(/^.*\/test-receiver\/\w{32}$/, 'a test receiver') }
}

async function made(server: TestServer, scopes: string, path: string, json: Json): Promise<Json> {
  const { secret: key } = await server.credential(scopes)
  const { status, body, text } = await server.call('POST', `/api/v1/${path}`, { key, json })
  assert.ok(status === 201 || status === 200, text)
  return body
}

test('the table holds every route of programs that creates a record', () => {
  const declared = empty.app.routeTable.routes.flatMap(({ method, url, config, schema }) => {
    const { response = {} } = (schema ?? {}) as { response?: object }
    const isForPrograms = config?.access !== 'public' && config?.access !== 'person'
    const creates = method === 'POST' && '201' in response && config?.shows?.made === undefined
    return creates && isForPrograms ? [url] : []
  })
  assert.deepEqual(
    declared.sort(),
    Object.keys(creates)
      .map((plural) => `/api/v1/${plural}`)
      .sort(),
  )
})

for (const [plural, { scopes, json }] of Object.entries(creates)) {
  test(`a create of ${plural} shows nothing of other records`, async () => {
    const alone = await made(empty, scopes, plural, json)
    assert.deepEqual(withoutChance(await made(full, scopes, plural, json)), withoutChance(alone))
    for (const [name, value] of Object.entries(alone))
      if (name in json && name !== 'headers' && name !== 'profile') assert.deepEqual(value, json[name], name)
  })
}

for (const plural of ['users', 'documents', 'categories']) {
  test(`a batch that creates ${plural} shows nothing of other records`, async () => {
    const { scopes, json } = creates[plural] ?? assert.fail()
    const other = {
      ...json,
      ...(plural === 'users' ? { username: 'other', email: 'other@example.org' } : {}),
      ...(plural === 'categories' ? { name: 'Other' } : {}),
    }
    if (plural === 'categories')
      await full.call('POST', '/api/v1/documents', { key: admin, json: { title: 'x', category: 'Other' } })
    const items = [{ action: 'create', data: other }]
    const [alone, beside] = [
      await made(empty, scopes, `${plural}/batch`, { items }),
      await made(full, scopes, `${plural}/batch`, { items }),
    ].map(({ data }) => data[0])
    assert.equal(alone.status, 201)
    assert.deepEqual(withoutChance(beside.resource), withoutChance(alone.resource))
  })
}

test('a replay of a create shows a caller who may not read no more than that caller would have been shown', async () => {
  const { secret: writer } = await full.credential('documents:write')
  for (const name of ['Counted', 'Counted again'])
    await full.call('POST', '/api/v1/documents', { key: writer, json: { title: 'x', category: name } })
  const credential = await full.credential('documents:read documents:write')
  const narrow = await full.token(credential, 'documents:write')
  const headers = { 'idempotency-key': 'counted' }
  const create = (by: object, json: Json, more = {}) =>
    full.call('POST', '/api/v1/categories', { ...by, json, headers: more })
  const first = await create({ key: credential.secret }, { name: 'Counted' }, headers)
  assert.equal(first.body.document_count, 1)
  const replayed = await create({ token: narrow }, { name: 'Counted' }, headers)
  assert.deepEqual([replayed.status, replayed.body.document_count], [201, 0], replayed.text)
  assert.equal((await create({ token: narrow }, { name: 'Counted again' })).body.document_count, 0)
})
