import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { archiveOf, documentsOf, exportFile, exportText, usersOf } from './foreign.ts'
import { startServer } from './harness.ts'
import { fileFolder, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const run = (...args: string[]) => runImport(server, ['strapi', ...args])
const archive = exportFile('strapi.tar.gz')

test('users, linked authors and the records of a type come with status, dates and category', async () => {
  const { code, out } = await run(archive)
  assert.deepEqual(out, [
    'Users: 3 imported, 0 here already, 0 refused.',
    "entities/entities_00002.jsonl line 2 'By nobody': Its author 'No Address' is not among the users of the export. Give --author USERNAME: a user of this system who becomes the author of such documents.",
    'Documents: 2 imported, 0 imported earlier, 1 refused.',
    'Left out: 1 drafts of published documents.',
  ])
  assert.equal(code, 1)
  const { ida, bad, 'Ole-Pen': ole } = await usersOf(server, key)
  assert.deepEqual([ida.status, bad.status, ida.role], ['active', 'suspended', 'normal'])
  assert.deepEqual(
    [ole.email, ole.profile.first_name, ole.profile.last_name],
    ['ole@strapi.example.org', 'Ole', 'Pen'],
  )
  const documents = await documentsOf(server, key)
  assert.deepEqual(documents['Hello, Strapi'], {
    category: 'News',
    status: 'published',
    created_at: '2025-02-01T08:00:00Z',
    updated_at: '2025-02-02T08:00:00Z',
    content: '# Hello',
    content_type: 'text/markdown',
    published_at: '2025-02-02T09:00:00Z',
    publish_at: null,
    summary: 'A greeting',
    author: 'Ole-Pen',
  })
  const { 'Not ready': draft } = documents
  assert.deepEqual([draft.status, draft.content_type, draft.author], ['draft', 'application/json', 'Ole-Pen'])
})

test('a second run, also of the archive without compression, imports nothing twice', async () => {
  for (const [path, imported, earlier] of [
    [archive, 1, 2],
    [file('tar', gunzipSync(archiveOf('strapi'))), 0, 3],
  ] as const) {
    const { code, out } = await run('--author', 'ida', path)
    assert.equal(code, 0)
    assert.deepEqual(out.slice(0, 2), [
      'Users: 0 imported, 3 here already, 0 refused.',
      `Documents: ${imported} imported, ${earlier} imported earlier, 0 refused.`,
    ])
  }
  assert.equal((await documentsOf(server, key))['By nobody'].author, 'ida')
})

const line = (type: string, id: number, data: object) => `${JSON.stringify({ type, id, data })}\n`

test('an export of version 4 comes the same, with users as authors', async () => {
  const times = { createdAt: '2024-02-01T08:00:00.000Z', updatedAt: '2024-02-01T08:00:00.000Z' }
  const entities = [
    line('plugin::users-permissions.user', 7, {
      username: 'vera',
      email: 'vera@strapi.example.org',
      confirmed: false,
      ...times,
    }),
    line('api::page.page', 1, {
      title: 'Four',
      body: '<p>Old</p>',
      publishedAt: '2024-02-01T09:00:00.000Z',
      ...times,
    }),
    line('api::page.page', 2, { title: 'Draft of four', body: 'x', publishedAt: null, ...times }),
  ].join('')
  const link = (ref: number) =>
    `${JSON.stringify({ kind: 'relation.basic', left: { type: 'api::page.page', ref, field: 'writer' }, right: { type: 'plugin::users-permissions.user', ref: 7 } })}\n`
  const four = file(
    'tar.gz',
    archiveOf({ 'entities/entities_00001.jsonl': entities, 'links/links_00001.jsonl': link(1) + link(2) }),
  )
  const { code, out, err } = await run('--field', 'author=writer', '--type', 'page', four)
  assert.equal(code, 0, err.join('\n'))
  assert.equal(out[1], 'Documents: 2 imported, 0 imported earlier, 0 refused.')
  const { Four, 'Draft of four': draft } = await documentsOf(server, key)
  assert.deepEqual(
    [Four.status, Four.content_type, Four.author, draft.status],
    ['published', 'text/html', 'vera', 'draft'],
  )
  assert.equal((await usersOf(server, key)).vera.status, 'inactive')
})

test('the type of the documents has to be said where it cannot be known', async () => {
  const entities =
    line('api::a.a', 1, { title: 'A', body: '' }) + line('api::b.b', 1, { title: 'B', body: '' })
  const two = file('tar.gz', archiveOf({ 'entities/entities_00001.jsonl': entities }))
  assert.match(
    (await run(two)).err.join(),
    /^Say with --type which records become documents: there are api::a\.a, api::b\.b\./,
  )
  assert.match((await run('--type', 'c', two)).err.join(), /^--type c: there is no such type/)
})

test('an archive that is encrypted, cut off or damaged is refused as a whole', async () => {
  await server.newEvents()
  const whole = archiveOf('strapi')
  const tar = gunzipSync(whole)
  const damaged = Buffer.from(tar)
  damaged[0] = 0x58
  const wrong = {
    'entities/entities_00001.jsonl': `${exportText('strapi/entities/entities_00001.jsonl')}{"type":\n`,
  }
  for (const [content, message] of [
    [Buffer.alloc(2_048, 7), /encrypted one: export with `npx strapi export --no-encrypt`/],
    [whole.subarray(0, whole.length - 200), /^The archive of Strapi cannot be read: .*Export it again/],
    [tar.subarray(0, 2_000), /cannot be read: it is cut off/],
    [damaged, /cannot be read: it is no tar archive, or a damaged one/],
    [archiveOf(wrong), /entities\/entities_00001\.jsonl line 8: /],
  ] as const) {
    const { code, out, err } = await run(file('tar.gz', content))
    assert.deepEqual([code, out], [1, []])
    assert.match(err.join(), message)
  }
  assert.match((await run('/nowhere.tar.gz')).err.join(), /^There is no file \/nowhere/)
  assert.match((await run('-')).err.join(), /^Give the name of the archive/)
  assert.deepEqual(await server.newEvents(), [])
})

test('long names of files and large bodies are read', async () => {
  const long = `entities/${'long-'.repeat(30)}.jsonl`
  const many = Array.from({ length: 3_000 }, (_, i) =>
    line('api::page.page', i, { title: `T${i}`, body: 'x'.repeat(500) }),
  )
  const path = file('tar.gz', '')
  writeFileSync(path, archiveOf({ [long]: many.join('') }))
  const { code, out } = await run('--dry-run', '--author', 'ida', path)
  assert.equal(code, 0)
  assert.equal(out[1], 'Documents: 3000 could be imported, 0 imported earlier, 0 refused.')
})
