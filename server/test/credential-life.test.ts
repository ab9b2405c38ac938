import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const newAudit = auditTrail(server)
const hourMs = 3_600_000

const read = (shown: { key: string } | { token: string }) => server.call('GET', '/api/v1/documents', shown)

async function assertWorks(shown: { key: string } | { token: string }): Promise<void> {
  const { status, text } = await read(shown)
  assert.equal(status, 200, text)
}

async function assertNotWorking(shown: { key: string } | { token: string }, why: RegExp): Promise<void> {
  const answer = await read(shown)
  assertRefused(answer, 401, why)
  assert.match(
    answer.headers.get('www-authenticate') ?? '',
    /^Bearer realm="comserv", error="invalid_token", /,
  )
}

const rotate = (id: number, json: object) =>
  server.call('POST', `/api/v1/credentials/${id}/rotate`, { key: admin, json })

async function createUser(username: string): Promise<number> {
  const json = { username, email: `${username}@example.org`, password: 'correct horse', role: 'editor' }
  return (await server.call('POST', '/api/v1/users', { key: admin, json })).body.id
}

test('after a rotation both secrets work for 24 hours, then only the new one, and tokens live on', async () => {
  const credential = await server.credential('read')
  await newAudit()
  await server.newEvents()
  const { status, body } = await rotate(credential.id, {})
  assert.equal(status, 200)
  const endsAtMs = server.clock.now() + 24 * hourMs
  assert.equal(Date.parse(body.previous_secret_expires_at), endsAtMs)
  assert.notEqual(body.client_secret, credential.secret)
  const [row] = await newAudit()
  assert.equal(row?.action, 'credential.rotate')
  assert.equal(row?.before.previous_secret_expires_at, null)
  assert.equal(row?.after.secret_prefix, body.client_secret.slice(0, 12))
  assert.equal('client_secret' in row.after, false)
  assert.deepEqual(await server.newEvents(), [])

  server.clock.advance(endsAtMs - 1 - server.clock.now())
  await assertWorks({ key: credential.secret })
  await assertWorks({ key: body.client_secret })
  const token = await server.token(credential)
  server.clock.advance(1)
  await assertNotWorking({ key: credential.secret }, /^The secret was replaced by a newer one/)
  await assertWorks({ key: body.client_secret })
  await assertWorks({ token })
  const shown = await server.call('GET', `/api/v1/credentials/${credential.id}`, { key: admin })
  assert.equal(shown.body.previous_secret_expires_at, null)
})

test('a rotation without grace ends the old secret at once', async () => {
  const credential = await server.credential('read')
  const { body } = await rotate(credential.id, { grace_hours: 0 })
  assert.equal(body.previous_secret_expires_at, null)
  await assertNotWorking({ key: credential.secret }, /^The secret was replaced by a newer one/)
  await assertWorks({ key: body.client_secret })
})

test('a second rotation never lengthens the grace of the first, and one without grace ends every older secret', async () => {
  const credential = await server.credential('read')
  const second = (await rotate(credential.id, { grace_hours: 1 })).body
  const third = (await rotate(credential.id, { grace_hours: 168 })).body
  assert.equal(Date.parse(third.previous_secret_expires_at), server.clock.now() + 168 * hourMs)
  server.clock.advance(hourMs)
  await assertNotWorking({ key: credential.secret }, /replaced/)
  await assertWorks({ key: second.client_secret })
  const fourth = (await rotate(credential.id, { grace_hours: 0 })).body
  await assertNotWorking({ key: second.client_secret }, /replaced/)
  await assertNotWorking({ key: third.client_secret }, /replaced/)
  await assertWorks({ key: fourth.client_secret })
})

test('the grace is ended at once, by a call that can be repeated and heeds If-Match', async () => {
  const credential = await server.credential('read')
  const path = `/api/v1/credentials/${credential.id}`
  const { etag } = Object.fromEntries((await server.call('GET', path, { key: admin })).headers)
  const { body } = await rotate(credential.id, {})
  const end = (headers: Record<string, string> = {}) =>
    server.call('DELETE', `${path}/previous-secret`, { key: admin, headers })
  await newAudit()
  assertRefused(await end({ 'if-match': String(etag) }), 412, /has changed/)
  await assertWorks({ key: credential.secret })
  assert.equal((await end()).status, 204)
  await assertNotWorking({ key: credential.secret }, /^The secret was replaced by a newer one/)
  await assertWorks({ key: body.client_secret })
  assert.equal((await end({ 'if-match': String(etag) })).status, 204)
  assert.deepEqual(
    (await newAudit()).map(({ action }) => action),
    ['credential.end_previous_secret'],
  )
  assert.deepEqual(await server.newEvents(), [])
  assertRefused(
    await server.call('DELETE', '/api/v1/credentials/999999/previous-secret', { key: admin }),
    404,
    /^There is no credential with id 999999/,
  )
})

test('owners end the grace of what is theirs, whatever their role; others need the scopes of the key', async () => {
  const person = await signedInAs(server, 'normal')
  await server.newEvents()
  const { id } = await server.credential('read', { owner_id: person.id })
  await rotate(id, {})
  const narrow = await server.credential('credentials:write')
  const path = `/api/v1/credentials/${id}/previous-secret`
  assertRefused(
    await server.call('DELETE', path, { key: narrow.secret }),
    403,
    /^Ending the previous secret needs the scope/,
  )
  assert.equal((await person.call('DELETE', path)).status, 204)
  const shown = await server.call('GET', `/api/v1/credentials/${id}`, { key: admin })
  assert.equal(shown.body.previous_secret_expires_at, null)
})

test('a revoked credential shows no previous secret, in the list, alone and in the audit log', async () => {
  const { id } = await server.credential('read')
  await rotate(id, {})
  await newAudit()
  const path = `/api/v1/credentials/${id}`
  assert.equal((await server.call('DELETE', path, { key: admin })).status, 204)
  const list = await server.call('GET', '/api/v1/credentials?limit=1', { key: admin })
  const [row] = await newAudit()
  for (const shown of [(await server.call('GET', path, { key: admin })).body, list.body.data[0], row?.after])
    assert.deepEqual([shown.id, shown.status, shown.previous_secret_expires_at], [id, 'revoked', null])
  assert.equal((await server.call('DELETE', `${path}/previous-secret`, { key: admin })).status, 204)
  assert.deepEqual(await newAudit(), [])
})

test('a grace is a whole number of hours from 0 to 168', async () => {
  const { id, secret } = await server.credential('read')
  await newAudit()
  for (const [json, details] of [
    [{ grace_hours: -1 }, /^The 'grace_hours' field must be from 0 to 168\.$/],
    [{ grace_hours: 169 }, /^The 'grace_hours' field must be from 0 to 168\.$/],
    [{ grace_hours: '24' }, /^The 'grace_hours' field must be a whole number or null\.$/],
    [{ grace_hours: 0.5 }, /^The 'grace_hours' field must be a whole number or null\.$/],
    [{ grace: 1 }, /^The 'grace' field is not known here; the fields are: grace_hours\.$/],
  ] as const) {
    assertRefused(await rotate(id, json), 400, details)
  }
  assert.deepEqual(await newAudit(), [])
  await assertWorks({ key: secret })
})

test('a revoked key is refused at once, and so is a token issued from it', async () => {
  const credential = await server.credential('read')
  const token = await server.token(credential)
  const rotated = (await rotate(credential.id, {})).body
  for (const shown of [{ key: credential.secret }, { key: rotated.client_secret }, { token }])
    await assertWorks(shown)
  await newAudit()

  const path = `/api/v1/credentials/${credential.id}`
  assert.equal((await server.call('DELETE', path, { key: admin })).status, 204)
  for (const shown of [{ key: credential.secret }, { key: rotated.client_secret }, { token }]) {
    await assertNotWorking(shown, /^The credential was revoked\.$/)
  }
  await assert.rejects(server.token(credential), /invalid_client/)
  const [row] = await newAudit()
  assert.equal(row?.action, 'credential.revoke')
  assert.equal(row?.before.status, 'active')
  assert.equal(row?.after.status, 'revoked')
  assert.equal((await server.call('GET', path, { key: admin })).body.status, 'revoked')

  assert.equal((await server.call('DELETE', path, { key: admin })).status, 204)
  const final = new RegExp(`^The credential ${credential.id} was revoked at .*; create a new one instead\\.$`)
  assertRefused(await rotate(credential.id, {}), 409, final)
  const patched = await server.call('PATCH', path, { key: admin, json: { name: 'Back' } })
  assertRefused(patched, 409, final)
  assert.deepEqual(await newAudit(), [])
  assert.deepEqual(await server.newEvents(), [])
})

test('a credential works until the instant of its expiry, and so do its tokens', async () => {
  const expiresAtMs = server.clock.now() + 10_000
  const credential = await server.credential('read', { expires_at: new Date(expiresAtMs).toISOString() })
  const token = await server.token(credential)
  server.clock.advance(9_999)
  await assertWorks({ key: credential.secret })
  await assertWorks({ token })
  server.clock.advance(1)
  await assertNotWorking({ key: credential.secret }, /^The credential has expired\.$/)
  await assertNotWorking({ token }, /^The credential has expired\.$/)
  await assert.rejects(server.token(credential), /invalid_client/)
  const { body } = await server.call('GET', `/api/v1/credentials/${credential.id}`, { key: admin })
  assert.equal(body.status, 'expired')
})

test('what a suspended, inactive or deleted user owns is refused at once; an active owner brings it back', async () => {
  const owner = await createUser('owner')
  const credential = await server.credential('read', { owner_id: owner })
  const token = await server.token(credential)
  const path = `/api/v1/users/${owner}`
  for (const status of ['suspended', 'inactive']) {
    await server.call('PATCH', path, { key: admin, json: { status } })
    await assertNotWorking({ key: credential.secret }, /^The owner of the credential is not active\.$/)
    await assertNotWorking({ token }, /^The owner of the credential is not active\.$/)
    await assert.rejects(server.token(credential), /invalid_client/)
    await server.call('PATCH', path, { key: admin, json: { status: 'active' } })
    await assertWorks({ key: credential.secret })
    await assertWorks({ token })
  }
  await server.call('DELETE', path, { key: admin })
  await assertNotWorking({ key: credential.secret }, /^The owner of the credential is not active\.$/)
  await assertNotWorking({ token }, /^The owner of the credential is not active\.$/)
})

test('a credential shows which of its scopes it cannot use now, because of its owner or its parent', async () => {
  const owner = await createUser('reader')
  const { id } = await server.credential('read documents:write', { owner_id: owner })
  const parent = await server.credential('credentials:write users:read documents:read')
  const child = await server.call('POST', '/api/v1/credentials', {
    key: parent.secret,
    json: { name: 'Child', scopes: ['users:read', 'documents:read'] },
  })
  assert.deepEqual(child.body.withheld_scopes, [])
  const change = (path: string, json: object) => server.call('PATCH', `/api/v1/${path}`, { key: admin, json })
  const shown = async (of: number) => {
    const { body, headers } = await server.call('GET', `/api/v1/credentials/${of}`, { key: admin })
    const { data } = (await server.call('GET', '/api/v1/credentials?limit=100', { key: admin })).body
    assert.deepEqual(data.find((one: { id: number }) => one.id === of).withheld_scopes, body.withheld_scopes)
    return { withheld: body.withheld_scopes, etag: headers.get('etag') }
  }
  const before = await shown(id)
  assert.deepEqual(before.withheld, ['events:read'])
  await change(`users/${owner}`, { role: 'normal' })
  const after = await shown(id)
  assert.deepEqual(after.withheld, ['users:read', 'events:read', 'documents:write'])
  assert.notEqual(after.etag, before.etag)
  // What others decide is not in the way of a change.
  const renamed = await server.call('PATCH', `/api/v1/credentials/${id}`, {
    key: admin,
    json: { name: 'Renamed' },
    headers: { 'if-match': before.etag ?? '' },
  })
  assert.equal(renamed.status, 200, renamed.text)
  await change(`users/${owner}`, { status: 'suspended' })
  assert.deepEqual((await shown(id)).withheld, [
    'users:read',
    'documents:read',
    'events:read',
    'documents:write',
  ])
  await change(`credentials/${parent.id}`, { scopes: ['credentials:write', 'documents:read'] })
  assert.deepEqual((await shown(child.body.id)).withheld, ['users:read'])
  await newAudit()
})

test('a credential bound to addresses is refused from every other one', async () => {
  const elsewhere = await server.credential('read', { allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] })
  const here = await server.credential('read', { allowed_ips: ['203.0.113.9', '127.0.0.0/8'] })
  const why = /^The credential may not be used from the address 127\.0\.0\.1\.$/
  await assertNotWorking({ key: elsewhere.secret }, why)
  await assert.rejects(server.token(elsewhere), /invalid_client/)
  const token = await server.token(here)
  await assertWorks({ key: here.secret })
  await assertWorks({ token })
  const json = { allowed_ips: ['203.0.113.9'] }
  await server.call('PATCH', `/api/v1/credentials/${here.id}`, { key: admin, json })
  await assertNotWorking({ key: here.secret }, why)
  await assertNotWorking({ token }, why)
})

test('a scope that is taken away is gone at once, from the key and from tokens issued before', async () => {
  const credential = await server.credential('users:read documents:read')
  const token = await server.token(credential)
  const json = { scopes: ['users:read'] }
  await server.call('PATCH', `/api/v1/credentials/${credential.id}`, { key: admin, json })
  for (const shown of [{ key: credential.secret }, { token }]) {
    assertRefused(await read(shown), 403, /^This call needs the scope 'documents:read'/)
    assert.equal((await server.call('GET', '/api/v1/users', shown)).status, 200)
  }
})

test('a scope that is added later is not in tokens issued before', async () => {
  const credential = await server.credential('users:read')
  const token = await server.token(credential)
  const json = { scopes: ['users:read', 'documents:read'] }
  await server.call('PATCH', `/api/v1/credentials/${credential.id}`, { key: admin, json })
  assertRefused(await read({ token }), 403, /^This call needs the scope 'documents:read'/)
  await assertWorks({ key: credential.secret })
  await assertWorks({ token: await server.token(credential) })
})

test('a token ends after an hour to the millisecond, whatever its credential does', async () => {
  const credential = await server.credential('read')
  const token = await server.token(credential)
  server.clock.advance(hourMs - 1)
  await assertWorks({ token })
  server.clock.advance(1)
  await assertNotWorking({ token }, /^The access token has expired; get a new one\.$/)
  await assertWorks({ key: credential.secret })
})
