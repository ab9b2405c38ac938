import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rangesWithin } from '../src/lib/ip-addresses.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { makePerson, signedInAs, signIn } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin', { tier: 'premium' })
const newAudit = auditTrail(server)

const inDays = (days: number) => new Date(server.clock.now() + days * 864e5).toISOString().replace('.000', '')
const bounds = { expires_at: inDays(30), allowed_ips: ['127.0.0.0/8', '2001:db8::/32'] }
const own = 'credentials:read credentials:write documents:read'

const post = (json: Json, by: object, query = '') =>
  server.call('POST', `/api/v1/credentials${query}`, {
    ...by,
    json: { name: 'made', scopes: ['documents:read'], ...json },
  })
const patch = (id: number, json: Json, by: object = { key: admin }) =>
  server.call('PATCH', `/api/v1/credentials/${id}`, { ...by, json })
const rotate = (id: number, by: object) =>
  server.call('POST', `/api/v1/credentials/${id}/rotate`, { ...by, json: { grace_hours: 0 } })
const revoke = (id: number, by: object = { key: admin }, query = '') =>
  server.call('DELETE', `/api/v1/credentials/${id}${query}`, by)
const read = (key: string) => server.call('GET', '/api/v1/documents', { key })
const shown = async (id: number) =>
  (await server.call('GET', `/api/v1/credentials/${id}`, { key: admin })).body

async function made(json: Json, by: object) {
  const { status, body, text } = await post(json, by)
  assert.equal(status, 201, text)
  return body
}

/** Refused with the name of the bound, and nothing written. */
async function assertBound(answer: Promise<Answer>, details: RegExp): Promise<void> {
  await newAudit()
  assertRefused(await answer, 403, details)
  assert.deepEqual(
    (await newAudit()).filter(({ action }) => action.startsWith('credential.')),
    [],
  )
}

const noWider = /: a credential can neither lift its own bounds nor hand on wider ones\.$/
const lifts: [Json, RegExp][] = [
  [{ expires_at: null }, /^The 'expires_at' field must be 2026-02-14T08:30:00Z or earlier: /],
  [{ expires_at: inDays(31) }, /^The 'expires_at' field must be /],
  [{ allowed_ips: null }, /^The 'allowed_ips' field must stay within 127\.0\.0\.0\/8, 2001:db8::\/32: /],
  [{ allowed_ips: ['0.0.0.0/0'] }, noWider],
  [{ allowed_ips: ['127.0.0.1', '::/0'] }, noWider],
  [{ allowed_ips: ['2001:db8::/31'] }, noWider],
]

for (const [name, scopes] of [
  ['with credentials:write', own],
  ['with admin', 'admin'],
] as const) {
  describe(`a bound credential ${name}`, () => {
    test('cannot lift its own bounds, by key or by token', async () => {
      const credential = await server.credential(scopes, bounds)
      const token = await server.token(credential)
      for (const by of [{ key: credential.secret }, { token }]) {
        for (const [json, details] of lifts) await assertBound(patch(credential.id, json, by), details)
      }
      assert.equal((await patch(credential.id, { name: 'Renamed' }, { token })).status, 200)
      const narrower = { expires_at: inDays(29), allowed_ips: ['127.0.0.1', '2001:db8:1::/48'] }
      assert.equal((await patch(credential.id, narrower, { token })).status, 200)
      await assertBound(patch(credential.id, bounds, { token }), noWider)
    })

    test('hands its bounds on, to children and theirs, and no wider ones', async () => {
      const { secret: key, id } = await server.credential(scopes, bounds)
      for (const [json, details] of lifts) {
        // In a create, null is the default: that of the creator.
        if (Object.values(json)[0] !== null) await assertBound(post(json, { key }), details)
      }
      const child = await made({ scopes: own.split(' ') }, { key })
      assert.deepEqual(
        [child.expires_at, child.allowed_ips, child.tier, child.parent_id],
        [bounds.expires_at, bounds.allowed_ips, 'standard', id],
      )
      const tight = { expires_at: inDays(1), allowed_ips: ['127.0.0.1'], scopes: own.split(' ') }
      const narrow = await made(tight, { key })
      const grandchild = await made({ expires_at: null, allowed_ips: null }, { key: narrow.client_secret })
      assert.deepEqual(
        [grandchild.expires_at, grandchild.allowed_ips, grandchild.parent_id],
        [inDays(1), ['127.0.0.1'], narrow.id],
      )
      await assertBound(post({ expires_at: inDays(2) }, { key: narrow.client_secret }), noWider)
      await assertBound(patch(id, { name: 'Mine' }, { key: narrow.client_secret }), /^Changing|wider bounds/)
    })

    test('cannot make a less bound sibling its way out', async () => {
      const { secret: key } = await server.credential(scopes, bounds)
      for (const more of [{}, { expires_at: bounds.expires_at }, { allowed_ips: bounds.allowed_ips }]) {
        const sibling = await server.credential('documents:read', more)
        const details = /has wider bounds \(expires_at, allowed_ips, tier\) than the calling credential/
        await assertBound(patch(sibling.id, { name: 'Mine' }, { key }), details)
        await assertBound(rotate(sibling.id, { key }), details)
        assert.equal((await read(sibling.secret)).status, 200)
      }
      const equal = await server.credential('documents:read', bounds)
      assert.equal((await rotate(equal.id, { key })).status, 200)
    })
  })
}

describe('a tier', () => {
  test('is given by admin alone, to people as to programs', async () => {
    const developer = await signedInAs(server, 'developer')
    const key = (await server.credential(own, { tier: 'premium' })).secret
    const json = { name: 'fast', scopes: ['documents:read'], tier: 'premium' }
    const create = (call: typeof developer.call) => call('POST', '/api/v1/credentials', { json })
    assertRefused(
      await create(developer.call),
      403,
      /^The tier 'premium' needs the scope 'admin', which your role/,
    )
    await assertBound(post(json, { key }), /^The tier 'premium' needs the scope 'admin'/)
    const { body } = await developer.call('POST', '/api/v1/credentials', {
      json: { ...json, tier: 'standard' },
    })
    const path = `/api/v1/credentials/${body.id}`
    const raised = await developer.call('PATCH', path, { json: { tier: 'premium' } })
    assertRefused(raised, 403, /^Changing a credential's tier needs the scope 'admin'/)
    assert.equal((await patch(body.id, { tier: 'premium' })).status, 200)
    const administrator = await signedInAs(server, 'admin')
    assert.equal((await create(administrator.call)).status, 201)
  })

  test('of a program with admin is changed by others alone, who may have any', async () => {
    const { secret: key, id } = await server.credential('admin')
    const details = /^The 'tier' field must be 'standard': a credential can neither/
    await assertBound(patch(id, { tier: 'premium' }, { key }), details)
    const fast = await made({ tier: 'premium' }, { key })
    assert.equal((await rotate(fast.id, { key })).status, 200)
    assert.equal((await patch(fast.id, { tier: 'standard' }, { key })).body.tier, 'standard')
    const { secret: slow } = await server.credential(own)
    const premium = await server.credential('documents:read', { tier: 'premium' })
    await assertBound(rotate(premium.id, { key: slow }), /has wider bounds/)
  })
})

describe('a parent', () => {
  test('that is bound more tightly later binds its children from then on', async () => {
    const parent = await server.credential(own)
    const child = await made({ scopes: own.split(' ') }, { key: parent.secret })
    const grandchild = await made({}, { key: child.client_secret })
    const token = await server.token({ clientId: grandchild.client_id, secret: grandchild.client_secret })
    await patch(parent.id, { allowed_ips: ['203.0.113.7'] })
    assertRefused(await read(grandchild.client_secret), 401, /may not be used from the address 127\.0\.0\.1/)
    assertRefused(await server.call('GET', '/api/v1/documents', { token }), 401, /may not be used/)
    await patch(parent.id, { allowed_ips: null, expires_at: inDays(1) })
    assert.equal((await read(grandchild.client_secret)).status, 200)
    assertRefused(
      await patch(grandchild.id, { expires_at: inDays(2) }),
      400,
      new RegExp(
        `^The 'expires_at' field must be .* the bounds of the credential ${child.id}, which created it`,
      ),
    )
    server.clock.advance(2 * 864e5)
    assertRefused(await read(grandchild.client_secret), 401, /^The credential has expired\.$/)
    assert.equal((await shown(grandchild.id)).status, 'expired')
    const { body } = await server.call('GET', `/api/v1/credentials?parent_id=${child.id}`, { key: admin })
    assert.deepEqual([body.data[0].status, body.meta.total_count], ['expired', 1])
  })

  test('is revoked with all that descends from it, in one transaction, each with a row in the audit log', async () => {
    const parent = await server.credential(own)
    const child = await made({ scopes: own.split(' ') }, { key: parent.secret })
    const grandchild = await made({}, { key: child.client_secret })
    const token = await server.token({ clientId: grandchild.client_id, secret: grandchild.client_secret })
    const stranger = await server.credential('documents:read')
    await newAudit()
    assert.equal((await revoke(parent.id)).status, 204)
    for (const key of [parent.secret, child.client_secret, grandchild.client_secret])
      assertRefused(await read(key), 401, /^The credential was revoked\.$/)
    assert.equal((await server.call('GET', '/api/v1/documents', { token })).status, 401)
    assert.equal((await read(stranger.secret)).status, 200)
    assert.deepEqual(
      (await newAudit()).map(({ action, targetId, after }) => [action, targetId, after.status]),
      [parent.id, child.id, grandchild.id].map((id) => ['credential.revoke', id, 'revoked']),
    )
    assert.equal((await revoke(parent.id)).status, 204)
    assert.deepEqual(await newAudit(), [])
  })

  test('is revoked without them on request, and they end with what is above it', async () => {
    const parent = await server.credential(own)
    const child = await made({ scopes: own.split(' ') }, { key: parent.secret })
    const grandchild = await made({}, { key: child.client_secret })
    assertRefused(await revoke(child.id, { key: admin }, '?children=both'), 400, /'children'/)
    assert.equal((await revoke(child.id, { key: admin }, '?children=keep')).status, 204)
    assert.equal((await read(child.client_secret)).status, 401)
    assert.equal((await read(grandchild.client_secret)).status, 200)
    assert.equal((await revoke(parent.id)).status, 204)
    assert.equal((await read(grandchild.client_secret)).status, 401)
  })

  test('leaves its children alone when its owner may not sign in: they have an owner of their own', async () => {
    const owner = await makePerson(server, 'admin')
    const parent = await server.credential('admin', { owner_id: owner.id })
    const other = await makePerson(server, 'editor')
    const child = await made({ owner_id: other.id }, { key: parent.secret })
    const status = async (value: string) =>
      server.call('PATCH', `/api/v1/users/${owner.id}`, { key: admin, json: { status: value } })
    await status('suspended')
    assert.equal((await read(parent.secret)).status, 401)
    assert.equal((await read(child.client_secret)).status, 200)
    await status('active')
  })

  test('of people has none: what a person creates has no parent', async () => {
    const { call } = await signedInAs(server, 'developer')
    const json = { name: 'Mine', scopes: ['documents:read'] }
    assert.equal((await call('POST', '/api/v1/credentials', { json })).body.parent_id, null)
  })

  test('that is revoked while it creates a child leaves none behind', async () => {
    for (let round = 0; round < 5; round++) {
      const parent = await server.credential(own)
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, () => post({}, { key: parent.secret })),
        revoke(parent.id),
        ...Array.from({ length: 4 }, () => post({}, { key: parent.secret })),
      ])
      for (const { status, body } of answers) {
        assert.ok([201, 204, 401].includes(status))
        if (status === 201) assert.equal((await read(body.client_secret)).status, 401)
      }
    }
  })
})

describe('revoking', () => {
  test('takes the scopes of the credential, by key and by token', async () => {
    const strong = await server.credential('admin')
    const weak = await server.credential(own)
    const whole = await server.credential('admin')
    const narrow = await server.token(whole, 'credentials:read credentials:write')
    for (const by of [{ key: weak.secret }, { token: narrow }]) {
      await assertBound(revoke(strong.id, by), /^Revoking the credential needs the scope 'admin'/)
      await assertBound(revoke(strong.id, by), /^Revoking the credential needs the scope 'admin'/)
    }
    await assertBound(revoke(whole.id, { token: narrow }), /'admin'/)
    assert.equal((await read(strong.secret)).status, 200)
    assert.equal((await revoke(weak.id, { key: weak.secret })).status, 204, 'itself')
  })

  test('takes bounds no wider than those of the caller, unless it is an administrator', async () => {
    const free = await server.credential('documents:read')
    const { secret: bound } = await server.credential(own, bounds)
    await assertBound(revoke(free.id, { key: bound }), /has wider bounds/)
    const { secret: boundAdmin } = await server.credential('admin', bounds)
    assert.equal((await revoke(free.id, { key: boundAdmin })).status, 204)
  })

  test('is open to people for what they own, also after their role lost its scopes', async () => {
    const person = await makePerson(server, 'developer')
    const given = await server.credential('users:write', { owner_id: person.id })
    const { call } = await signIn(server, person)
    assert.equal((await call('DELETE', `/api/v1/credentials/${given.id}`)).status, 204)
  })
})

test('a change of scopes stays within those of the caller, of which a demotion of its owner takes some', async () => {
  const owner = await makePerson(server, 'admin')
  const { id, secret: key } = await server.credential(`${own} audit:read`, { owner_id: owner.id })
  await assertBound(patch(id, { scopes: ['admin'] }, { key }), /^Granting it needs the scope 'admin'/)
  await server.call('PATCH', `/api/v1/users/${owner.id}`, { key: admin, json: { role: 'developer' } })
  await assertBound(
    patch(id, { name: 'Same' }, { key }),
    /needs the scope 'audit:read', which the credential was given but its owner's role 'developer' does not have\.$/,
  )
})

test('ranges are within others by their addresses, however they are written and in either family', () => {
  const cases: [string[], string[], boolean][] = [
    [['10.0.0.1'], ['10.0.0.0/24'], true],
    [['10.0.0.0/23'], ['10.0.1.0/24', '10.0.0.0/24'], true],
    [['10.0.0.0/23'], ['10.0.0.0/24', '10.0.2.0/24'], false],
    [['10.0.0.7/8'], ['10.0.0.0/8'], true],
    [['0.0.0.0/0'], ['10.0.0.0/8'], false],
    [['0.0.0.0/0'], ['0.0.0.0/1', '128.0.0.0/1'], true],
    [['10.0.0.1', '11.0.0.1'], ['10.0.0.0/8'], false],
    [['2001:db8::1'], ['2001:DB8:0:0::/64'], true],
    [['2001:db8::/31'], ['2001:db8::/32'], false],
    [['::/0'], ['0.0.0.0/0'], false],
    // BlockList finds an IPv4 address in these, too.
    [['10.0.0.1'], ['::/0'], true],
    [['10.0.0.1'], ['::ffff:10.0.0.0/104'], true],
    [['::ffff:10.0.0.1'], ['10.0.0.0/8'], true],
    [['::ffff:a00:1'], ['10.0.0.0/8'], true],
    [['::10.0.0.1'], ['10.0.0.0/8'], false],
  ]
  for (const [ranges, limits, expected] of cases)
    assert.equal(rangesWithin(ranges, limits), expected, `${ranges} in ${limits}`)
})
