import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { eventLog } from './event-log.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, signedInAs } from './people.ts'
import { startReceiver } from './receiver.ts'
import { matches, nameOf, ruleSets } from './rules.ts'

/** What the rules of a caller leave of the event log, and of what is sent, is compared with a filter over everything. */
const server = await startServer()
const { secret: admin } = await server.credential('admin')
const owner = await makePerson(server, 'admin')
const other = await makePerson(server, 'editor')
const { settled } = eventLog(server, admin)
const counts = { callers: 0, lists: 0, events: 0, deliveries: 0 }
after(() => console.log(`rules × events: ${JSON.stringify(counts)}`))

const places = ['policies', 'reports', 'a & b'].flatMap((category) =>
  ['draft', 'published'].flatMap((status) =>
    [owner.id, other.id].map((author_id) => ({ category, status, author_id })),
  ),
)
for (const place of places) await changes(place)

for (const rules of ruleSets('documents:read')) {
  describe(`a caller who may read ${nameOf(rules)}`, () => {
    const sees = ({ type, payload }: Json, userId: number) =>
      !type.startsWith('document.') || matches(rules, 'documents:read', payload.data, userId)

    test('is shown and counts the events of those documents alone, in both orders and by type', async () => {
      counts.callers++
      const everything = await log(admin, '')
      const { secret } = await server.credential('read', { owner_id: owner.id, rules })
      const shown = everything.filter((event) => sees(event, owner.id))
      for (const type of ['', 'document.created', 'document.updated', 'document.deleted', 'user.created']) {
        const expected = shown.filter((event) => type === '' || event.type === type)
        const ids = expected.map(({ id }) => id)
        const filter = type === '' ? '' : `&type=${type}`
        for (const [sort, wanted] of [
          ['log', ids],
          ['-log', ids.toReversed()],
        ] as const) {
          const listed = await log(secret, `sort=${sort}${filter}`, expected.length)
          assert.deepEqual(
            listed.map(({ id }) => id),
            wanted,
            `${type} by ${sort}`,
          )
        }
      }
      for (const event of everything.filter(({ type }) => type.startsWith('document.')).slice(0, 20)) {
        const { status } = await server.call('GET', `/api/v1/events/${event.id}`, { key: secret })
        assert.equal(status, sees(event, owner.id) ? 200 : 404)
      }
    })

    test('is sent the same, through a webhook of a person with such a role', async () => {
      const name = `role-${counts.deliveries}-${rules.length}`
      const scopes = ['documents:read', 'webhooks:read', 'webhooks:write']
      const role = await server.call('POST', '/api/v1/roles', { key: admin, json: { name, scopes, rules } })
      assert.equal(role.status, 201, role.text)
      const person = await signedInAs(server, name)
      const receiver = await startReceiver()
      const events = ['document.created', 'document.updated', 'document.deleted']
      const made = await person.call('POST', '/api/v1/webhooks', { json: { url: receiver.url, events } })
      assert.equal(made.status, 201, made.text)
      const last = (await log(admin, '')).at(-1)?.id
      await changes({ category: 'policies', status: 'draft', author_id: owner.id })
      await changes({ category: 'reports', status: 'published', author_id: person.id })
      const happened = await log(admin, `after=${last}`)
      await server.deliver()
      const path = `/api/v1/webhooks/${made.body.id}/deliveries?limit=100`
      const { data } = (await person.call('GET', path)).body
      counts.deliveries += data.length
      const sent = data
        .filter(({ status }: Json) => status === 'delivered')
        .map(({ event_id }: Json) => event_id)
      const expected = happened.filter((event) => events.includes(event.type) && sees(event, person.id))
      assert.deepEqual(
        sent.sort((a: number, b: number) => a - b),
        expected.map(({ id }) => id),
      )
      for (const { event_id, status, reason } of data)
        if (!sent.includes(event_id)) assert.deepEqual([status, reason], ['held', 'owner_out_of_reach'])
      assert.equal((await person.call('DELETE', `/api/v1/webhooks/${made.body.id}`)).status, 204)
    })

    test('is sent the same, through a webhook that a key with these rules makes', async () => {
      const { secret: key } = await server.credential('read webhooks:read webhooks:write', {
        owner_id: owner.id,
        rules,
      })
      const receiver = await startReceiver()
      const events = ['document.created', 'document.updated', 'document.deleted', 'user.created']
      const json = { url: receiver.url, events }
      const made = await server.call('POST', '/api/v1/webhooks', { key, json })
      assert.equal(made.status, 201, made.text)
      assert.deepEqual(made.body.rules, rules)
      const last = (await log(admin, '')).at(-1)?.id
      await changes({ category: 'policies', status: 'draft', author_id: owner.id })
      await changes({ category: 'minutes', status: 'published', author_id: other.id })
      await makePerson(server, 'normal')
      const happened = await log(admin, `after=${last}`)
      await server.deliver()
      const path = `/api/v1/webhooks/${made.body.id}`
      const { data } = (await server.call('GET', `${path}/deliveries?limit=100`, { key })).body
      counts.deliveries += data.length
      const expected = happened.filter((event) => events.includes(event.type))
      const seen = expected.filter((event) => sees(event, owner.id)).map(({ id }) => id)
      assert.deepEqual(
        data.map((one: Json) => one.event_id).sort((a: number, b: number) => a - b),
        seen,
      )
      for (const one of data) assert.equal(one.status, 'delivered')
      assert.equal(receiver.received.length, seen.length)
      assert.equal((await server.call('DELETE', path, { key })).status, 204)
    })
  })
}

test('a document that leaves the rules is not seen again, and no event says so', async () => {
  const { secret } = await server.credential('read', {
    rules: [{ scope: 'documents:read', where: { category: ['policies'] } }],
  })
  const last = (await log(secret, '')).at(-1)?.id
  const made = await server.call('POST', '/api/v1/documents', {
    key: admin,
    json: { title: 'On the move', category: 'policies' },
  })
  const path = `/api/v1/documents/${made.body.id}`
  await server.call('PATCH', path, { key: admin, json: { category: 'reports' } })
  await server.call('PATCH', path, { key: admin, json: { title: 'Elsewhere' } })
  await server.call('PATCH', path, { key: admin, json: { category: 'policies' } })
  const followed = await log(secret, `after=${last}`)
  assert.deepEqual(
    followed.map(({ type, payload }) => [type, payload.data.title]),
    [
      ['document.created', 'On the move'],
      ['document.updated', 'Elsewhere'],
    ],
  )
})

/** Each kind of change once. */
async function changes(place: Json): Promise<void> {
  const send = (method: string, path: string, json?: Json) =>
    server.call(method, `/api/v1/documents${path}`, { key: admin, ...(json ? { json } : {}) })
  const { body } = await send('POST', '', { title: 'A document', ...place })
  await send('PATCH', `/${body.id}`, { category: 'reports' })
  await send('PATCH', `/${body.id}`, { ...place, title: 'Back' })
  await send('DELETE', `/${body.id}`)
}

/** The events of a list, read to its end. @param total what the list must count */
async function log(key: string, query: string, total?: number): Promise<Json[]> {
  counts.lists++
  await settled()
  const events: Json[] = []
  for (let next: string | undefined = `limit=7&${query}`; next !== undefined; ) {
    const { status, body, headers, text } = await server.call('GET', `/api/v1/events?${next}`, { key })
    assert.equal(status, 200, text)
    events.push(...body.data)
    if (total !== undefined) assert.equal(body.meta.total_count, total, query)
    next = /[?]([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  counts.events += events.length
  return events
}
