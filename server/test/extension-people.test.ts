import './extensions/with-people.ts'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { erasing } from '../src/erasure/service.ts'
import { extension, type Loaded } from '../src/extension/declaration.ts'
import { migrateExtensions } from '../src/extensions/migrations.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, type Person } from './people.ts'
import { startReceiver } from './receiver.ts'

const server = await startServer({ env: { COMSERV_ERASE_WAIT_HOURS: '0' } })
const { database } = server.context
const key = (await server.credential('admin')).secret

async function api(method: string, path: string, json?: object): Promise<Json> {
  const { status, body, text } = await server.call(method, `/api/v1${path}`, {
    key,
    ...(json ? { json } : {}),
  })
  assert.ok(status < 300, `${method} ${path}: ${status} ${text}`)
  return body
}

const total = async (plural: string) => (await api('GET', `/x/shop/${plural}`)).meta.total_count

async function personalData(person: Person): Promise<Json[]> {
  const { text } = await server.call('GET', `/api/v1/users/${person.id}/personal-data`, { key })
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function eraseNow(person: Person): Promise<Json> {
  await api('POST', `/users/${person.id}/erase`, { username: person.username })
  await server.runTask('erase people')
  return api('GET', `/users/${person.id}/erasure`)
}

/** Where the rows of the database have a text. */
async function foundInRows(mark: string): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await database.read.introspection.getTables()) {
    if (/_search/.test(name)) continue
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(database.read)
    if (JSON.stringify(rows).includes(mark)) found.push(name)
  }
  return found
}

test('an erasure deletes or empties the records of extensions that name the person, in parts', async () => {
  const person = await makePerson(server, 'developer')
  const other = await makePerson(server, 'developer')
  const receiver = await startReceiver()
  await api('POST', '/webhooks', {
    url: receiver.url,
    events: ['x.shop.order.created', 'x.shop.order.deleted'],
  })
  const mark = 'zzqhers'
  const order = (n: number, customer: number) => ({
    number: `${mark}${n}`,
    customer,
    address: `${mark} street`,
  })
  const items = Array.from({ length: 100 }, (_, n) => ({ action: 'create', data: order(n, person.id) }))
  const made = await api('POST', '/x/shop/orders/batch', { items })
  const last = await api('POST', '/x/shop/orders', order(100, person.id))
  await api('PATCH', `/x/shop/orders/${last.id}`, { address: `${mark} avenue` })
  await api('DELETE', `/x/shop/orders/${made.data[0].resource.id}`)
  const kept = await api('POST', '/x/shop/orders', { number: 'theirs', customer: other.id, address: 'lane' })
  const ticket = await api('POST', '/x/shop/tickets', {
    title: 'It is broken',
    reporter: person.id,
    reporter_name: `${mark} Ada`,
    words: `${mark} help`,
    owner_id: other.id,
  })
  const owned = await api('POST', '/x/shop/tickets', { title: 'Mine', owner_id: person.id })
  await api('POST', '/x/shop/votes', { user_id: person.id, of: 'yes' })
  await api('POST', '/x/shop/votes', { user_id: other.id, of: 'no' })
  await server.deliver()

  const told = (await personalData(person)).filter(({ kind }) => kind === 'record').map(({ data }) => data)
  const byResource = Map.groupBy(told, ({ resource }) => resource)
  assert.deepEqual(
    [...byResource].map(([resource, all]) => [resource, all.length]),
    [
      ['x/shop/orders', 101],
      ['x/shop/tickets', 2],
      ['x/shop/votes', 1],
    ],
  )
  assert.equal(told.filter(({ deleted_at }) => deleted_at !== null).length, 1, 'the trash, too')
  assert.deepEqual(
    byResource.get('x/shop/tickets')?.map(({ id, words }) => [id, words]),
    [
      [ticket.id, `${mark} help`],
      [owned.id, 'none'],
    ],
  )
  assert.ok(!JSON.stringify(told).includes('_key'))

  const { receipt } = await eraseNow(person)
  assert.equal(receipt.removed.records, 104)
  assert.deepEqual(await foundInRows(mark), [])
  assert.deepEqual([await total('orders'), await total('tickets'), await total('votes')], [1, 2, 1])
  assert.equal((await api('GET', '/x/shop/orders/trash')).meta.total_count, 0)
  assert.equal((await api('GET', `/x/shop/orders/${kept.id}`)).address, 'lane')
  const emptied = await api('GET', `/x/shop/tickets/${ticket.id}`)
  assert.deepEqual(
    [emptied.reporter, emptied.reporter_name, emptied.words, emptied.owner_id],
    [null, null, 'none', other.id],
  )
  assert.equal((await api('GET', `/x/shop/tickets/${owned.id}`)).owner_id, null)

  const { data: events } = await api('GET', '/events?type=x.shop.order.deleted&limit=100&sort=-log')
  assert.ok(events.every(({ payload }: Json) => Object.keys(payload.data).join() === 'id'))
  const { data: changed } = await api('GET', '/events?type=x.shop.ticket.updated')
  assert.deepEqual(
    changed.map(({ payload }: Json) => [payload.data.id, payload.data.reporter_name]).sort(),
    [
      [ticket.id, null],
      [owned.id, null],
    ].sort(),
  )
  await server.deliver()
  const bodies = receiver.received.map(({ raw }) => JSON.parse(raw))
  const deleted = bodies.filter(
    ({ event, data }) => event === 'x.shop.order.deleted' && data.number === undefined,
  )
  assert.equal(deleted.length, 100, 'programs learn of every deletion, without anything of the record')
  const { data: audit } = await api('GET', `/audit-log?target_type=x.shop.order&target_id=${last.id}`)
  assert.deepEqual(audit.map(({ action, before, after }: Json) => [action, before, after]).sort(), [
    ['x.shop.order.create', null, null],
    ['x.shop.order.purge', null, null],
    ['x.shop.order.update', null, null],
  ])
})

test('what a change replaced is sealed for whom the record was about', async () => {
  const [first, second] = [await makePerson(server, 'developer'), await makePerson(server, 'developer')]
  const mark = 'zzqmoved'
  const fields = { title: 'One', reporter: first.id, reporter_name: `${mark} first` }
  const { id } = await api('POST', '/x/shop/tickets', fields)
  await api('PATCH', `/x/shop/tickets/${id}`, { reporter: second.id, reporter_name: 'the second' })
  const { data: before } = await api('GET', '/events?type=x.shop.ticket.updated&limit=1&sort=-log')
  assert.equal(before[0].payload.data.reporter_name, 'the second')
  assert.equal((await eraseNow(first)).receipt.removed.records, undefined)
  assert.deepEqual(await foundInRows(mark), [])
  assert.equal((await api('GET', `/x/shop/tickets/${id}`)).reporter_name, 'the second')
  const { data: after } = await api('GET', '/events?type=x.shop.ticket.updated&limit=1&sort=-log')
  assert.equal(after[0].payload.data.reporter_name, 'the second')
})

test('a field for people names a user who exists; a row that names nobody is changed all the same', async () => {
  const post = (customer: number) =>
    server.call('POST', '/api/v1/x/shop/orders', {
      key,
      json: { number: `N${customer}`, customer, address: '' },
    })
  const erased = await makePerson(server, 'developer')
  await eraseNow(erased)
  for (const id of [999_999, erased.id]) {
    const { status, body } = await post(id)
    assert.equal(status, 400)
    assert.equal(body.error.details, `The 'customer' field names the user ${id}, who does not exist.`)
  }
  const { id } = await makePerson(server, 'developer')
  const { body } = await post(id)
  const path = `/x/shop/orders/${body.id}`
  const refused = await server.call('PATCH', `/api/v1${path}`, { key, json: { customer: 999_999 } })
  assert.equal(refused.status, 400)
  // As one from before the declaration.
  await database.write(({ db }) =>
    sql`update x_shop_orders set customer = 999999 where id = ${body.id}`.execute(db),
  )
  assert.equal((await api('PATCH', path, { address: 'elsewhere' })).address, 'elsewhere')
  await api('DELETE', path)
})

test('an erasure that has begun is not cancelled', async () => {
  const person = await makePerson(server, 'developer')
  await api('POST', `/users/${person.id}/erase`, { username: person.username })
  await database.write(async ({ db }) => {
    await db
      .insertInto('counters')
      .values({ scope: `erasures/${person.id}/records`, slot: 0, count: 100 })
      .execute()
  })
  const { status, body } = await server.call('DELETE', `/api/v1/users/${person.id}/erase`, { key })
  assert.deepEqual([status, body.error.code], [409, 'conflict'])
  assert.equal((await api('GET', `/users/${person.id}/erasure`)).receipt, null)
  await server.runTask('erase people')
  assert.equal((await api('GET', `/users/${person.id}/erasure`)).receipt.removed.records, 100)
})

test('a person who cannot be erased holds up nobody, and is tried again', async () => {
  const [stuck, next] = [await makePerson(server, 'developer'), await makePerson(server, 'developer')]
  for (const { id, username } of [stuck, next]) await api('POST', `/users/${id}/erase`, { username })
  const [orders] = server.context.catalog.resources.filter(({ plural }) => plural === 'x/shop/orders')
  const { people } = orders ?? assert.fail()
  assert.ok(orders && people)
  const broken: typeof people = {
    ...people,
    async erase(...given) {
      if (given[2] === stuck.id) throw new Error('the table is broken')
      return people.erase(...given)
    },
  }
  const catalog = { ...server.context.catalog, resources: [{ ...orders, people: broken }] }
  await erasing({ ...server.context, catalog }).run()
  const state = async ({ id }: Person) => (await api('GET', `/users/${id}/erasure`)).status
  assert.deepEqual([await state(stuck), await state(next)], ['waiting', 'erased'])
  const told = server.logged.filter(({ user }) => user === stuck.id)
  assert.deepEqual(
    told.map(({ msg, err }) => [msg, err.message]),
    [['a user could not be erased; it is tried again each minute', 'the table is broken']],
  )
  await server.runTask('erase people')
  assert.equal(await state(stuck), 'erased')
})

test('every field that names people has an index, which is made where it is missing', async () => {
  const indexes = async () => {
    const tables = sql<{ name: string }>`select name from sqlite_master where type = 'index'`
    const { rows } = await (database.dialect === 'sqlite'
      ? tables
      : sql<{ name: string }>`select indexname as name from pg_indexes`
    ).execute(database.read)
    return rows.map(({ name }) => name)
  }
  for (const field of ['orders_customer', 'tickets_reporter', 'tickets_owner_id', 'votes_user_id'])
    assert.ok((await indexes()).includes(`x_shop_${field}_people`), field)
  const declared = (people: object): Loaded => ({
    ...extension({
      name: 'later',
      resources: [
        {
          name: 'a_thing_with_a_long_name',
          plural: 'things_with_a_very_long_name',
          fields: { a_person_with_a_long_name: { type: 'integer' }, text: { type: 'string' } },
          people,
        } as never,
      ],
      migrations: {
        '001': (schema) =>
          schema.createTable('things_with_a_very_long_name', { a_person_with_a_long_name: 'integer' }),
      },
    }),
    file: 'extensions/later.ts',
    values: {},
  })
  await migrateExtensions(database, [declared({})])
  const before = (await indexes()).length
  await migrateExtensions(database, [declared({ a_person_with_a_long_name: 'delete' })])
  await migrateExtensions(database, [declared({ a_person_with_a_long_name: 'delete' })])
  assert.equal((await indexes()).length, before + 1)
  const lacking = extension({
    name: 'lacking',
    resources: [{ name: 'one', plural: 'ones', fields: { user_id: { type: 'integer' } as never } }],
  })
  await assert.rejects(migrateExtensions(database, [{ ...lacking, file: 'lacking.ts', values: {} }]), {
    message:
      /^The extension 'lacking' cannot be used \(lacking\.ts\): there is no index of ones\.user_id, by which/,
  })
})

test('a declaration of people that cannot work is refused where it is made', () => {
  const fields = {
    who: { type: 'integer' },
    whom: { type: ['integer', 'null'] },
    name: { type: 'string' },
  }
  const cases: [object, RegExp][] = [
    [{ people: { nobody: 'delete' } }, /has no field 'nobody', which 'people' names/],
    [{ people: { name: 'delete' } }, /'people' names the field 'name', which has to be an integer/],
    [{ people: { who: 'forget' } }, /people\.who is 'delete', 'empty' or \{ empties/],
    [{ people: { who: 'empty' } }, /'who' cannot be emptied, because it cannot be null/],
    [{ people: { whom: { empties: ['colour'] } } }, /has no field 'colour', which people\.whom empties/],
    [
      { people: { whom: { empties: ['name'] } } },
      /'name' cannot be emptied, because it cannot be null and has no default/,
    ],
  ]
  for (const [more, expected] of cases) {
    const resource = { name: 'item', plural: 'items', fields, ...more }
    assert.throws(() => extension({ name: 'stock', resources: [resource as never] }), { message: expected })
  }
})
