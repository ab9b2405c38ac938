import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import type { BuiltInRole } from '../src/access/roles.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { makePerson } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const newAudit = auditTrail(server)
// No other administrator is the last one beside this one.
await makePerson(server, 'admin')

type By = { key: string } | { token: string }
const patch = (path: string, json: Json) => server.call('PATCH', `/api/v1${path}`, { key: admin, json })

/** A request with an Idempotency-Key of its own, to be sent several times. */
function request(path: string, json: Json = {}) {
  const headers = { 'idempotency-key': randomUUID() }
  return (by: By) => server.call('POST', `/api/v1${path}`, { ...by, json, headers })
}

async function assertDone(answer: Promise<Answer>): Promise<Json> {
  const { status, text, body, headers } = await answer
  assert.ok(status >= 200 && status < 300, text)
  assert.equal(headers.get('idempotency-replayed'), null)
  return body
}

/** The first response again, and nothing done. */
async function assertReplayed(answer: Promise<Answer>, first: Json): Promise<void> {
  const { status, text, body, headers } = await answer
  assert.ok(status >= 200 && status < 300, text)
  assert.equal(headers.get('idempotency-replayed'), 'true')
  assert.deepEqual(body, first)
}

/** Neither a response nor a change, nor the header that would tell of one. */
async function assertDenied(answer: Promise<Answer>, details: RegExp): Promise<void> {
  await newAudit()
  const refused = await answer
  assertRefused(refused, 403, details)
  assert.equal(refused.headers.get('idempotency-replayed'), null)
  assert.deepEqual(
    (await newAudit()).filter(({ before, after }) => before !== null || after !== null),
    [],
  )
}

const person = (role: BuiltInRole) => {
  const name = `p-${randomUUID().slice(0, 8)}`
  return { username: name, email: `${name}@example.org`, password: 'correct horse', role }
}
const hook = { url: 'https://example.com/hook', events: ['user.created'] }

/** A request of a credential with `admin`, the scopes that it takes, and those of its route alone. */
const kinds: [
  name: string,
  () => Promise<ReturnType<typeof request>> | ReturnType<typeof request>,
  enough: string,
  less: string,
][] = [
  [
    'a credential with scopes',
    () => request('/credentials', { name: 'K', scopes: ['audit:read'] }),
    'credentials:write audit:read',
    'credentials:write',
  ],
  [
    'a credential with admin',
    () => request('/credentials', { name: 'K', scopes: ['admin'] }),
    'admin',
    'credentials:write audit:read read write',
  ],
  [
    'a credential of another tier',
    () => request('/credentials', { name: 'K', scopes: ['documents:read'], tier: 'premium' }),
    'admin',
    'credentials:write documents:read',
  ],
  [
    'the new secret of a credential',
    async () => request(`/credentials/${(await server.credential('users:read')).id}/rotate`),
    'credentials:write credentials:read users:read',
    'credentials:write credentials:read documents:read',
  ],
  [
    'a webhook with its secret',
    () => request('/webhooks', hook),
    'webhooks:write users:read',
    'webhooks:write documents:read',
  ],
  [
    'the new secret of a webhook',
    async () => {
      const { body } = await server.call('POST', '/api/v1/webhooks', { key: admin, json: hook })
      return request(`/webhooks/${body.id}/rotate-secret`)
    },
    'webhooks:write webhooks:read users:read',
    'webhooks:write webhooks:read documents:read',
  ],
  [
    'a user with a role',
    () => request('/users', person('editor')),
    'users:write users:read documents:read documents:write',
    'users:write users:read',
  ],
  [
    'users in a batch',
    () => request('/users/batch', { items: [{ action: 'create', data: person('editor') }] }),
    'users:write users:read documents:read documents:write',
    'users:write users:read',
  ],
  [
    'users in an atomic batch',
    () => request('/users/batch?atomic=true', { items: [{ action: 'create', data: person('editor') }] }),
    'users:write users:read documents:read documents:write',
    'users:write users:read',
  ],
  [
    'a restored user',
    async () => {
      const { id } = await makePerson(server, 'editor')
      await server.call('DELETE', `/api/v1/users/${id}`, { key: admin })
      return request(`/users/${id}/restore`)
    },
    'users:write users:read documents:read documents:write',
    'users:write users:read',
  ],
  [
    'a document',
    () => request('/documents', { title: 'T' }),
    'documents:write documents:read',
    'documents:read',
  ],
]

describe('a stored response is repeated to those who could make the request now', () => {
  for (const [name, make, enough, less] of kinds) {
    test(`${name}: to a narrower token that has the scopes, and to none that lacks them`, async () => {
      const whole = await server.credential('admin')
      const send = await make()
      const first = await assertDone(send({ key: whole.secret }))
      await assertDenied(send({ token: await server.token(whole, less) }), /needs the scopes? '/)
      await assertReplayed(send({ token: await server.token(whole, enough) }), first)
      await assertReplayed(send({ key: whole.secret }), first)
    })
  }

  test('not while a demotion of the owner takes the scopes, and again when they are back', async () => {
    const owner = await makePerson(server, 'admin')
    const { secret: key } = await server.credential('admin', { owner_id: owner.id })
    const send = request('/credentials', { name: 'K', scopes: ['users:write'] })
    const first = await assertDone(send({ key }))
    await patch(`/users/${owner.id}`, { role: 'developer' })
    await assertDenied(
      send({ key }),
      /needs the scope 'users:write', which the credential was given but its owner's role 'developer'/,
    )
    await patch(`/users/${owner.id}`, { role: 'admin' })
    await assertReplayed(send({ key }), first)
  })

  test('not once the role reaches own records alone, and it was of somebody else', async () => {
    const owner = await makePerson(server, 'admin')
    const { secret: key } = await server.credential('credentials:write documents:read', {
      owner_id: owner.id,
    })
    const { id } = await server.credential('documents:read')
    const send = request(`/credentials/${id}/rotate`)
    await assertDone(send({ key }))
    await patch(`/users/${owner.id}`, { role: 'developer' })
    await assertDenied(send({ key }), /reaches fewer records/)
  })

  test('not for what the former owner of the credential made', async () => {
    const [from, to] = [await makePerson(server, 'developer'), await makePerson(server, 'developer')]
    const { id, secret: key } = await server.credential('credentials:write documents:read', {
      owner_id: from.id,
    })
    const send = request('/credentials', { name: 'K', scopes: ['documents:read'] })
    const first = await assertDone(send({ key }))
    await assertReplayed(send({ key }), first)
    await patch(`/credentials/${id}`, { owner_id: to.id })
    await assertDenied(send({ key }), /reaches fewer records/)
  })

  test('not once rules exclude the documents', async () => {
    const { id, secret: key } = await server.credential('documents:read documents:write')
    const send = request('/documents', { title: 'T', category: 'reports' })
    const first = await assertDone(send({ key }))
    const rule = (scope: string, category: string) => ({ scope, where: { category: [category] } })
    const rules = (category: string) =>
      ['documents:read', 'documents:write'].map((scope) => rule(scope, category))
    assert.equal((await patch(`/credentials/${id}`, { rules: rules('policies') })).status, 200)
    await assertDenied(send({ key }), /reaches fewer records/)
    assert.equal((await patch(`/credentials/${id}`, { rules: null })).status, 200)
    await assertReplayed(send({ key }), first)
  })

  test('not once the bounds of the creator are narrower than those that it handed on', async () => {
    const { id, secret: key } = await server.credential('credentials:write documents:read documents:write')
    const child = request('/credentials', { name: 'K', scopes: ['documents:read'] })
    const document = request('/documents', { title: 'T' })
    const first = await assertDone(child({ key }))
    const made = await assertDone(document({ key }))
    await patch(`/credentials/${id}`, { allowed_ips: ['127.0.0.0/8'] })
    await assertDenied(child({ key }), /has narrower bounds than when/)
    await assertReplayed(document({ key }), made)
    await patch(`/credentials/${id}`, { allowed_ips: null })
    await assertReplayed(child({ key }), first)
    const parent = request('/credentials', { name: 'K', scopes: ['credentials:write', 'documents:read'] })
    const { client_secret } = await assertDone(parent({ key }))
    const grandchild = request('/credentials', { name: 'K', scopes: ['documents:read'] })
    await assertDone(grandchild({ key: client_secret }))
    await patch(`/credentials/${id}`, { expires_at: '2026-06-01T00:00:00Z' })
    await assertDenied(grandchild({ key: client_secret }), /has narrower bounds than when/)
  })

  test('also where a scope was lost that the request did not need', async () => {
    const whole = await server.credential('admin')
    const send = request('/documents', { title: 'T' })
    const first = await assertDone(send({ key: whole.secret }))
    await patch(`/credentials/${whole.id}`, { scopes: ['documents:read', 'documents:write'] })
    await assertReplayed(send({ key: whole.secret }), first)
  })
})
