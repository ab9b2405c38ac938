import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { makePerson } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({
  env: { COMSERV_RATE_LIMIT_STANDARD: '5000', COMSERV_RATE_LIMIT_PREMIUM: '9000' },
})
const { secret: admin } = await server.credential('admin', { tier: 'premium' })
const scopes = ['credentials:read', 'credentials:write', 'documents:read', 'users:read']

const patch = (id: number, json: Json) =>
  server.call('PATCH', `/api/v1/credentials/${id}`, { key: admin, json })
const read = (path: string, by: object) => server.call('GET', `/api/v1/${path}`, by)

/** A credential, its child and its grandchild, as keys and as tokens. */
async function line(more: Json = {}) {
  const parent = await server.credential(scopes.join(' '), more)
  const child = await childOf(parent.secret, 'Child')
  const grandchild = await childOf(child.secret, 'Grandchild')
  const descendants = await Promise.all(
    [child, grandchild].flatMap((one) => [
      { key: one.secret },
      server.token(one).then((token) => ({ token })),
    ]),
  )
  return { parent, child, grandchild, descendants }
}

async function childOf(key: string, name: string) {
  const { body } = await server.call('POST', '/api/v1/credentials', { key, json: { name, scopes } })
  return { id: body.id, clientId: body.client_id, secret: body.client_secret }
}

test('a scope that a credential loses is lost to all that descend from it, and comes back with it', async () => {
  const { parent, grandchild, descendants } = await line()
  const left = scopes.filter((scope) => scope !== 'documents:read')
  for (const by of descendants) assert.equal((await read('documents', by)).status, 200)
  assert.equal((await patch(parent.id, { scopes: left })).status, 200)
  for (const by of descendants) {
    const details =
      /'documents:read', which the credential was given but the credential '.+', which it descends from, does not have\.$/
    assertRefused(await read('documents', by), 403, details)
    assert.equal((await read('users', by)).status, 200)
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: grandchild.clientId,
    client_secret: grandchild.secret,
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const issue = (scope: string) =>
    server.call('POST', '/api/v1/oauth/token', { body: `${form}&scope=${scope}`, headers })
  assert.equal((await issue('')).body.scope, 'users:read credentials:read credentials:write')
  const refused = (await issue('documents:read')).body
  assert.equal(refused.error, 'invalid_scope')
  assert.match(refused.error_description, /which it descends from, does not have it/)
  const explained = await read(`permissions/explain?action=documents:read&credential_id=${grandchild.id}`, {
    key: admin,
  })
  const last = explained.body.steps.at(-1)
  assert.deepEqual([explained.body.allowed, last.check, last.by], [false, 'parent', 'credential'])
  await patch(parent.id, { scopes })
  for (const by of descendants) assert.equal((await read('documents', by)).status, 200)
})

test('a tier that a credential loses is lost to all that descend from it', async () => {
  const { parent, child, descendants } = await line({ tier: 'premium' })
  assert.equal((await patch(child.id, { tier: 'premium' })).status, 200)
  const [byKey, byToken] = descendants
  const limits = async () =>
    Promise.all(
      [byKey, byToken].map(async (by) =>
        (await read('documents', by ?? {})).headers.get('x-ratelimit-limit'),
      ),
    )
  assert.deepEqual(await limits(), ['9000', '9000'])
  assert.equal((await patch(parent.id, { tier: 'standard' })).status, 200)
  assert.deepEqual(await limits(), ['5000', '5000'])
})

test('a credential gets no more than the one that created it, no matter who sets it', async () => {
  const { parent, child, grandchild } = await line()
  const which = new RegExp(`these are the bounds of the credential ${parent.id}, which created it`)
  for (const json of [{ scopes: [...scopes, 'users:write'] }, { scopes: ['admin'] }, { tier: 'premium' }])
    assertRefused(await patch(child.id, json), 400, which)
  await patch(parent.id, { scopes: ['users:read'] })
  assertRefused(await patch(grandchild.id, { scopes: ['documents:read'] }), 400, /'documents:read'/)
  assert.equal((await patch(grandchild.id, { scopes: ['users:read'] })).status, 200)
})

test('a child of a program with admin may have any tier', async () => {
  const parent = await server.credential('admin')
  const json = { name: 'Fast', scopes: ['documents:read'], tier: 'premium' }
  const { body } = await server.call('POST', '/api/v1/credentials', { key: parent.secret, json })
  const shown = await read('documents', { key: body.client_secret })
  assert.equal(shown.headers.get('x-ratelimit-limit'), '9000')
})

const revoke = (id: number) => server.call('DELETE', `/api/v1/credentials/${id}`, { key: admin })

test('a credential that was handed over does not end with the one that created it, and keeps its bounds', async () => {
  const { id: owner_id } = await makePerson(server, 'developer')
  const { parent, child, grandchild } = await line()
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  const left = scopes.filter((scope) => scope !== 'users:read')
  const expires_at = '2030-01-01T00:00:00Z'
  const allowed_ips = ['127.0.0.0/8']
  assert.equal((await patch(parent.id, { scopes: left, rules, expires_at, allowed_ips })).status, 200)
  const { status, body, text } = await patch(child.id, { owner_id })
  assert.equal(status, 200, text)
  assert.deepEqual(
    [body.parent_id, body.owner_id, body.expires_at, body.allowed_ips, body.rules, body.tier],
    [null, owner_id, expires_at, allowed_ips, rules, 'standard'],
  )
  assert.deepEqual(body.scopes.toSorted(), left.toSorted())
  assert.equal((await revoke(parent.id)).status, 204)
  // Its own children stay with it.
  for (const { secret } of [child, grandchild])
    assert.equal((await read('documents', { key: secret })).status, 200)
  assert.equal((await revoke(child.id)).status, 204)
  assert.equal((await read('documents', { key: grandchild.secret })).status, 401)
})

test('whoever hands a credential over may give it something else', async () => {
  const { parent, child } = await line()
  await patch(parent.id, { scopes: ['credentials:read'], allowed_ips: ['10.0.0.0/8'] })
  const { id: owner_id } = await makePerson(server, 'developer')
  const given = { owner_id, scopes: ['documents:read'], allowed_ips: ['127.0.0.1'] }
  const { body, text } = await patch(child.id, given)
  assert.deepEqual(
    [body.scopes, body.allowed_ips, body.parent_id],
    [given.scopes, given.allowed_ips, null],
    text,
  )
  assert.equal((await read('documents', { key: child.secret })).status, 200)
})

test('what would leave it nothing is refused, and a program does not release its own descendants', async () => {
  const { id: owner_id } = await makePerson(server, 'admin')
  const { parent, child } = await line()
  await patch(child.id, { scopes: ['documents:read'] })
  await patch(parent.id, { scopes: ['users:read'] })
  assertRefused(
    await patch(child.id, { owner_id }),
    400,
    /leave it no scope; send 'scopes' with the new owner/,
  )

  const program = await server.credential('admin')
  const { body: made } = await server.call('POST', '/api/v1/credentials', {
    key: program.secret,
    json: { name: 'Child', scopes: ['documents:read'] },
  })
  const { body } = await server.call('PATCH', `/api/v1/credentials/${made.id}`, {
    key: program.secret,
    json: { owner_id },
  })
  assert.deepEqual([body.parent_id, body.owner_id], [program.id, owner_id])
  await revoke(program.id)
  assert.equal((await read('documents', { key: made.client_secret })).status, 401)
})
