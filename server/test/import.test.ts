import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { type Json, startServer, type TestServer } from './harness.ts'
import { exported, fileFolder, ndjson, oneWithoutPassword, runImport, settingsOf } from './importing.ts'
import { until } from './until.ts'

const server = await startServer()
const other = await startServer()
const { secret: key } = await server.credential('admin')
const { folder, file } = fileFolder()

const run = (args: readonly string[], { on = server, stdin = '' } = {}) => runImport(on, args, stdin)

const get = async (path: string, on: TestServer = server, secret = key): Promise<Json> => {
  const { status, body, text } = await on.call('GET', path, { key: secret })
  assert.equal(status, 200, text)
  return body
}
const post = async (path: string, json: Json) => {
  const { status, body, text } = await server.call('POST', path, { key, json })
  assert.equal(status, 201, text)
  return body
}
const totalOf = async (path: string) => (await get(path)).meta.total_count as number

for (const [format, accept] of [
  ['ndjson', 'application/x-ndjson'],
  ['csv', 'text/csv'],
] as const) {
  test(`what was exported as ${format} is imported as it was, into another installation`, async () => {
    const target = format === 'csv' ? other : await startServer()
    const admin = await target.credential('admin')
    if (format === 'ndjson') {
      const profile = {
        first_name: 'Ada, "Countess"',
        last_name: null,
        phone: '+44 1',
        bio: 'Two\r\nlines 日本',
      }
      await post('/api/v1/users', {
        username: 'Ada',
        email: 'Ada@example.org',
        password: 'correct horse',
        role: 'admin',
        profile,
      })
      await post('/api/v1/users', { username: 'bob', email: 'b@example.org', password: 'correct horse' })
      server.clock.advance(60_000)
      const { id } = await post('/api/v1/documents', {
        title: 'A, "B"',
        content: 'x\n"y"\r\nz',
        category: 'c d',
      })
      await server.call('PATCH', `/api/v1/documents/${id}`, { key, json: { status: 'published' } })
      server.clock.advance(60_000)
      await server.call('PATCH', `/api/v1/documents/${id}`, { key, json: { status: 'archived' } })
      await post('/api/v1/documents', { title: 'Empty' })
    }
    for (const [noun, without, options] of [
      ['users', ['id'], []],
      ['documents', ['id', 'version', 'author_id'], ['--author', 'bob']],
    ] as const) {
      const path = `/api/v1/${noun}/export`
      const { text } = await server.call('GET', path, { key, headers: { accept } })
      const { code, out, err } = await run([noun, ...options, file(format, text)], { on: target })
      assert.equal(code, 0, err.join('\n'))
      assert.deepEqual(out, [`2 ${noun} were imported, 0 refused, 0 skipped; 2 rows read.`])
      assert.deepEqual(
        await exported(target, path, without, admin.secret),
        await exported(server, path, without, key),
      )
    }
    assert.deepEqual(await target.newEvents(), [
      'user.created',
      'user.created',
      'document.created',
      'document.created',
    ])
    const session = { username: 'bob', password: 'correct horse' }
    assert.equal((await target.call('POST', '/api/v1/session', { json: session })).status, 401)
  })
}

test('each refused line is told with its number and the sentence of the API, and the others are imported', async () => {
  const before = await totalOf('/api/v1/users')
  const lines = [
    '{"username":"one","email":"one@example.org"}',
    '{"username":"two"}',
    '',
    '{"username":"three","email":"three@example.org","password":"correct horse"}',
    'no json',
    '[1]',
    '{"username":"four","email":"four@example.org","shoe_size":44}',
    '{"username":"ONE","email":"five@example.org"}',
    '{"username":"six","email":"six@example.org","created_at":"2999-01-01T00:00:00Z"}',
    '{"username":"seven","email":"seven@example.org","profile":{"bio":"\\u0000"}}',
  ]
  const { code, out, err, overwritten } = await run(['users', file('jsonl', lines.join('\n'))])
  assert.equal(code, 1)
  assert.deepEqual(out.slice(0, 4), [
    "line 2: The 'email' field is required",
    'line 5: The line is not valid JSON: it ends too early or has a misplaced character.',
    'line 6: The line is not a JSON object.',
    out[3],
  ])
  assert.match(out[3] ?? '', /^line 7: The 'shoe_size' field is not known here; the fields are: username/)
  assert.deepEqual(out.slice(4), [
    "line 8: The 'username' is already taken by another user.",
    "line 9: The 'created_at' field must not be in the future.",
    "line 10: The 'profile.bio' field contains a NUL character, which cannot be stored.",
    '2 users were imported, 7 refused, 1 skipped (1 blank); 10 rows read.',
  ])
  assert.deepEqual(err, [
    oneWithoutPassword,
    '7 of 9 rows were refused. Run the command with --refused FILE to get them in a file of their own, with the reasons.',
  ])
  assert.deepEqual(overwritten, ['line 10: 2 imported, 7 refused', 'line 10: 2 imported, 7 refused', ''])
  assert.equal(await totalOf('/api/v1/users'), before + 2)
  const session = await server.call('POST', '/api/v1/session', {
    json: { username: 'three', password: 'correct horse' },
  })
  assert.equal(session.status, 201)
})

test('--from-line goes on after an import that stopped, by the numbers of the file', async () => {
  const titles = ['a', 'b', 'c', 'd'].map((title) => ({ title, category: 'from-line' }))
  const { out } = await run(['documents', '--from-line', '3', file('ndjson', ndjson(titles))])
  assert.deepEqual(out, [
    '2 documents were imported, 0 refused, 2 skipped (2 before --from-line); 4 rows read.',
  ])
  const { data } = await get('/api/v1/documents?category=from-line')
  assert.deepEqual(
    data.map(({ title }: Json) => title),
    ['c', 'd'],
  )
})

test('a trial run tells all that would be refused, also what the file repeats, and writes nothing', async () => {
  const before = await totalOf('/api/v1/users')
  await server.newEvents()
  const rows = Array.from({ length: 450 }, (_, n) => ({ username: `dry${n}`, email: `dry${n}@example.org` }))
  rows.push({ username: 'DRY0', email: 'other@example.org' }, { username: 'one', email: 'free@example.org' })
  const { code, out } = await run(['users', '--dry-run', file('ndjson', ndjson(rows))])
  assert.equal(code, 1)
  assert.deepEqual(out, [
    "line 451: The 'username' is in an earlier line already.",
    "line 452: The 'username' is already taken by another user.",
    '450 users could be imported, 2 refused, 0 skipped; 452 rows read. Nothing was written.',
  ])
  assert.equal(await totalOf('/api/v1/users'), before)
  assert.deepEqual(await server.newEvents(), [])
})

test('the author of a document is named by name or address; ids count only when they are said to be of this system', async () => {
  const bob = (await get('/api/v1/users?q=bob')).data[0]
  const rows = [
    { title: '1', author: 'BOB', category: 'authors' },
    { title: '2', author: 'b@example.org', category: 'authors' },
    { title: '3', author: 'nobody', category: 'authors' },
    { title: '4', author_id: bob.id, category: 'authors' },
  ]
  const path = file('ndjson', ndjson(rows))
  const authors = async () =>
    (await get('/api/v1/documents?category=authors&limit=100')).data.map(({ author_id }: Json) => author_id)
  const { out } = await run(['documents', path])
  assert.deepEqual(out, [
    "line 3: The 'author' field names the user 'nobody', who does not exist.",
    "line 4: The 'author_id' field is an id of the system that the file comes from; pass --author-ids if that is this system, or --author.",
    '2 documents were imported, 2 refused, 0 skipped; 4 rows read.',
  ])
  assert.deepEqual(await authors(), [bob.id, bob.id])
  const last = file('ndjson', ndjson([rows[3], { title: '5', author_id: 999_999 }]))
  const taken = await run(['documents', '--author-ids', last])
  assert.equal(taken.out[0], "line 2: The 'author_id' field names the user 999999, who does not exist.")
  assert.deepEqual(await authors(), [bob.id, bob.id, bob.id])
  const wrong = await run(['documents', '--author', 'nobody', path])
  assert.deepEqual([wrong.code, wrong.err], [1, ["There is no user 'nobody'."]])
})

test('a file that is no import is refused before anything is read, with what would be right', async () => {
  const cases: [string[], RegExp][] = [
    [['users', join(folder, 'none.csv')], /^There is no file /],
    [['users', folder], / is a folder\.$/],
    [
      ['users', file('txt', '')],
      /^Say what the file is: --format ndjson, --format json or --format csv \(for columns separated by tabs, too\)\.$/,
    ],
    [['users', '--format', 'xml', file('csv', '')], /^--format must be ndjson, json or csv\.$/],
  ]
  for (const [args, problem] of cases) {
    const { code, out, err } = await run(args)
    assert.equal(code, 1)
    assert.match(err.join('\n'), problem)
    assert.ok(out.length <= 1, out.join('\n'))
  }
})

test('an interrupted import says where it stopped, and going on from there imports each line once', async () => {
  const lines = 5_000
  const path = file('csv', `title,category\n${'Title,interrupted\n'.repeat(lines)}`)
  const main = join(import.meta.dirname, '../src/main.mjs')
  const child = spawn(process.execPath, [main, 'import', 'documents', path], { env: settingsOf(server) })
  const ended = once(child, 'close')
  const stderr = text(child.stderr)
  const imported = () => totalOf('/api/v1/documents?category=interrupted')
  await until('the first lines', async () => (await imported()) || undefined)
  child.kill('SIGINT')
  assert.deepEqual(await ended, [1, null])
  const line = /--from-line (\d+)/.exec(await stderr)?.[1] ?? ''
  assert.match(
    await stderr,
    new RegExp(`; ${await imported()} rows were imported and stored\\. Run the same command again`),
  )
  // The header is line 1.
  assert.equal(Number(line), (await imported()) + 2)
  const left = lines - Number(line) + 2
  const { code, out } = await run(['documents', path])
  assert.equal(code, 0)
  assert.equal(
    out[0],
    `${left} documents were imported, 0 refused, ${lines - left} skipped (${lines - left} imported earlier); ${lines} rows read.`,
  )
  assert.equal(await imported(), lines)
})
