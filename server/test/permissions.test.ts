import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'
import { matches, nameOf, ruleSets } from './rules.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const owner = await makePerson(server, 'admin')
const explain = (query: string, key = admin) =>
  server.call('GET', `/api/v1/permissions/explain?${query}`, { key })
const documents: Json[] = []
for (const category of ['policies', 'reports'])
  for (const status of ['draft', 'published'])
    for (const author_id of [owner.id, undefined]) {
      const json = { title: 'A document', category, status, ...(author_id ? { author_id } : {}) }
      documents.push((await server.call('POST', '/api/v1/documents', { key: admin, json })).body)
    }

for (const rules of ruleSets('documents:write'))
  test(`what the explanation says is what happens: ${nameOf(rules)}`, async () => {
    const made = await server.credential('documents:read documents:write', { owner_id: owner.id, rules })
    for (const document of documents) {
      const { body } = await explain(
        `action=documents:write&resource_id=${document.id}&credential_id=${made.id}`,
      )
      const patched = await server.call('PATCH', `/api/v1/documents/${document.id}`, {
        key: made.secret,
        json: {},
      })
      assert.equal(body.allowed, patched.status === 200, JSON.stringify(body))
      const first = rules.findIndex((rule) => matches([rule], 'documents:write', document, owner.id))
      const decided = body.steps.at(-1)
      assert.deepEqual(
        [decided.check, decided.by, decided.rule],
        ['rules', 'credential', first === -1 ? null : first + 1],
      )
      const own = await explain(`action=documents:write&resource_id=${document.id}`, made.secret)
      assert.deepEqual(own.body, body)
    }
  })

for (const rules of ruleSets('documents:read'))
  test(`the audit log, whole or in part, is not for a caller who reads ${nameOf(rules)}`, async () => {
    const { secret, id } = await server.credential('audit:read documents:read', { owner_id: owner.id, rules })
    const everything = rules.some(({ where }) => where.status?.length === 3)
    const { body } = await explain(`action=audit:read&credential_id=${id}`)
    assert.equal(body.allowed, everything, JSON.stringify(body.steps))
    const document = documents[0]
    for (const query of [
      '',
      '?limit=1',
      `?target_type=document&target_id=${document.id}`,
      '/export',
      '/export?format=csv',
      '/head',
    ]) {
      const answer = await server.call('GET', `/api/v1/audit-log${query}`, { key: secret })
      if (everything) assert.equal(answer.status, 200, answer.text)
      else assertRefused(answer, 403, /^The audit log is about all documents, and the credential '.+' reads/)
    }
  })

test('rules for writing, and rules of others, do not close the audit log', async () => {
  const rules: Rule[] = [{ scope: 'documents:write', where: { own: true } }]
  const { secret } = await server.credential('audit:read documents:write', { owner_id: owner.id, rules })
  assert.equal((await server.call('GET', '/api/v1/audit-log', { key: secret })).status, 200)
  const role = { name: 'narrow-auditor', scopes: ['audit:read', 'documents:read'] }
  const narrowed = { ...role, rules: [{ scope: 'documents:read', where: { category: ['policies'] } }] }
  await server.call('POST', '/api/v1/roles', { key: admin, json: narrowed })
  const person = await signedInAs(server, 'narrow-auditor')
  assertRefused(await person.call('GET', '/api/v1/audit-log'), 403, /the role 'narrow-auditor' reads/)
})

test('the scope, the role of the owner and the rules of a role are told apart', async () => {
  const person = await signedInAs(server, 'normal')
  const made = await server.credential('documents:read documents:write', { owner_id: person.id })
  const lastOf = async (query: string) => {
    const { body } = await explain(query)
    return [body.allowed, body.steps.at(-1).check, body.steps.at(-1).by, body.steps.at(-1).name]
  }
  const { id } = documents.find(({ status }) => status === 'draft') ?? {}
  assert.deepEqual(await lastOf(`action=users:read&credential_id=${made.id}`), [
    false,
    'scope',
    'credential',
    'documents:read documents:write',
  ])
  assert.deepEqual(await lastOf(`action=documents:write&credential_id=${made.id}`), [
    false,
    'owner',
    'role',
    'normal',
  ])
  assert.deepEqual(await lastOf(`action=documents:read&resource_id=${id}&user_id=${person.id}`), [
    false,
    'rules',
    'role',
    'normal',
  ])
  assert.deepEqual((await lastOf(`action=documents:read&user_id=${owner.id}`))[0], true)
})

test('a document that the asker may not read looks like one that does not exist', async () => {
  const rules: Rule[] = [{ scope: 'documents:read', where: { category: ['policies'] } }]
  const { secret } = await server.credential('documents:read', { rules })
  const hidden = documents.find(({ category }) => category === 'reports')?.id
  const [one, none] = await Promise.all(
    [hidden, 999_999].map((id) => explain(`action=documents:read&resource_id=${id}`, secret)),
  )
  const text = (answer: Json) => answer.text.replaceAll(/\b\d{1,6}\b(?=[ ,"])/g, 'N')
  assert.equal(one?.body.allowed, false)
  assert.equal(text(one), text(none))
  assert.match(none?.text ?? '', /There is no document 999999 that you may read\./)
  // Administrators may read every document, so that there is none.
  const told = await explain('action=documents:read&resource_id=999999', admin)
  assert.equal(told.body.steps.at(-1).details, 'There is no document 999999.')
})

test('others are explained to administrators alone, and queries that make no sense are refused', async () => {
  const { secret, id } = await server.credential('read credentials:read')
  for (const query of [`credential_id=${id}`, `user_id=${owner.id}`])
    assertRefused(await explain(`action=documents:read&${query}`, secret), 403, /'admin'/)
  assertRefused(await explain('action=eat'), 400, /'action'/)
  assertRefused(await explain('action=users:read&resource_id=1'), 400, /'resource_id'/)
  assertRefused(await explain(`action=users:read&user_id=1&credential_id=${id}`), 400, /not both/)
  assertRefused(await explain('action=users:read&credential_id=999999'), 404, /999999/)
})

test('a caller who may write and not read is not told about one document', async () => {
  const { secret } = await server.credential('documents:write', {
    rules: [{ scope: 'documents:write', where: { category: ['policies'] } }],
  })
  assert.equal((await explain('action=documents:write', secret)).status, 200)
  const refusals = await Promise.all(
    [1, 999_999].map((id) => explain(`action=documents:write&resource_id=${id}`, secret)),
  )
  for (const refusal of refusals)
    assertRefused(refusal, 403, /^Explaining for one document needs the scope 'documents:read'/)
})
