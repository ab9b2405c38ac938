import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const api = (method: string, path: string, json?: object, key = admin) =>
  server.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })
const ruled = (...category: string[]) => [{ scope: 'documents:read', where: { category } }]

for (const category of ['reports', 'ＲＥＰＯＲＴＳ', 'policies'])
  await api('POST', '/documents', { title: category, category })
await api('POST', '/categories', { name: 'Minutes' })

const made = {
  credentials: { name: 'Key', scopes: ['documents:read'] },
  roles: { name: 'reader', scopes: ['documents:read'] },
  webhooks: { url: 'https://example.com/hook', events: ['document.created'] },
}

for (const [plural, json] of Object.entries(made)) {
  test(`rules of ${plural} take the spellings of documents, and name what nothing has`, async () => {
    const rules = ruled('Reports', 'minutes', 'polices')
    const { status, body, text } = await api('POST', `/${plural}`, { ...json, rules })
    assert.equal(status, 201, text)
    const stored = body.rules[0].where.category.toSorted()
    assert.deepEqual(stored, ['minutes', 'polices', 'reports', 'ＲＥＰＯＲＴＳ'].toSorted())
    assert.deepEqual(body.unknown_categories, ['polices'])
    const path = `/${plural}/${body.id}`
    assert.equal('unknown_categories' in (await api('GET', path)).body, false)
    const { body: changed } = await api('PATCH', path, { rules: ruled('POLICIES', 'report') })
    assert.deepEqual(changed.rules, ruled('policies', 'report'))
    assert.deepEqual(changed.unknown_categories, ['report'])
    const { body: right } = await api('PATCH', path, { rules: ruled('policies') })
    assert.equal('unknown_categories' in right, false)
  })
}

test('a key reaches the documents of every spelling', async () => {
  const { body } = await api('POST', '/credentials', { ...made.credentials, rules: ruled('REPORTS') })
  const { body: list } = await api('GET', '/documents', undefined, body.client_secret)
  assert.equal(list.meta.total_count, 2)
})

test('an approval says it, too', async () => {
  const person = await signedInAs(server, 'developer')
  const asked = { name: 'Key', scopes: ['documents:read'], reason: 'To read.' }
  const { body } = await person.call('POST', '/api/v1/credential-requests', { json: asked })
  const path = `/credential-requests/${body.id}/approve`
  const approved = (await api('POST', path, { rules: ruled('Policies', 'polices') })).body
  assert.deepEqual(approved.granted_rules, ruled('policies', 'polices'))
  assert.deepEqual(approved.unknown_categories, ['polices'])
})

test('callers who may not read documents do not learn which categories there are', async () => {
  const scopes = 'credentials:write credentials:read documents:write'
  const { secret } = await server.credential(scopes)
  const rules = [{ scope: 'documents:write', where: { category: ['Reports', 'polices'] } }]
  const { body, text } = await api(
    'POST',
    '/credentials',
    { name: 'Key', scopes: ['documents:write'], rules },
    secret,
  )
  assert.deepEqual(body.rules, rules, text)
  assert.equal('unknown_categories' in body, false)
})
