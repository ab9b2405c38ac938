import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const server = await startServer({
  env: {
    COMSERV_RATE_LIMIT_STANDARD: '7000',
    COMSERV_TRASH_DAYS: '11',
    COMSERV_EVENT_RETENTION_DAYS: '12',
    COMSERV_WEBHOOK_RETENTION_DAYS: '13',
  },
})
const { secret: admin } = await server.credential('admin')
const { secret: narrow } = await server.credential('audit:read')

async function catalog(key = narrow): Promise<Json> {
  const { status, body } = await server.call('GET', '/api/v1/catalog', { key })
  assert.equal(status, 200)
  return body
}

const named = (list: Json[], name: string): Json => list.find((one) => one.name === name)

test('the catalog is the same for every caller', async () => {
  const seen = await catalog()
  assert.deepEqual(await catalog(admin), seen)
  for (const role of ['normal', 'developer'] as const)
    assert.deepEqual((await (await signedInAs(server, role)).call('GET', '/api/v1/catalog')).body, seen)
  assert.equal((await server.call('GET', '/api/v1/catalog')).status, 401)
})

test('limits and times are those that the server is configured with', async () => {
  const { tiers, retention_days, sends_mail } = await catalog()
  assert.deepEqual(tiers, [
    { name: 'standard', requests_per_minute: 7000 },
    { name: 'premium', requests_per_minute: 1000000 },
  ])
  assert.deepEqual(retention_days, { trash: 11, events: 12, deliveries: 13 })
  assert.equal(sends_mail, false)
})

test('every scope of the catalog can be granted, and no other', async () => {
  const { scopes } = await catalog()
  for (const { name, description } of scopes) {
    assert.ok(description.length > 5, name)
    const json = { name, scopes: [name] }
    assert.equal((await server.call('POST', '/api/v1/credentials', { key: admin, json })).status, 201, name)
  }
  const json = { name: 'unknown', scopes: ['unknown'] }
  const { body } = await server.call('POST', '/api/v1/credentials', { key: admin, json })
  for (const { name } of scopes) assert.match(body.error.details, new RegExp(`\\b${name}\\b`))
  assert.deepEqual(named(scopes, 'write').includes, ['users:write', 'documents:write'])
  assert.deepEqual(named(scopes, 'admin').includes, [])
})

test('a role names the scopes that a session of it holds', async () => {
  const { roles } = await catalog()
  assert.deepEqual(
    roles.map(({ name }: Json) => name),
    ['admin', 'developer', 'editor', 'normal'],
  )
  for (const { name, scopes, description } of roles) {
    assert.ok(description)
    const { body } = await (await signedInAs(server, name)).call('GET', '/api/v1/session')
    assert.deepEqual(body.scopes, scopes, name)
  }
  const { own_only, published_only } = named(roles, 'normal')
  assert.deepEqual([own_only, published_only], [true, true])
  assert.deepEqual([named(roles, 'admin').own_only, named(roles, 'developer').published_only], [false, false])
})

test('an event type names the scope that a webhook needs to subscribe to it', async () => {
  const { event_types, scopes } = await catalog()
  const subscribable = event_types.filter(({ scope }: Json) => scope !== null)
  assert.deepEqual(
    event_types.map(({ name }: Json) => name),
    (await server.call('GET', '/api/v1/event-types', { key: admin })).body.data.map(({ name }: Json) => name),
  )
  for (const { name, scope } of subscribable) {
    const subscribe = async (names: string) => {
      const { secret: key } = await server.credential(names)
      const json = { url: 'http://127.0.0.1:9/', events: [name] }
      return (await server.call('POST', '/api/v1/webhooks', { key, json })).status
    }
    assert.equal(await subscribe(`webhooks:write ${scope}`), 201, name)
    const others = scopes.filter((one: Json) => one.name !== 'admin' && one.includes.length === 0)
    const without = others.map((one: Json) => one.name).filter((other: string) => other !== scope)
    assert.equal(await subscribe(without.join(' ')), 403, name)
  }
})

test('a resource names its path and its scopes', async () => {
  const { resources, import_formats, document_statuses, audit_actions } = await catalog()
  for (const { name, plural, read_scope, write_scope } of resources) {
    const { secret: key } = await server.credential(read_scope)
    assert.equal((await server.call('GET', `/api/v1/${plural}`, { key })).status, 200, plural)
    const created = await server.call('POST', `/api/v1/${plural}`, { key, json: {} })
    // A role is read and written by administrators alone.
    const isBoth = read_scope === write_scope
    assert.equal(created.status, isBoth ? 400 : 403, plural)
    if (!isBoth) assert.match(created.body.error.details, new RegExp(write_scope))
    assert.ok(audit_actions.includes(`${name}.create`), name)
  }
  assert.deepEqual(import_formats, ['ndjson', 'json', 'csv'])
  for (const { name } of document_statuses) {
    const { status } = await server.call('GET', `/api/v1/documents?status=${name}`, { key: admin })
    assert.equal(status, 200, name)
  }
})
