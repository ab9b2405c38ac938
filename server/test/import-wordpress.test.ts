import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentsOf, exportFile, exportText, usersOf } from './foreign.ts'
import { startServer } from './harness.ts'
import { fileFolder, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const run = (...args: string[]) => runImport(server, ['wordpress', ...args])
const text = exportText('wordpress.xml')
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length

test('authors, posts and pages come with their status, dates and categories', async () => {
  const { code, out } = await run(exportFile('wordpress.xml'))
  assert.equal(code, 1)
  assert.deepEqual(out, [
    `line ${lineOf('<wp:author_id>2')} 'old editor': The 'email' field must be an email address such as jo@example.org.`,
    'Users: 1 imported, 0 here already, 1 refused.',
    `line ${lineOf('<title><![CDATA[Old news') - 1} 'Old news': Its author was refused. Give --author USERNAME: a user of this system who becomes the author of such documents.`,
    'Documents: 5 imported, 0 imported earlier, 1 refused.',
    'Left out: 1 further categories.',
    'Left out: 1 tags.',
    'Left out: 1 comments.',
    'Left out: 1 items in the trash.',
    'Left out: 1 items of the type attachment.',
    'Left out: 1 items of the type recipe.',
  ])
  const { mary } = await usersOf(server, key)
  assert.deepEqual(
    [mary.email, mary.role, mary.profile.last_name],
    ['mary@blog.example.org', 'normal', 'Sea'],
  )
  const documents = await documentsOf(server, key)
  assert.deepEqual(documents['Hello – world & all'], {
    category: 'News & Weather',
    status: 'published',
    created_at: '2024-03-15T08:30:00Z',
    updated_at: '2024-03-16T10:00:00Z',
    content: '<!-- wp:paragraph -->\n<p>Hello ]]> world</p>\n<!-- /wp:paragraph -->',
    content_type: 'text/html',
    published_at: '2024-03-15T08:30:00Z',
    publish_at: null,
    summary: 'A greeting',
    author: 'mary',
  })
  const { Draft: draft, '(untitled)': later, 'With a password': locked } = documents
  assert.deepEqual(
    [draft.status, draft.created_at, draft.category],
    ['draft', '2024-03-17T08:30:00Z', 'general'],
  )
  assert.deepEqual([later.status, later.publish_at], ['draft', '2199-03-19T08:30:00Z'])
  // What only some could read there must not be published here.
  assert.deepEqual([locked.status, documents['Private & confidential'].status], ['draft', 'draft'])
})

test('custom types come if they are named; what was imported does not come twice', async () => {
  const { code, out } = await run(
    '--author',
    'mary',
    '--type',
    'recipe',
    file('xml', text.replace('Hello ]]', 'Edited ]]')),
  )
  assert.equal(code, 1)
  assert.deepEqual(out.slice(1, 3), [
    'Users: 0 imported, 1 here already, 1 refused.',
    'Documents: 2 imported, 5 imported earlier, 0 refused.',
  ])
  const { Soup, 'Old news': old } = await documentsOf(server, key)
  assert.deepEqual([Soup.status, old.author], ['draft', 'mary'])
})

test('the same ids of another site are other documents', async () => {
  const other = text.replaceAll('https://blog.example.org', 'https://news.example.org')
  const { out } = await run('--author', 'mary', '--dry-run', file('xml', other))
  assert.equal(out[2], 'Documents: 6 could be imported, 0 imported earlier, 0 refused.')
})

test('XML that is broken, cut off or something else is refused as a whole, with the line', async () => {
  await server.newEvents()
  const refused = async (content: string) => {
    const { code, out, err } = await run(file('xml', content))
    assert.deepEqual([code, out], [1, []])
    assert.equal(err.length, 1)
    return err[0] ?? ''
  }
  const broken = text.replace('<wp:post_id>8</wp:post_id>', '<wp:post_id>8</wp:post_idd>')
  assert.match(
    await refused(broken),
    new RegExp(
      `^The file is not sound XML, or is cut off: line ${lineOf('<wp:post_id>8')}: .*Nothing was imported\\.$`,
    ),
  )
  assert.match(await refused(text.slice(0, text.length / 2)), /cut off: line \d+: .*Export it again/)
  assert.match(
    await refused(text.replace('For us', 'For \u000b us')),
    new RegExp(`line ${lineOf('For us')}: disallowed character`),
  )
  const bomb = text
    .replace('<rss', '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<rss')
    .replace('Private', '&b;')
  assert.match(await refused(bomb), /line \d+: undefined entity/)
  assert.match(await refused('<html><body></body></html>'), /not an export of WordPress/)
  assert.match(await refused('<?xml version="1.0"?><rss><channel></channel></rss>'), /has no wp:wxr_version/)
  assert.match(await refused(''), /cut off: line 1/)
  assert.deepEqual(await server.newEvents(), [])
})

test('a large export is read as a stream', async () => {
  const item = text.slice(text.indexOf('<item>'), text.indexOf('</item>') + 7)
  const many = Array.from({ length: 2_000 }, (_, i) =>
    item
      .replace('<wp:post_id>5<', `<wp:post_id>${1_000 + i}<`)
      .replace('<p>Hello ', `<p>${'Hello '.repeat(1_000)}`),
  )
  const large = text.replace('<item>', `${many.join('\n')}\n<item>`)
  const { code, out } = await run('--dry-run', '--author', 'mary', file('xml', large))
  assert.equal(code, 1)
  assert.equal(out[2], 'Documents: 2000 could be imported, 6 imported earlier, 0 refused.')
})
