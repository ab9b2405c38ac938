import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { grantOf, grantsOf } from '../src/access/grant.ts'
import type { BuiltInRole } from '../src/access/roles.ts'
import { allDocuments } from '../src/access/rules.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, signedInAs } from './people.ts'
import { assertOAuthRefused, assertRefused } from './refusals.ts'

const server = await startServer()
const beside = await startServer({ beside: server })
const { secret: admin } = await server.credential('admin')
// No other administrator is the last one beside this one.
await makePerson(server, 'admin')

type Shown = { key: string } | { token: string }
const post = (path: string, json: Json, by: Shown = { key: admin }) =>
  server.call('POST', `/api/v1${path}`, { ...by, json })
const get = (path: string, by: Shown, on = server) => on.call('GET', `/api/v1${path}`, by)
const become = (id: number, role: BuiltInRole) =>
  server.call('PATCH', `/api/v1/users/${id}`, { key: admin, json: { role } })

/** A person's credential with these scopes, shown as a key and as a token that was issued at once. */
async function owned(role: BuiltInRole, scopes: string) {
  const owner = await makePerson(server, role)
  const credential = await server.credential(scopes, { owner_id: owner.id })
  const token = await server.token(credential)
  return { owner, credential, ways: [{ key: credential.secret }, { token }] as Shown[] }
}

function requestToken(
  { clientId, secret }: { clientId: string; secret: string },
  more: Record<string, string> = {},
) {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret, ...more }
  return server.call('POST', '/api/v1/oauth/token', {
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

async function introspect(token: string) {
  const { clientId, secret } = await server.credential('admin')
  const { body } = await server.call('POST', '/api/v1/oauth/introspect', {
    body: new URLSearchParams({ client_id: clientId, client_secret: secret, token }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return body
}

describe('a credential may do what its owner may do now', () => {
  test('keys and tokens of a demoted administrator lose what the new role lacks, and get it back with the role', async () => {
    const { owner, ways } = await owned('admin', 'admin')
    for (const way of ways) assert.equal((await get('/audit-log', way)).status, 200)
    await become(owner.id, 'normal')
    for (const way of ways) {
      assertRefused(
        await get('/audit-log', way),
        403,
        /^This call needs the scope 'audit:read', which the credential was given but its owner's role 'normal' does not have\.$/,
      )
      const json = { role: 'admin' }
      const promoted = await server.call('PATCH', `/api/v1/users/${owner.id}`, { ...way, json })
      assertRefused(promoted, 403, /'users:write'/)
      assert.equal((await get('/documents', way)).status, 200)
      assert.equal((await server.call('GET', '/metrics', way)).status, 403)
    }
    await become(owner.id, 'admin')
    for (const way of ways) assert.equal((await get('/audit-log', way)).status, 200)
  })

  test('in another process within a second', async () => {
    const { owner, ways } = await owned('developer', 'users:read documents:read')
    for (const way of ways) assert.equal((await get('/users', way, beside)).status, 200)
    await become(owner.id, 'normal')
    server.clock.advance(1_000)
    for (const way of ways) assert.equal((await get('/users', way, beside)).status, 403)
  })

  test('a scope that was never given is refused as before', async () => {
    const { ways } = await owned('normal', 'documents:read')
    const refused = await get('/users', ways[0] as Shown)
    assertRefused(
      refused,
      403,
      /^This call needs the scope 'users:read', which the credential does not have\.$/,
    )
  })

  test('drafts of others follow the role, in lists, counts, searches, exports and revisions', async () => {
    const { owner, ways } = await owned('editor', 'documents:read')
    const { body: draft } = await post('/documents', { title: 'Quagga draft' })
    await post('/documents', { title: 'Quagga published', status: 'published' })
    for (const way of ways) {
      assert.equal((await get('/documents?q=quagga', way)).body.meta.total_count, 2)
      assert.equal((await get(`/documents/${draft.id}/revisions`, way)).status, 200)
    }
    await become(owner.id, 'normal')
    for (const way of ways) {
      const found = await get('/documents?q=quagga', way)
      assert.deepEqual(
        [found.body.data.map(({ title }: Json) => title), found.body.meta.total_count],
        [['Quagga published'], 1],
      )
      assert.equal((await get(`/documents/${draft.id}`, way)).status, 404)
      assert.equal((await get(`/documents/${draft.id}/revisions`, way)).status, 403)
      assert.equal((await get('/documents?status=draft', way)).status, 403)
      assert.ok(!(await get('/documents/export', way)).text.includes('Quagga draft'))
    }
  })

  test('admin is not had where the owner is no administrator: neither its scopes nor its reach', async () => {
    const { credential, ways } = await owned('developer', 'admin')
    const foreign = await server.credential('documents:read')
    for (const way of ways) {
      assert.equal((await get('/users', way)).status, 200)
      assert.equal((await get(`/credentials/${credential.id}`, way)).status, 200)
      assert.equal((await get(`/credentials/${foreign.id}`, way)).status, 404)
      assert.equal((await get('/audit-log', way)).status, 403)
      assertRefused(
        await post('/credentials', { name: 'K', scopes: ['read'], owner_id: 1 }, way),
        403,
        /needs the scope 'admin', which the credential was given but its owner's role 'developer' does not have\.$/,
      )
      const more = await post('/credentials', { name: 'K', scopes: ['audit:read'] }, way)
      assertRefused(more, 403, /'audit:read'/)
    }
  })

  test('the reach of a credential without admin widens with the role of its owner, too', async () => {
    const { owner, ways } = await owned('developer', 'credentials:read')
    const foreign = await server.credential('documents:read')
    assert.equal((await get(`/credentials/${foreign.id}`, ways[0] as Shown)).status, 404)
    await become(owner.id, 'admin')
    assert.equal((await get(`/credentials/${foreign.id}`, ways[0] as Shown)).status, 200)
  })

  test('credentials of the system account are bound by their scopes alone', async () => {
    const { secret: key } = await server.credential('audit:read credentials:read')
    assert.equal((await get('/audit-log', { key })).status, 200)
    assert.equal((await get('/users', { key })).status, 403)
  })
})

describe('tokens', () => {
  test('the token endpoint grants the scopes that are left, and says so', async () => {
    const { owner, credential } = await owned('developer', 'read credentials:read')
    assert.equal((await requestToken(credential)).body.scope, 'read credentials:read')
    await become(owner.id, 'editor')
    assert.equal((await requestToken(credential)).body.scope, 'users:read documents:read')
    await become(owner.id, 'normal')
    const { body } = await requestToken(credential)
    assert.equal(body.scope, 'documents:read')
    assert.equal((await get('/users', { token: body.access_token })).status, 403)
  })

  test('a scope that the owner lacks is refused, and nothing left is no token at all', async () => {
    const { owner, credential } = await owned('developer', 'users:read credentials:read')
    await become(owner.id, 'normal')
    assertOAuthRefused(
      await requestToken(credential),
      400,
      'invalid_scope',
      /^The role 'normal' of the credential's owner has none of the scopes that the credential was given: users:read, credentials:read\.$/,
    )
    await become(owner.id, 'editor')
    assertOAuthRefused(
      await requestToken(credential, { scope: 'credentials:read' }),
      400,
      'invalid_scope',
      /^The credential was given the scope 'credentials:read', but its owner's role 'editor' does not have it\.$/,
    )
    const never = await requestToken(credential, { scope: 'documents:write' })
    assertOAuthRefused(
      never,
      400,
      'invalid_scope',
      /^The credential does not have the scope 'documents:write'\.$/,
    )
  })

  test('introspection says what a token may do now', async () => {
    const { owner, credential } = await owned('developer', 'read webhooks:read')
    const token = await server.token(credential)
    assert.equal((await introspect(token)).scope, 'read webhooks:read')
    await become(owner.id, 'editor')
    assert.equal((await introspect(token)).scope, 'users:read documents:read')
    const asOwner = await server.credential('admin', { owner_id: owner.id })
    const { body } = await server.call('POST', '/api/v1/oauth/introspect', {
      body: new URLSearchParams({
        client_id: asOwner.clientId,
        client_secret: asOwner.secret,
        token,
      }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.deepEqual(body, { active: false }, 'admin of an editor inspects no tokens of others')
  })
})

test('outside of a request, the grant of a user is that of the role, and of one who may not sign in nothing', async () => {
  const { read } = server.context.database
  const editor = await makePerson(server, 'editor')
  const suspended = await makePerson(server, 'admin', { status: 'suspended' })
  const grant = await grantOf(read, editor.id)
  assert.deepEqual([...(grant?.scopes ?? [])], ['users:read', 'documents:read', 'documents:write'])
  assert.deepEqual(grant?.reach, { ownOnly: true, publishedOnly: false, documents: allDocuments })
  assert.equal(await grantOf(read, suspended.id), undefined)
  assert.deepEqual([...(await grantsOf(read, [editor.id, suspended.id, 4711])).keys()], [editor.id])
  const person = await signedInAs(server, 'normal')
  assert.deepEqual(person.session.scopes, ['documents:read'])
})
