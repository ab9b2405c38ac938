import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Scope, scopes } from '../src/access/scopes.ts'
import { eventLog } from './event-log.ts'
import { type Json, startServer } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } })
const { secret: key } = await server.credential('admin')
const types = [...server.context.catalog.eventTypes.values()]

/** One event of each type at least; one that a new resource brings is missed by the first test. */
async function causeAll(): Promise<void> {
  const create = async (path: string, json: object) => {
    const { status, body, text } = await server.call('POST', `/api/v1/${path}`, { key, json })
    assert.ok(status < 300, text)
    return `/api/v1/${path}/${body.id}`
  }
  const person = { username: 'told', email: 'told@example.org', password: 'correct horse' }
  for (const [path, json, change] of [
    ['users', person, { profile: { bio: 'new' } }],
    ['documents', { title: 'A secret draft' }, { status: 'published' }],
    ['categories', { name: 'Secret affairs' }, { position: 3 }],
  ] as const) {
    const record = await create(path, json)
    await server.call('PATCH', record, { key, json: change })
    await server.call('DELETE', record, { key })
  }
  const { url } = await startReceiver()
  await server.call('POST', `${await create('webhooks', { url, events: ['user.created'] })}/test`, { key })
}

await causeAll()
await eventLog(server, key).settled()
const all: Json[] = (await server.call('GET', '/api/v1/events?limit=100', { key })).body.data

/** What a key sees of the log, page by page. */
async function seenBy(secret: string, sort: 'log' | '-log'): Promise<Json[]> {
  const seen: Json[] = []
  for (let query = `?limit=2&sort=${sort}`; ; ) {
    const { body, text, status } = await server.call('GET', `/api/v1/events${query}`, { key: secret })
    assert.equal(status, 200, text)
    const last = body.data.at(-1)
    if (!last) return sort === 'log' ? seen : seen.reverse()
    seen.push(...body.data)
    query = `?limit=2&sort=${sort}&${sort === 'log' ? 'after' : 'before'}=${last.id}`
  }
}

test('there is an event of every type to look at', () => {
  // An erasure waits; erasure.test.ts follows its event.
  const expected = types.map(({ name }) => name).filter((name) => name !== 'user.erased')
  assert.deepEqual([...new Set(all.map(({ type }) => type))].sort(), expected.sort())
})

const readingScopes = [...new Set(types.flatMap(({ reads }) => reads ?? []))]
const callers: [string, Scope[]][] = [
  ['with events:read alone', ['events:read']],
  ...readingScopes.map((reads): [string, Scope[]] => [`with ${reads}`, ['events:read', reads]]),
  ...readingScopes.map((reads): [string, Scope[]] => [
    `with every scope but ${reads}`,
    (Object.keys(scopes) as Scope[]).filter((scope) => scope !== reads && scope !== 'admin'),
  ]),
]

for (const [name, held] of callers) {
  test(`a key ${name} sees the events of the records that it may read, and nothing of the others`, async () => {
    const { secret } = await server.credential(held.join(' '))
    const canRead = (type: string) => {
      const reads = server.context.catalog.eventTypes.get(type)?.reads
      return !reads || held.includes(reads)
    }
    const visible = all.filter(({ type }) => canRead(type))
    for (const sort of ['log', '-log'] as const) assert.deepEqual(await seenBy(secret, sort), visible)
    const { body } = await server.call('GET', '/api/v1/events?limit=1', { key: secret })
    assert.equal(body.meta.total_count, visible.length, 'counts no more than that')

    for (const event of all) {
      const one = await server.call('GET', `/api/v1/events/${event.id}`, { key: secret })
      if (canRead(event.type)) assert.deepEqual(one.body, event)
      else assertRefused(one, 404, new RegExp(`no event with id ${event.id}`))
    }
    for (const { name: type, reads } of types) {
      const listed = await server.call('GET', `/api/v1/events?type=${type}`, { key: secret })
      if (canRead(type))
        assert.deepEqual(
          listed.body.data,
          all.filter((event) => event.type === type),
        )
      else assertRefused(listed, 403, new RegExp(`needs the scope '${reads}'`))
    }
  })
}
