import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentsOf, exportFile, exportText, usersOf } from './foreign.ts'
import { startServer } from './harness.ts'
import { fileFolder, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const run = (...args: string[]) => runImport(server, ['ghost', ...args])
const authorMissing =
  "post 4 'About': Its author '9' is not among the users of the export. Give --author USERNAME: a user of this system who becomes the author of such documents."

test('a dry run says what would be imported and what cannot be, and writes nothing', async () => {
  const { code, out, err } = await run('--dry-run', exportFile('ghost.json'))
  assert.deepEqual(out, [
    'Users: 2 could be imported, 0 here already, 0 refused.',
    authorMissing,
    'Documents: 3 could be imported, 0 imported earlier, 1 refused.',
    'Left out: 1 further tags of posts.',
    'Nothing was written.',
  ])
  assert.equal(code, 1)
  assert.match(
    err.join('\n'),
    /^Imported users have no password, and no mail is sent to them.*\n1 record was refused\./,
  )
  assert.deepEqual(await server.newEvents(), [])
})

test('users come without passwords and without rights, posts with their status, dates, author and category', async () => {
  const { code, out } = await run(exportFile('ghost.json'))
  assert.equal(code, 1)
  assert.deepEqual(out, [
    'Users: 2 imported, 0 here already, 0 refused.',
    authorMissing,
    'Documents: 3 imported, 0 imported earlier, 1 refused.',
    'Left out: 1 further tags of posts.',
  ])
  const { jo, sam } = await usersOf(server, key)
  assert.deepEqual(jo, {
    email: 'jo@ghost.example.org',
    role: 'normal',
    status: 'active',
    created_at: '2025-01-02T03:04:05Z',
    profile: { first_name: 'Jo', last_name: 'Anne Bloggs', phone: null, bio: 'Writes' },
  })
  assert.equal(sam.status, 'suspended')
  const documents = await documentsOf(server, key)
  assert.deepEqual(documents['Hello, Ghost'], {
    category: 'News & Weather',
    status: 'published',
    created_at: '2025-06-30T15:31:36Z',
    updated_at: '2025-07-02T08:22:14Z',
    content: '<p>Hello <img src="/content/images/a.png"></p>',
    content_type: 'text/html',
    published_at: '2025-06-30T15:35:36Z',
    publish_at: null,
    summary: 'A greeting',
    author: 'jo',
  })
  const { 'Not ready': draft, 'Next summer': scheduled } = documents
  assert.deepEqual(
    [draft.status, draft.content_type, draft.author, draft.created_at, draft.category],
    ['draft', 'application/json', 'sam', '2025-07-01T10:00:00Z', 'general'],
  )
  assert.deepEqual([scheduled.status, scheduled.publish_at], ['draft', '2199-06-01T06:00:00Z'])
  assert.deepEqual(await server.newEvents(), [
    ...['user.created', 'user.created'],
    ...['document.created', 'document.published', 'document.created', 'document.created'],
  ])
  const { body } = await server.call('GET', '/api/v1/audit-log?action=user.create', { key })
  assert.equal(body.data[0].actor.type, 'operator')
})

test('a second run imports what was refused, and nothing twice', async () => {
  const { code, out } = await run('--author', 'sam', exportFile('ghost.json'))
  assert.equal(code, 0)
  assert.deepEqual(out.slice(0, 2), [
    'Users: 0 imported, 2 here already, 0 refused.',
    'Documents: 1 imported, 3 imported earlier, 0 refused.',
  ])
  const { About } = await documentsOf(server, key)
  assert.deepEqual([About.author, About.created_at], ['sam', '2025-07-03T10:00:00Z'])
})

test('a later export from elsewhere brings what is new, and leaves what was imported as it is', async () => {
  const later = JSON.parse(exportText('ghost.json'))
  const { posts, users } = later.db[0].data
  posts[0].html = '<p>Edited there</p>'
  posts.unshift({ ...posts[0], id: 'x', uuid: 'y', title: 'New', status: 'draft', author_id: '3' })
  users.push({ id: '3', name: 'Jo', slug: 'jo', email: 'other-jo@ghost.example.org', status: 'active' })
  const { code, out, err } = await run('--author', 'sam', file('json', JSON.stringify(later)))
  assert.equal(code, 0, err.join('\n'))
  assert.deepEqual(out.slice(0, 2), [
    'Users: 1 imported, 2 here already, 0 refused.',
    'Documents: 1 imported, 4 imported earlier, 0 refused.',
  ])
  const { New, 'Hello, Ghost': hello } = await documentsOf(server, key)
  assert.equal(New.author, 'jo-2')
  assert.match(hello.content, /^<p>Hello/)
})

test('administrators stay administrators only if that is said', async () => {
  const other = await startServer()
  const admin = await other.credential('admin')
  const { code } = await runImport(other, [
    'ghost',
    '--keep-administrators',
    '--author',
    'jo',
    exportFile('ghost.json'),
  ])
  // The author is looked up after the users were imported.
  assert.equal(code, 0)
  const { jo, sam } = await usersOf(other, admin.secret)
  assert.deepEqual([jo.role, sam.role], ['admin', 'normal'])
})

test('a file that is cut off, or none of Ghost, is refused as a whole', async () => {
  await server.newEvents()
  const text = exportText('ghost.json')
  const cut = text.slice(0, text.indexOf('"users"'))
  const { code, out, err } = await run(file('json', cut))
  assert.deepEqual([code, out], [1, []])
  assert.match(
    err.join(),
    new RegExp(
      `^The file is not JSON, or is cut off: line ${cut.split('\n').length}: .*Export it again\\. Nothing was imported\\.$`,
    ),
  )
  for (const other of ['{}', '[]', 'null', '{"db":[{"data":{"posts":{}}}]}'])
    assert.match(
      (await run(file('json', other))).err.join(),
      /^The file is not an export of Ghost: it has no db\[0\]\.data\.posts/,
    )
  assert.match((await run('/nowhere/ghost.json')).err.join(), /^There is no file/)
  assert.deepEqual(await server.newEvents(), [])
})

test('an author who is nobody here and in the export ends the import before anything is written', async () => {
  const other = await startServer()
  const args = ['ghost', '--author', 'nobody-here', exportFile('ghost.json')]
  for (const more of [[], ['--dry-run']]) {
    const { code, out, err } = await runImport(other, [...args, ...more])
    assert.deepEqual([code, out], [1, []])
    assert.deepEqual(err, [
      "There is no user 'nobody-here', neither here nor in the export. Nothing was imported.",
    ])
  }
  assert.deepEqual(await other.newEvents(), [])
  const dry = await runImport(other, ['ghost', '--dry-run', '--author', 'jo', exportFile('ghost.json')])
  assert.equal(dry.code, 0)
  assert.match(dry.out.join(), /4 could be imported/)
})
