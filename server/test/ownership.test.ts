import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { makePerson, signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({
  env: {
    COMSERV_CREDENTIALS_PER_OWNER_MAX: '3',
    COMSERV_WEBHOOKS_PER_OWNER_MAX: '3',
    COMSERV_SYSTEM_CREDENTIALS_MAX: '20',
    COMSERV_SYSTEM_WEBHOOKS_MAX: '4',
  },
})
const beside = await startServer({ beside: server })
const { secret: key, id: adminId } = await server.credential('admin')
const newAudit = auditTrail(server)
const { owner_id: systemId } = (await call('GET', `/credentials/${adminId}`)).body

type Kind = 'credentials' | 'webhooks'
const kinds: Kind[] = ['credentials', 'webhooks']
const bodies: Record<Kind, Json> = {
  credentials: { name: 'K', scopes: ['documents:read'] },
  webhooks: { url: 'https://example.com/hook', events: ['document.created'] },
}

function call(method: string, path: string, json?: Json, on = server): Promise<Answer> {
  return on.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })
}
const create = (kind: Kind, owner_id: number, on = server) =>
  call('POST', `/${kind}`, { ...bodies[kind], owner_id }, on)
const transfer = (kind: Kind, id: number, owner_id: number | null) =>
  call('PATCH', `/${kind}/${id}`, { owner_id })

async function owns(kind: Kind, owner_id: number, count: number): Promise<number[]> {
  const answers = []
  for (let i = 0; i < count; i++) answers.push(await create(kind, owner_id))
  return answers.map(({ status, body, text }) => {
    assert.equal(status, 201, text)
    return body.id
  })
}

for (const kind of kinds) {
  describe(`how many ${kind} a user may own`, () => {
    test('is bounded, and the refusal says what to do', async () => {
      const owner = await makePerson(server, 'developer')
      const [first = 0] = await owns(kind, owner.id, 3)
      await newAudit()
      const setting = `COMSERV_${kind.toUpperCase()}_PER_OWNER_MAX`
      const details = new RegExp(
        `^The user ${owner.id} owns 3 ${kind}, as many as .* or raise ${setting}\\.$`,
      )
      assertRefused(await create(kind, owner.id), 409, details)
      assert.deepEqual(await newAudit(), [])
      assert.equal((await call('DELETE', `/${kind}/${first}`)).status, 204)
      await owns(kind, owner.id, 1)
      assert.equal((await create(kind, owner.id)).status, 409)
    })

    test('is held when two processes create at once', async () => {
      for (let round = 0; round < 4; round++) {
        const owner = await makePerson(server, 'developer')
        await owns(kind, owner.id, 2)
        const answers = await Promise.all(
          [server, beside, server, beside].map((on) => create(kind, owner.id, on)),
        )
        assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
      }
    })

    test('is held when they change hands', async () => {
      const from = await makePerson(server, 'developer')
      const to = await makePerson(server, 'developer')
      const [one = 0, two = 0] = await owns(kind, from.id, 2)
      await owns(kind, to.id, 2)
      assert.equal((await transfer(kind, one, to.id)).status, 200)
      assertRefused(await transfer(kind, two, to.id), 409, /owns 3/)
    })
  })

  test(`${kind} are handed over by admin alone, to an active user or the system account`, async () => {
    const owner = await signedInAs(server, 'developer')
    const heir = await makePerson(server, 'developer')
    const idle = await makePerson(server, 'developer', { status: 'suspended' })
    const [id = 0] = await owns(kind, owner.id, 1)
    const path = `/api/v1/${kind}/${id}`
    const own = await owner.call('PATCH', path, { json: { owner_id: heir.id } })
    assertRefused(own, 403, /needs the scope 'admin', which your role does not have\.$/)
    assertRefused(await transfer(kind, id, idle.id), 400, /is suspended; only an active user/)
    assertRefused(await transfer(kind, id, 4711), 400, /There is no user with id 4711/)
    await newAudit()
    const handed = await transfer(kind, id, heir.id)
    assert.deepEqual([handed.status, handed.body.owner_id], [200, heir.id])
    const [row] = await newAudit()
    assert.deepEqual([row?.before.owner_id, row?.after.owner_id], [owner.id, heir.id])
    assert.equal((await owner.call('GET', path)).status, 404)
    assert.equal((await transfer(kind, id, systemId)).body.owner_id, systemId)
    assert.equal((await transfer(kind, id, null)).body.owner_id, systemId, 'null is the caller')
    assert.equal((await call('DELETE', `/${kind}/${id}`)).status, 204)
  })

  test(`${kind} of one owner are a list with its exact total, and nobody sees more by it`, async () => {
    const owner = await signedInAs(server, 'developer')
    const other = await makePerson(server, 'developer')
    const ids = await owns(kind, owner.id, 2)
    await owns(kind, other.id, 1)
    const list = async (answer: Promise<Answer>) => {
      const { body } = await answer
      return [body.data.map(({ id }: Json) => id).sort(), body.meta.total_count]
    }
    assert.deepEqual(await list(call('GET', `/${kind}?owner_id=${owner.id}`)), [ids, 2])
    const path = `/api/v1/${kind}`
    assert.deepEqual(await list(owner.call('GET', `${path}?owner_id=${owner.id}`)), [ids, 2])
    assert.deepEqual(await list(owner.call('GET', `${path}?owner_id=${other.id}`)), [[], 0])
    assert.deepEqual(await list(owner.call('GET', path)), [ids, 2])
  })
}

test('revoked and expired credentials do not count, and one that works again does', async () => {
  const owner = await makePerson(server, 'developer')
  const expires_at = new Date(server.clock.now() + 60_000).toISOString()
  const { body } = await call('POST', '/credentials', {
    ...bodies.credentials,
    owner_id: owner.id,
    expires_at,
  })
  await owns('credentials', owner.id, 2)
  assert.equal((await create('credentials', owner.id)).status, 409)
  server.clock.advance(60_000)
  await owns('credentials', owner.id, 1)
  assertRefused(
    await call('PATCH', `/credentials/${body.id}`, { expires_at: null }),
    409,
    /owns 3 credentials/,
  )
  assert.equal((await call('PATCH', `/credentials/${body.id}`, { name: 'Renamed' })).status, 200)
})

test('the system account has limits of its own', async () => {
  await owns('webhooks', systemId, 4)
  assertRefused(
    await create('webhooks', systemId),
    409,
    /^The system account owns 4 webhooks, .* COMSERV_SYSTEM_WEBHOOKS_MAX\.$/,
  )
})

test('a credential that changes hands may do what its new owner may do', async () => {
  const editor = await makePerson(server, 'editor')
  const normal = await makePerson(server, 'normal')
  const { id, secret } = await server.credential('users:read', { owner_id: normal.id })
  const reads = async () => (await server.call('GET', '/api/v1/users', { key: secret })).status
  assert.equal(await reads(), 403)
  await transfer('credentials', id, editor.id)
  assert.equal(await reads(), 200)
})

for (const kind of kinds) {
  test(`people of any role see their own ${kind} and end them, and nothing else`, async () => {
    for (const role of ['normal', 'editor', 'developer']) {
      const person = await signedInAs(server, role)
      const other = await makePerson(server, 'normal')
      const [own = 0] = await owns(kind, person.id, 1)
      const [foreign = 0] = await owns(kind, other.id, 1)
      const { body } = await person.call('GET', `/api/v1/${kind}`)
      assert.deepEqual([body.meta.total_count, body.data.map(({ id }: Json) => id)], [1, [own]])
      assert.equal(
        (await person.call('GET', `/api/v1/${kind}?owner_id=${other.id}`)).body.meta.total_count,
        0,
      )
      const read = await person.call('GET', `/api/v1/${kind}/${own}`)
      assert.equal(read.status, 200, read.text)
      assert.ok(!('secret' in read.body) && !('client_secret' in read.body))
      for (const method of ['GET', 'DELETE'])
        assert.equal((await person.call(method, `/api/v1/${kind}/${foreign}`)).status, 404)
      if (role !== 'developer') {
        const changed = await person.call('PATCH', `/api/v1/${kind}/${own}`, { json: {} })
        assertRefused(changed, 403, new RegExp(`'${kind}:write'`))
        // A program of theirs needs the scope.
        const { secret } = await server.credential('documents:read', { owner_id: person.id })
        assert.equal((await server.call('GET', `/api/v1/${kind}`, { key: secret })).status, 403)
      }
      assert.equal((await person.call('DELETE', `/api/v1/${kind}/${own}`)).status, 204)
    }
  })
}

test('a role for all records does not reach those of others without the scope', async () => {
  await call('POST', '/roles', { name: 'reaches-all', scopes: ['documents:read'], own_only: false })
  const person = await signedInAs(server, 'reaches-all')
  for (const kind of kinds) {
    const { id: owner_id } = await makePerson(server, 'normal')
    const [foreign = 0] = await owns(kind, owner_id, 1)
    assert.equal((await person.call('GET', `/api/v1/${kind}`)).body.meta.total_count, 0)
    assert.equal((await person.call('GET', `/api/v1/${kind}/${foreign}`)).status, 404)
    assert.equal((await person.call('DELETE', `/api/v1/${kind}/${foreign}`)).status, 404)
  }
})
