import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson, signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const policies: Rule[] = [{ scope: 'documents:read', where: { category: ['policies'] } }]
const reports: Rule[] = [{ scope: 'documents:read', where: { category: ['reports'] } }]

const seen = await made({ category: 'policies' })
const unseen = await made({ category: 'reports' })

describe('rules of a credential', () => {
  test('are shown as they were given, and are null where nothing is narrowed', async () => {
    const { body } = await create(admin, { scopes: ['documents:read'], rules: policies })
    assert.deepEqual(body.rules, policies)
    assert.deepEqual((await call('GET', `/credentials/${body.id}`, admin)).body.rules, policies)
    assert.equal((await create(admin, { scopes: ['read'] })).body.rules, null)
    assert.equal((await create(admin, { scopes: ['read'], rules: null })).body.rules, null)
  })

  test('apply at once when they change, also to tokens already issued', async () => {
    const made = await server.credential('documents:read')
    const token = await server.token(made)
    const address = `/api/v1/documents/${unseen.id}`
    assert.equal((await server.call('GET', address, { token })).status, 200)
    await call('PATCH', `/credentials/${made.id}`, admin, { rules: policies })
    assert.equal((await server.call('GET', address, { token })).status, 404)
    assert.equal((await server.call('GET', address, { key: made.secret })).status, 404)
    await call('PATCH', `/credentials/${made.id}`, admin, { rules: null })
    assert.equal((await server.call('GET', address, { token })).status, 200)
  })

  test('are part of the audit log and of the ETag', async () => {
    const { body } = await create(admin, { scopes: ['documents:read'] })
    const path = `/credentials/${body.id}`
    const before = (await call('GET', path, admin)).headers.get('etag')
    const changed = await call('PATCH', path, admin, { rules: policies })
    assert.notEqual(changed.headers.get('etag'), before)
    const { data } = (await call('GET', `/audit-log?target_type=credential&target_id=${body.id}`, admin)).body
    assert.deepEqual([data[0].before.rules, data[0].after.rules], [null, policies])
  })

  for (const [name, rules, details] of [
    [
      'a rule without a condition',
      [{ scope: 'documents:read', where: {} }],
      /rules\.0\.where' field must have at least one field: category, status, own\./,
    ],
    ['an unknown condition', [{ scope: 'documents:read', where: { title: 'x' } }], /title/],
    ['an empty list of categories', [{ scope: 'documents:read', where: { category: [] } }], /category/],
    ['an unknown status', [{ scope: 'documents:read', where: { status: ['open'] } }], /status/],
    ['own: false', [{ scope: 'documents:read', where: { own: false } }], /own/],
    ['a scope that rules cannot narrow', [{ scope: 'users:read', where: { own: true } }], /scope/],
    ['an empty list', [], /rules/],
    ['more than ten rules', Array(11).fill(policies[0]), /rules/],
    [
      'a scope that the credential lacks',
      [{ scope: 'documents:write', where: { own: true } }],
      /not among the scopes/,
    ],
  ] as const) {
    test(`are refused for ${name}`, async () => {
      assertRefused(await create(admin, { scopes: ['documents:read'], rules }), 400, details)
    })
  }

  test('cannot narrow the scope admin, nor outlive a scope that is taken away', async () => {
    assertRefused(await create(admin, { scopes: ['admin'], rules: policies }), 400, /'admin'/)
    const { body } = await create(admin, { scopes: ['read'], rules: policies })
    const path = `/credentials/${body.id}`
    assertRefused(await call('PATCH', path, admin, { scopes: ['users:read'] }), 400, /not among the scopes/)
    assert.equal((await call('PATCH', path, admin, { scopes: ['users:read'], rules: null })).status, 200)
  })
})

describe('a narrowed credential that makes others', async () => {
  const developer = await signedInAs(server, 'developer')
  const scopes = ['documents:read', 'credentials:read', 'credentials:write']
  const maker = (await create(admin, { scopes, rules: policies, owner_id: developer.id })).body
  const key = maker.client_secret

  test('hands on its own rules when it says nothing', async () => {
    const { body } = await create(key, { scopes: ['documents:read'] })
    assert.deepEqual(body.rules, policies)
    assert.equal((await call('GET', `/documents/${seen.id}`, body.client_secret)).status, 200)
    assert.equal((await call('GET', `/documents/${unseen.id}`, body.client_secret)).status, 404)
  })

  test('hands on narrower rules, and no wider ones', async () => {
    const where = (rule: Rule['where']) => [{ scope: 'documents:read', where: rule }]
    for (const [rules, status] of [
      [where({ category: ['policies'], status: ['draft'] }), 201],
      [where({ category: ['policies'], own: true }), 201],
      [[...where({ category: ['policies'] }), ...where({ category: ['policies'], own: true })], 201],
      [where({ status: ['draft'] }), 403],
      [where({ own: true }), 403],
      [where({ category: ['policies', 'reports'] }), 403],
      [[...policies, ...reports], 403],
      [reports, 403],
      [null, 403],
    ] as const) {
      const answer = await create(key, { scopes: ['documents:read'], rules })
      assert.equal(answer.status, status, `${JSON.stringify(rules)}: ${answer.text}`)
      if (status === 403) assertRefused(answer, 403, /scope 'documents:read' that reach no further/)
    }
  })

  test('binds what it made when it is narrowed further later', async () => {
    const narrowed = (await create(admin, { scopes, rules: policies, owner_id: developer.id })).body
    const child = (await create(narrowed.client_secret, { scopes: ['documents:read'] })).body
    const path = `/documents/${seen.id}`
    assert.equal((await call('GET', path, child.client_secret)).status, 200)
    const drafts = [{ scope: 'documents:read', where: { category: ['policies'], status: ['published'] } }]
    await call('PATCH', `/credentials/${narrowed.id}`, admin, { rules: drafts })
    assert.equal((await call('GET', path, child.client_secret)).status, 404)
    assert.equal((await call('GET', '/documents', child.client_secret)).body.meta.total_count, 0)
  })

  test('needs no rules for a scope that is not narrowed', async () => {
    assert.equal((await create(key, { scopes: ['credentials:read'], rules: null })).status, 201)
  })

  test('cannot widen itself, its children or a wider sibling, nor use the secret of one', async () => {
    const child = (await create(key, { scopes: ['documents:read'] })).body
    const sibling = (await create(admin, { scopes: ['documents:read'], owner_id: developer.id })).body
    for (const id of [maker.id, child.id])
      assertRefused(await call('PATCH', `/credentials/${id}`, key, { rules: null }), 403, /rules/)
    assertRefused(await call('PATCH', `/credentials/${sibling.id}`, key, { name: 'Mine' }), 403, /rules/)
    assertRefused(await call('POST', `/credentials/${sibling.id}/rotate`, key, {}), 403, /rules/)
    const narrower = [{ scope: 'documents:read', where: { category: ['policies'], own: true } }]
    assert.equal((await call('PATCH', `/credentials/${child.id}`, key, { rules: narrower })).status, 200)
  })
})

test('own documents are those of the owner of the credential', async () => {
  const [one, another] = [await makePerson(server, 'editor'), await makePerson(server, 'editor')]
  const rules: Rule[] = [{ scope: 'documents:read', where: { own: true } }]
  const theirs = await made({ category: 'own', author_id: one.id })
  for (const [person, status] of [
    [one, 200],
    [another, 404],
  ] as const) {
    const { secret } = await server.credential('documents:read', { owner_id: person.id, rules })
    assert.equal((await call('GET', `/documents/${theirs.id}`, secret)).status, status)
  }
})

test('a category in a rule is compared in the spelling that documents have', async () => {
  const rules: Rule[] = [{ scope: 'documents:read', where: { category: ['cafe\u0301'] } }]
  const { body } = await create(admin, { scopes: ['documents:read'], rules })
  const { id } = await made({ category: 'caf\u00e9' })
  assert.equal((await call('GET', `/documents/${id}`, body.client_secret)).status, 200)
  assert.deepEqual(body.rules[0].where.category, ['caf\u00e9'])
})

function create(key: string, json: Json): Promise<Answer> {
  return call('POST', '/credentials', key, { name: 'Narrow', ...json })
}

async function made(json: Json): Promise<{ id: number }> {
  return (await call('POST', '/documents', admin, { title: 'A document', ...json })).body
}

function call(method: string, path: string, key: string, json?: Json): Promise<Answer> {
  return server.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })
}
