import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { sealLogs } from '../src/sealed-logs.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, signIn } from './people.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

const server = await startServer()
const { database } = server.context
const key = (await server.credential('admin')).secret
const receiver = await startReceiver((response, { raw }) => response.end(raw))

const logs = ['audit_log', 'events', 'delivery_attempts']

/** All that is stored in the logs, as one text. */
async function stored(): Promise<string> {
  const rows = await Promise.all(
    logs.map(async (table) => (await sql`select * from ${sql.table(table)}`.execute(database.read)).rows),
  )
  return JSON.stringify(rows)
}

async function shown(path: string): Promise<Json[]> {
  const { status, text, body } = await server.call('GET', `/api/v1${path}`, { key })
  assert.equal(status, 200, text)
  return body.data
}

test('what the logs hold of a person is sealed, delivered as it was, and shown as it was', async () => {
  const json = { url: receiver.url, events: ['user.created', 'user.updated', 'user.deleted'] }
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', { key, json })
  const person = await makePerson(server, 'developer')
  const session = await signIn(server, person, undefined, { 'user-agent': 'Unmistakable/1.0' })
  await session.call('PATCH', '/api/v1/me', { json: { profile: { first_name: 'Adelheid' } } })
  const credential = { name: "Adelheid's laptop", scopes: ['documents:read'], allowed_ips: ['203.0.113.99'] }
  await session.call('POST', '/api/v1/credentials', { json: credential })
  await server.deliver()

  const text = await stored()
  for (const value of [person.username, person.email, 'Adelheid', 'Unmistakable', '203.0.113.99'])
    assert.ok(!text.includes(value), `${value} is in the logs`)

  const [update] = await shown(`/audit-log?target_type=user&target_id=${person.id}&action=user.update`)
  assert.equal(update.actor.name, person.username)
  assert.equal(update.ip, '127.0.0.1')
  assert.equal(update.after.email, person.email)
  const [created] = await shown('/events?type=user.created')
  assert.equal(created.payload.data.email, person.email)
  const arrived = receiver.received.find(({ body }) => body.event === 'user.created')
  assert.deepEqual(arrived?.body, created.payload)
  const [last] = await shown(`/webhooks/${webhook.id}/deliveries`)
  const { body: delivery } = await server.call('GET', `/api/v1/deliveries/${last.id}`, { key })
  assert.ok(delivery.log[0].response.body.includes(person.email), 'the receiver repeated what it got')
})

test('what an earlier version logged is sealed before anybody is served, once, and shown as it was', async () => {
  const person = await makePerson(server, 'normal')
  const { id, username, email } = person
  const view = JSON.stringify({ id, username, email, role: 'normal', status: 'active' })
  const at = '2026-01-15T08:30:00Z'
  const body = JSON.stringify({ event: 'user.updated', timestamp: at, data: JSON.parse(view) })
  await database.write(async (trx) => {
    const { db } = trx
    await sql`insert into audit_log (occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, ip, after)
      values (${at}, 'user', ${person.id}, ${person.username}, 'user.update', 'user', ${person.id}, '203.0.113.98', ${view})`.execute(
      db,
    )
    await sql`insert into events (type, occurred_at, resource_type, resource_id, body)
      values ('user.updated', ${at}, 'user', ${person.id}, ${body})`.execute(db)
    await sql`insert into sealings (name, after_id) values ('audit_log', 0), ('events', 0)`.execute(db)
    for (const total of ['audit_log', 'events', 'events:type=user.updated']) trx.count(total, 1)
  })
  assert.ok((await stored()).includes(person.username))
  assert.equal(await sealLogs(database), true)
  const sealed = await stored()
  assert.ok(!sealed.includes(person.username))
  assert.ok(!sealed.includes('203.0.113.98'))
  assert.equal(await sealLogs(database), false)
  assert.equal(await stored(), sealed)

  const rows = await shown(`/audit-log?target_type=user&target_id=${person.id}&action=user.update`)
  assert.deepEqual(
    [rows[0].actor.name, rows[0].ip, rows[0].after],
    [person.username, '203.0.113.98', JSON.parse(view)],
  )
})

test('a key that is destroyed leaves rows that can be counted and filtered, and read by nobody', async () => {
  const person = await makePerson(server, 'normal')
  const session = await signIn(server, person)
  await session.call('PATCH', '/api/v1/me', { json: { profile: { first_name: 'Adelheid' } } })
  const audit = `/audit-log?actor_type=user&actor_id=${person.id}`
  const before = await shown(audit)
  const rows = await stored()
  await database.write(async ({ db }) => {
    await db.updateTable('subject_keys').set({ sealed_key: null }).where('user_id', '=', person.id).execute()
  })
  database.subjects.forget(person.id)

  const after = await shown(audit)
  assert.deepEqual(
    after,
    before.map((row) => ({
      ...row,
      actor: { ...row.actor, name: 'erased' },
      ip: null,
      before: null,
      after: null,
    })),
  )
  assert.equal(await stored(), rows, 'no row of a log was changed')
  const event = await until('the event of the person in the log', async () =>
    (await shown('/events?type=user.updated&sort=-log&limit=100')).find(
      ({ resource_id }) => resource_id === person.id,
    ),
  )
  assert.deepEqual(event.payload.data, { id: person.id })
})
