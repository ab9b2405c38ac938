import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { extension, type Loaded, type Migrations } from '../src/extension/declaration.ts'
import { migrateExtensions } from '../src/extensions/migrations.ts'
import { startServer } from './harness.ts'

const server = await startServer()
const { database } = server.context

const withSteps = (migrations: Migrations): Loaded => ({
  ...extension({ name: 'stock', migrations }),
  file: 'extensions/stock.ts',
  values: {},
})

const first: Migrations = {
  '001-items': (schema) =>
    schema.createTable(
      'items',
      { code: 'text', count: 'integer', weight: 'number null' },
      { unique: ['code'], filters: ['count'] },
    ),
}

const insert = (code: string, more = '') =>
  database.write(async ({ db }) => {
    const names = `code, code_key, count, weight, created_at, updated_at, version${more ? ', note' : ''}`
    const values = `'${code}', '${code}', 1, 1.5, 'x', 'x', 1${more}`
    await sql.raw(`insert into x_stock_items (${names}) values (${values})`).execute(db)
  })

test('each step runs once, in the order of the names, also for processes that start together', async () => {
  const beside = await startServer({ beside: server })
  const one = () => migrateExtensions(database, [withSteps(first)])
  const other = () => migrateExtensions(beside.context.database, [withSteps(first)])
  // The embedded database would hold up this process, and with it the one that it waits for.
  const isEmbedded = database.dialect === 'sqlite'
  const both = isEmbedded ? [await one(), await other()] : await Promise.all([one(), other()])
  assert.deepEqual(both.flat(), ['stock 001-items'])
  await insert('a')
  await assert.rejects(insert('a'), 'the key is unique')
  const later: Migrations = {
    ...first,
    '003-filter': (schema) => schema.addFilter('items', 'note'),
    '002-note': (schema) => schema.addColumn('items', 'note', 'text', "it's new"),
  }
  assert.deepEqual(await migrateExtensions(database, [withSteps(later)]), [
    'stock 002-note',
    'stock 003-filter',
  ])
  await insert('b', ", 'mine'")
  const { rows } = await sql<{ note: string }>`select note from x_stock_items order by id`.execute(
    database.read,
  )
  assert.deepEqual(
    rows.map(({ note }) => note),
    ["it's new", 'mine'],
  )
})

test('a step that fails leaves nothing, stops the start with its name, and runs again', async () => {
  const broken: Migrations = {
    ...first,
    '004-broken': async (schema) => {
      await schema.createTable('halves', { name: 'text' })
      await schema.run('select from nowhere at all')
    },
  }
  await assert.rejects(migrateExtensions(database, [withSteps(broken)]), {
    message:
      /^The migration '004-broken' of the extension 'stock' failed \(extensions\/stock\.ts\), and the database/,
  })
  const fixed: Migrations = {
    '004-broken': (schema) => schema.createTable('halves', { name: 'text' }),
  }
  assert.deepEqual(await migrateExtensions(database, [withSteps(fixed)]), ['stock 004-broken'])
})

test('a declaration that cannot be a table is refused where it is made', () => {
  const resource = { name: 'item', plural: 'items', fields: { code: { type: 'string' } } }
  const cases: [object, RegExp][] = [
    [{ ...resource, plural: 'Items' }, /The plural of a resource has lower-case letters/],
    [{ ...resource, fields: {} }, /'items' has no fields/],
    [{ ...resource, fields: { id: { type: 'string' } } }, /cannot have a field 'id'/],
    [
      { ...resource, fields: { on: { type: 'boolean' } } },
      /the field 'on' has to be a text, a number or an integer/,
    ],
    [{ ...resource, filters: ['colour'] }, /has no field 'colour'/],
    [{ ...resource, named: 'colour' }, /has no field 'colour'/],
    [{ ...resource, labels: { deutsch: {} } }, /labels are by language, such as 'de'; 'deutsch' is none/],
    [{ ...resource, labels: { de: { fields: { colour: 'Farbe' } } } }, /no field 'colour' for labels\.de/],
    [{ ...resource, labels: { de: { hints: { code: ' ' } } } }, /labels\.de needs a text for 'code'/],
    [{ ...resource, labels: { de: { title: 'Teile' } } }, /labels have no 'title'; their parts are/],
  ]
  for (const [declared, expected] of cases)
    assert.throws(() => extension({ name: 'stock', resources: [declared as never] }), { message: expected })
})
