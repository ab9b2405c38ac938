import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentsOf, exportFile, exportText, usersOf } from './foreign.ts'
import { startServer } from './harness.ts'
import { fileFolder, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const run = (...args: string[]) => runImport(server, ['directus', ...args])
const both = ['--users', exportFile('directus_users.csv'), exportFile('directus.json')]
const unknown =
  "line 38 'Old': Its author '99999999-9ba9-4ce0-83f0-0a526f354e07' is not among the users of the export. Give --author USERNAME: a user of this system who becomes the author of such documents."

test('a collection comes with its authors, status, dates and categories', async () => {
  const { code, out } = await run(...both)
  assert.deepEqual(out, [
    'Users: 2 imported, 0 here already, 0 refused.',
    unknown,
    'Documents: 3 imported, 0 imported earlier, 1 refused.',
  ])
  assert.equal(code, 1)
  const { ann, bo } = await usersOf(server, key)
  assert.deepEqual(
    [ann.role, ann.status, ann.profile.last_name, ann.profile.bio, bo.status],
    ['normal', 'active', 'Other', 'Writes\na lot', 'inactive'],
  )
  const documents = await documentsOf(server, key)
  assert.deepEqual(documents['Hello, Directus'], {
    category: 'News',
    status: 'published',
    created_at: '2024-03-15T08:30:00Z',
    updated_at: '2024-03-16T10:00:00Z',
    content: '<p>Hello</p>',
    content_type: 'text/html',
    published_at: '2024-03-15T09:00:00Z',
    publish_at: null,
    summary: 'A greeting',
    author: 'ann',
  })
  const { 'Not ready': draft, Later: later } = documents
  assert.deepEqual([draft.status, draft.content_type, draft.author], ['draft', 'text/markdown', 'bo'])
  assert.deepEqual(
    [later.status, later.publish_at, later.content_type, later.category],
    ['draft', '2199-01-01T00:00:00Z', 'application/json', 'Plans'],
  )
})

test('a second run imports nothing twice', async () => {
  const { code, out } = await run('--author', 'ann', ...both)
  assert.equal(code, 0)
  assert.deepEqual(out, [
    'Users: 0 imported, 2 here already, 0 refused.',
    'Documents: 1 imported, 3 imported earlier, 0 refused.',
  ])
  assert.equal((await documentsOf(server, key)).Old.status, 'archived')
})

test('users come alone, and administrators stay that only if it is said', async () => {
  const other = await startServer()
  const admin = await other.credential('admin')
  const args = [
    'directus',
    '--keep-administrators',
    '--collection',
    'directus_users',
    exportFile('directus_users.csv'),
  ]
  const { code, out } = await runImport(other, args)
  assert.equal(code, 0)
  assert.deepEqual(out, [
    'Users: 2 imported, 0 here already, 0 refused.',
    'Documents: 0 imported, 0 imported earlier, 0 refused.',
  ])
  const { ann, bo } = await usersOf(other, admin.secret)
  assert.deepEqual([ann.role, bo.role], ['admin', 'normal'])
})

test('fields of other names are said, and columns of CSV are read the same', async () => {
  const csv = 'id,label,long,writer.email\n7,"From ""CSV""","a\nb",ann@directus.example.org\n'
  const unsaid = await run(file('csv', csv))
  assert.match(
    unsaid.err.join(),
    /^No field can be the title; say which one with --field title=NAME\. There are id, label, long, writer\.email\./,
  )
  const fields = ['--field', 'title=label', '--field', 'content=long', '--field', 'author=writer.email']
  const { code, out, err } = await run(
    ...fields,
    '--status',
    'archived',
    '--content-type',
    'text/plain',
    file('csv', csv),
  )
  assert.equal(code, 0, err.join('\n'))
  assert.equal(out[1], 'Documents: 1 imported, 0 imported earlier, 0 refused.')
  const { 'From "CSV"': made } = await documentsOf(server, key)
  assert.deepEqual(
    [made.content, made.content_type, made.status, made.author],
    ['a\nb', 'text/plain', 'archived', 'ann'],
  )
  for (const [option, message] of [
    [['--field', 'titel=label'], /write PART=FIELD/],
    [['--field', 'title=nope'], /there is no field 'nope'/],
    [['--status', 'live', '--field', 'title=label'], /--status must be one of/],
    [['--content-type', 'html', '--field', 'title=label'], /--content-type must be one of/],
  ] as const)
    assert.match((await run(...option, file('csv', csv))).err.join(), message)
})

test('a file that is broken or cut off is refused as a whole, with the line', async () => {
  await server.newEvents()
  const text = exportText('directus.json')
  const csv = exportText('directus_users.csv')
  for (const [extension, content, message] of [
    [
      'json',
      text.slice(0, -3),
      /line \d+: the array is not closed\. Export it again\. Nothing was imported\.$/,
    ],
    [
      'json',
      text.replace('"Not ready",', '"Not ready"'),
      /^The file is not sound JSON, or is cut off: line 14: /,
    ],
    ['json', '[1]', /line 1: a record must be an object/],
    ['csv', `${csv}"x",1\n`, /line 5: it has 2 cells, and the header 9/],
    ['csv', csv.slice(0, csv.indexOf('a lot')), /line 2: a quote that opens here does not close/],
    ['csv', csv.replace('"Bo"', '"Bo"x'), /line 4: a quote is where none can be/],
  ] as const) {
    const { code, out, err } = await run(file(extension, content))
    assert.deepEqual([code, out], [1, []])
    assert.match(err.join(), message)
  }
  assert.deepEqual(await server.newEvents(), [])
})
