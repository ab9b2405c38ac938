import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const { secret: keeper } = await server.credential('read credentials:read credentials:write')
const newAudit = auditTrail(server)
await newAudit()

const fields = [
  'id',
  'name',
  'client_id',
  'scopes',
  'withheld_scopes',
  'tier',
  'owner_id',
  'parent_id',
  'status',
  'secret_prefix',
  'previous_secret_expires_at',
  'created_at',
  'updated_at',
  'expires_at',
  'allowed_ips',
  'last_used_at',
  'last_used_ip',
  'rules',
]

async function createCredential(more: object = {}, key = admin): Promise<Json> {
  const json = { name: 'A program', scopes: ['read'], ...more }
  const answer = await server.call('POST', '/api/v1/credentials', { key, json })
  assert.equal(answer.status, 201, answer.text)
  return answer.body
}

const patch = (id: number, json: object, key = admin) =>
  server.call('PATCH', `/api/v1/credentials/${id}`, { key, json })

async function createUser(username: string, status = 'active'): Promise<number> {
  const json = {
    username,
    email: `${username}@example.org`,
    password: 'correct horse',
    role: 'editor',
    status,
  }
  const { body } = await server.call('POST', '/api/v1/users', { key: admin, json })
  await server.newEvents()
  await newAudit()
  return body.id
}

async function assertNothingHappened(): Promise<void> {
  assert.deepEqual(await server.newEvents(), [])
  assert.deepEqual(await newAudit(), [])
}

test('a created credential shows its secret once, and works', async () => {
  const created = await server.call('POST', '/api/v1/credentials', {
    key: admin,
    json: { name: '  Reader ', scopes: ['documents:read', 'read'], tier: 'premium', expires_at: null },
  })
  assert.equal(created.status, 201)
  const { client_secret, ...shown } = created.body
  assert.equal(created.headers.get('location'), `/api/v1/credentials/${shown.id}`)
  assert.match(created.headers.get('cache-control') ?? '', /private/)
  assert.deepEqual(Object.keys(created.body), [...fields, 'client_secret'])
  assert.match(client_secret, /^cs_live_[0-9A-Za-z]{38}$/)
  assert.match(shown.client_id, /^cs_client_[0-9A-Za-z]{20}$/)
  assert.equal(shown.name, 'Reader')
  assert.deepEqual(shown.scopes, ['read', 'documents:read'])
  assert.equal(shown.tier, 'premium')
  assert.equal(shown.status, 'active')
  assert.equal(shown.secret_prefix, client_secret.slice(0, 12))
  assert.equal(shown.created_at, '2026-01-15T08:30:00Z')

  const read = await server.call('GET', `/api/v1/credentials/${shown.id}`, { key: admin })
  assert.deepEqual(read.body, shown)
  const list = await server.call('GET', '/api/v1/credentials', { key: admin })
  assert.deepEqual(list.body.data[0], shown)
  assert.equal((await server.call('GET', '/api/v1/users', { key: client_secret })).status, 200)
  assert.deepEqual(await server.newEvents(), [])

  const [row, ...others] = await newAudit()
  assert.deepEqual(others, [])
  assert.equal(row?.action, 'credential.create')
  assert.equal(row?.requestId, created.headers.get('x-request-id'))
  assert.equal(row?.before, null)
  assert.deepEqual(row?.after, shown)
})

test('neither the secret nor its hash is in the audit log, and the secret is in no table', async () => {
  const { id, client_secret } = await createCredential()
  await server.call('POST', `/api/v1/credentials/${id}/rotate`, { key: admin, json: {} })
  await server.call('DELETE', `/api/v1/credentials/${id}`, { key: admin })
  const { read } = server.context.database
  const secrets = await read.selectFrom('credential_secrets').selectAll().execute()
  const credentials = await read.selectFrom('credentials').selectAll().execute()
  const rows = JSON.stringify(await newAudit())
  for (const { secret_hash } of secrets) assert.equal(rows.includes(secret_hash), false)
  for (const text of [rows, JSON.stringify([secrets, credentials])]) {
    assert.equal(text.includes(client_secret), false)
    assert.equal(text.includes(client_secret.slice(12)), false)
  }
})

test('credentials are listed newest first, with their total', async () => {
  const made = [await createCredential(), await createCredential(), await createCredential()]
  const { body } = await server.call('GET', '/api/v1/credentials?limit=2', { key: admin })
  assert.deepEqual(
    body.data.map(({ id }: Json) => id),
    [made[2].id, made[1].id],
  )
  const all = await server.call('GET', '/api/v1/credentials?limit=100', { key: admin })
  assert.equal(body.meta.total_count, all.body.data.length)
  for (const credential of all.body.data) assert.deepEqual(Object.keys(credential), fields)
})

const refusedBodies: [change: object, details: RegExp][] = [
  [{ name: undefined }, /^The 'name' field is required$/],
  [{ scopes: undefined }, /^The 'scopes' field is required$/],
  [{ name: ' ' }, /^The 'name' field must be a name of 1 to 100 characters\.$/],
  [{ name: 7 }, /^The 'name' field must be text\.$/],
  [{ scopes: 'read' }, /^The 'scopes' field must be a list\.$/],
  [{ scopes: [] }, /^The 'scopes' field must have 1 to \d+ entries\.$/],
  [{ scopes: ['read', 'read'] }, /^The 'scopes' field must not contain duplicates\.$/],
  [{ scopes: ['everything'] }, /^The 'scopes\.0' field must be one of: read, write, users:read/],
  [{ tier: 'gold' }, /^The 'tier' field must be one of: standard, premium\.$/],
  [{ owner_id: '1' }, /^The 'owner_id' field must be a whole number or null\.$/],
  [{ owner_id: 99_999 }, /^There is no user with id 99999\.$/],
  [{ expires_at: 'tomorrow' }, /^The 'expires_at' field must be an RFC 3339 timestamp/],
  [{ expires_at: 1_893_456_000 }, /^The 'expires_at' field must be text or null\.$/],
  [
    { expires_at: '2027-02-30T00:00:00Z' },
    /^The 'expires_at' field is not valid: there is no 30 February 2027\.$/,
  ],
  [{ expires_at: '9999-12-31T23:59:59-01:00' }, /^The 'expires_at' field must be an RFC 3339 timestamp/],
  [{ expires_at: '2026-01-15T08:30:00Z' }, /^The 'expires_at' field must be in the future\.$/],
  [{ expires_at: '2026-01-15T08:30:00.5Z' }, /^The 'expires_at' field must be in the future\.$/],
  [{ allowed_ips: [] }, /^The 'allowed_ips' field must have 1 to 50 entries\.$/],
  [{ allowed_ips: ['10.0.0.0/33'] }, /^The 'allowed_ips' field contains '10\.0\.0\.0\/33', which is neither/],
  [{ allowed_ips: ['example.org'] }, /^The 'allowed_ips' field contains 'example\.org', which is neither/],
  [{ allowed_ips: ['10.0.0.1 10.0.0.2'] }, /^The 'allowed_ips' field contains '10\.0\.0\.1 10\.0\.0\.2'/],
  [{ client_id: 'mine' }, /^The 'client_id' field is not known here/],
  [{ client_secret: 'mine' }, /^The 'client_secret' field is not known here/],
  [{ revoked_at: null }, /^The 'revoked_at' field is not known here/],
]

test('a credential is not created from a body that breaks a rule, and the field is named', async () => {
  await newAudit()
  for (const [change, details] of refusedBodies) {
    const json = { name: 'A program', scopes: ['read'], ...change }
    assertRefused(await server.call('POST', '/api/v1/credentials', { key: admin, json }), 400, details)
  }
  await assertNothingHappened()
})

test('a patch changes what it names, null lifts a bound, and a patch that changes nothing leaves no trace', async () => {
  const allowed_ips = ['127.0.0.0/8', '::1']
  const { client_secret, ...credential } = await createCredential({
    expires_at: '2030-01-01T02:00:00+02:00',
    allowed_ips,
  })
  assert.equal(credential.expires_at, '2030-01-01T00:00:00Z')
  assert.deepEqual(credential.allowed_ips, allowed_ips)
  await newAudit()

  const { name, scopes, tier, expires_at } = credential
  const unchanged = await patch(credential.id, { name, scopes, tier, expires_at, allowed_ips })
  assert.deepEqual(unchanged.body, credential)
  await assertNothingHappened()

  const lifted = await patch(credential.id, { name: 'Renamed', expires_at: null, allowed_ips: null })
  assert.equal(lifted.status, 200)
  assert.deepEqual(lifted.body, { ...credential, name: 'Renamed', expires_at: null, allowed_ips: null })
  assert.deepEqual(await server.newEvents(), [])
  const [row] = await newAudit()
  assert.equal(row?.action, 'credential.update')
  assert.deepEqual(row?.before, credential)
  assert.deepEqual(row?.after, lifted.body)
})

test('a patch refuses what creation refuses, and to change the status or the parent', async () => {
  const { id } = await createCredential()
  await newAudit()
  for (const [json, details] of [
    [{ name: null }, /^The 'name' field must be text\.$/],
    [{ scopes: null }, /^The 'scopes' field must be a list\.$/],
    [{ owner_id: 99_999 }, /^There is no user with id 99999\.$/],
    [{ parent_id: null }, /^The 'parent_id' field is not known here/],
    [{ status: 'revoked' }, /^The 'status' field is not known here/],
    [{ expires_at: '2020-01-01T00:00:00Z' }, /^The 'expires_at' field must be in the future\.$/],
  ] as const) {
    assertRefused(await patch(id, json), 400, details)
  }
  await assertNothingHappened()
})

test('nobody hands out a scope that they do not hold', async () => {
  const own = await createCredential({ scopes: ['users:read'] }, keeper)
  await newAudit()
  for (const [scopes, beyond] of [
    [['write'], 'write'],
    [['read', 'users:write'], 'users:write'],
    [['audit:read'], 'audit:read'],
    [['admin'], 'admin'],
  ] as const) {
    const said = new RegExp(
      `^Granting it needs the scope '${beyond}', which the credential does not have\\.$`,
    )
    const json = { name: 'More', scopes }
    assertRefused(await server.call('POST', '/api/v1/credentials', { key: keeper, json }), 403, said)
    assertRefused(await patch(own.id, { scopes }, keeper), 403, said)
  }
  await assertNothingHappened()
  const within = await patch(own.id, { scopes: ['read', 'credentials:write'] }, keeper)
  assert.deepEqual(within.body.scopes, ['read', 'credentials:write'])
})

test('nobody changes or rotates a credential that opens more than their own', async () => {
  const { id, client_secret } = await createCredential({ scopes: ['write'] })
  await newAudit()
  assertRefused(await patch(id, { name: 'Mine' }, keeper), 403, /^Changing the credential needs .* 'write'/)
  const path = `/api/v1/credentials/${id}/rotate`
  const rotated = await server.call('POST', path, { key: keeper, json: { grace_hours: 0 } })
  assertRefused(rotated, 403, /^Changing the credential needs the scope 'write'/)
  await assertNothingHappened()
  const json = { title: 'Still works' }
  assert.equal((await server.call('POST', '/api/v1/documents', { key: client_secret, json })).status, 201)
  await server.newEvents()
})

test('a credential is made for somebody else by admin only, and only for an active user', async () => {
  const jo = await createUser('jo')
  const idle = await createUser('idle', 'suspended')
  const json = { name: 'Theirs', scopes: ['read'], owner_id: jo }
  const refused = await server.call('POST', '/api/v1/credentials', { key: keeper, json })
  assertRefused(refused, 403, /^Creating a credential for somebody else needs the scope 'admin'/)
  const suspended = await server.call('POST', '/api/v1/credentials', {
    key: admin,
    json: { ...json, owner_id: idle },
  })
  assertRefused(suspended, 400, /is suspended; only an active user can own credentials\.$/)
  await assertNothingHappened()
  const { owner_id, client_secret } = await createCredential({ owner_id: jo, scopes: ['write'] })
  assert.equal(owner_id, jo)
  const document = await server.call('POST', '/api/v1/documents', {
    key: client_secret,
    json: { title: 'T' },
  })
  assert.equal(document.body.author_id, jo)
  await server.newEvents()
})
