import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trashExpiry } from '../src/lib/timestamps.ts'
import { trash } from '../src/users/store.ts'
import { type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_TRASH_DAYS: '10' } })
const { secret: key } = await server.credential('read write')
const { read } = server.context.database
const newAudit = auditTrail(server)
const dayMs = 86_400_000

async function post(path: string, json: Json, headers: Record<string, string> = {}): Promise<Json> {
  const { status, body, text } = await server.call('POST', path, { key, json, headers })
  assert.ok(status === 201 || status === 200, text)
  return body
}

const makeUser = (name: string) =>
  post('/api/v1/users', {
    username: name,
    email: `${name}@example.org`,
    password: 'correct horse',
    profile: { first_name: 'Ada', last_name: 'Lovelace', phone: '+44 1', bio: 'Counts' },
  })
const get = (path: string) => server.call('GET', path, { key })
const remove = async (path: string) => assert.equal((await server.call('DELETE', path, { key })).status, 204)

async function settle(): Promise<void> {
  await server.newEvents()
  await newAudit()
}

for (const [resource, make] of [
  ['documents', (n: number) => post('/api/v1/documents', { title: `Trash ${n}` })],
  ['users', (n: number) => makeUser(`trash${n}`)],
] as const) {
  test(`deleted ${resource} are listed, the last deleted first, with the time of their end, until they are restored`, async () => {
    const made: Json[] = []
    for (let n = 1; n <= 5; n++) made.push(await make(n))
    await make(6)
    for (const { id } of made) {
      await remove(`/api/v1/${resource}/${id}`)
      server.clock.advance(1_000)
    }
    const { status, body, headers } = await get(`/api/v1/${resource}/trash?limit=2`)
    assert.equal(status, 200)
    assert.deepEqual(
      body.data.map(({ id }: Json) => id),
      [made[4].id, made[3].id],
    )
    assert.deepEqual(body.meta, { current_page: 1, total_pages: 3, total_count: 5 })
    const { deleted_at, purge_at, ...listed } = body.data[0]
    assert.equal(Date.parse(purge_at) - Date.parse(deleted_at), 10 * dayMs)
    const shown = (await get(`/api/v1/${resource}?limit=1`)).body.data[0]
    assert.deepEqual(Object.keys(listed), Object.keys(shown))

    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
    assert.match(next, /cursor=/)
    assert.deepEqual(
      (await get(next)).body.data.map(({ id }: Json) => id),
      [made[2].id, made[1].id],
    )
    const oldest = await get(`/api/v1/${resource}/trash?limit=1&sort=deleted_at`)
    assert.equal(oldest.body.data[0].id, made[0].id)

    await post(`/api/v1/${resource}/${made[2].id}/restore`, {})
    assert.equal((await get(`/api/v1/${resource}/trash`)).body.meta.total_count, 4)
  })

  test(`a cursor of a list is none of the trash of ${resource}, and the other way round`, async () => {
    const ofList = Buffer.from('["created_at",2,"2026-01-15T08:30:00Z",1]').toString('base64url')
    const ofTrash = Buffer.from('["-deleted_at",2,"2026-01-15T08:30:00Z",1]').toString('base64url')
    assertRefused(await get(`/api/v1/${resource}/trash?cursor=${ofList}`), 400, /not one that this API made/)
    assertRefused(await get(`/api/v1/${resource}?cursor=${ofTrash}`), 400, /not one that this API made/)
  })

  test(`what is past its time is in no trash of ${resource}, and cannot be restored, also before it is purged`, async () => {
    const { id } = await make(9)
    await remove(`/api/v1/${resource}/${id}`)
    server.clock.advance(10 * dayMs - 1_000)
    assert.equal((await get(`/api/v1/${resource}/trash`)).body.data[0].id, id)
    server.clock.advance(1_000)
    assert.equal((await get(`/api/v1/${resource}/trash`)).body.meta.total_count, 0)
    const restore = await server.call('POST', `/api/v1/${resource}/${id}/restore`, { key })
    assertRefused(restore, 404, new RegExp(`There is no deleted ${resource.slice(0, -1)} with id ${id}`))
  })
}

test('documents are purged with their revisions when their time is over, each with an audit row, not before', async () => {
  await server.runTask('purge documents')
  const ids: number[] = []
  for (let n = 0; n < 120; n++) {
    const { id } = await post('/api/v1/documents', { title: `Old ${n}`, content: 'secret' })
    ids.push(id)
  }
  const [kept = 0, ...deleted] = ids
  for (const id of [kept, deleted[0]])
    await server.call('PATCH', `/api/v1/documents/${id}`, { key, json: { title: 'New' } })
  for (const id of deleted) await remove(`/api/v1/documents/${id}`)
  server.clock.advance(10 * dayMs - 1_000)
  const lateId = (await post('/api/v1/documents', { title: 'Late' })).id
  await remove(`/api/v1/documents/${lateId}`)
  await settle()
  const rowsOf = async () =>
    (
      await read
        .selectFrom('documents')
        .select('id')
        .where('id', 'in', [...ids, lateId])
        .execute()
    ).length

  await server.runTask('purge documents')
  assert.equal(await rowsOf(), 121)
  server.clock.advance(1_000)
  await Promise.all([server.runTask('purge documents'), server.runTask('purge documents')])
  assert.equal(await rowsOf(), 2)
  const revisions = await read.selectFrom('document_revisions').select('document_id').execute()
  assert.deepEqual(
    revisions.map(({ document_id }) => document_id).filter((id) => ids.includes(id)),
    [kept],
  )
  const audit = await newAudit()
  assert.deepEqual(audit.map(({ targetId }) => targetId).sort(), deleted.toSorted())
  for (const row of audit) {
    assert.deepEqual(
      [row.actor, row.action, row.before, row.after],
      ['system purge', 'document.purge', null, null],
    )
  }
  assert.deepEqual(await server.newEvents(), [], 'the deletion was the event')
})

test('of a purged user nothing is left but the id, which its documents go on naming', async () => {
  const admin = await server.credential('admin')
  const { id } = await makeUser('forgotten')
  const document = await post('/api/v1/documents', { title: 'Stays', author_id: id })
  const owned = await server.credential('read', { owner_id: id })
  await remove(`/api/v1/users/${id}`)
  server.clock.advance(10 * dayMs)
  await settle()
  await Promise.all([server.runTask('purge users'), server.runTask('purge users')])

  const row: Json = await read.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  const { username, email, password_hash, first_name, last_name, phone, bio, last_login, purged_at } = row
  assert.equal(username, `deleted-${id}`)
  assert.equal(email, `deleted-${id}@deleted.invalid`)
  assert.deepEqual([password_hash, first_name, last_name, phone, bio, last_login], Array(6).fill(null))
  assert.ok(purged_at)
  assert.ok(!JSON.stringify({ ...row, search: undefined }).includes('forgotten'))
  assert.equal((await get(`/api/v1/documents/${document.id}`)).body.author_id, id)
  assert.equal((await get(`/api/v1/users/${id}`)).status, 404)
  assert.equal((await get('/api/v1/users?q=forgotten')).body.meta.total_count, 0)
  assert.equal((await get(`/api/v1/users?q=deleted-${id}`)).body.meta.total_count, 0)
  assert.equal((await get('/api/v1/users/trash')).body.meta.total_count, 0)
  assert.equal((await server.call('POST', `/api/v1/users/${id}/restore`, { key })).status, 404)
  assert.equal((await server.call('GET', '/api/v1/users', { key: owned.secret })).status, 401)
  const audit = (await newAudit()).filter(({ targetId }) => targetId === id)
  assert.deepEqual(
    audit.map(({ actor, action }) => [actor, action]),
    [['system purge', 'user.purge']],
  )
  assert.deepEqual(await server.newEvents(), [])

  await server.runTask('purge users')
  assert.deepEqual(await newAudit(), [], 'nobody is purged twice')
  await makeUser('forgotten')
  await server.call('POST', '/api/v1/users', {
    key: admin.secret,
    json: { username: `deleted-${id}`, email: 'free@example.org', password: 'correct horse' },
  })
})

test('a longer time set later does not bring a purged user back', async () => {
  await server.runTask('purge users')
  assert.equal(await trash.countTrash(read, trashExpiry(server.clock.now(), 365)), 0)
})

test('stored responses are deleted after a day', async () => {
  await server.runTask('forget responses')
  const keys = async () => (await read.selectFrom('idempotency_keys').select('key').execute()).length
  for (let n = 0; n < 3; n++)
    await post('/api/v1/documents', { title: 'Once' }, { 'idempotency-key': `old-${n}` })
  server.clock.advance(dayMs)
  await post('/api/v1/documents', { title: 'Once' }, { 'idempotency-key': 'young' })
  assert.equal(await keys(), 4)
  await server.runTask('forget responses')
  assert.equal(await keys(), 1)
})
