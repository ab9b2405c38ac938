import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { importBounds, OpenTransfers } from '../src/http/open-transfers.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, signIn } from './people.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer()
const admin = await server.credential('admin')
const writer = await server.credential('users:write documents:write')

interface Sent {
  key?: string
  type?: string
}

async function sent(
  path: string,
  file: string | Uint8Array<ArrayBuffer>,
  { key = admin.secret, type }: Sent = {},
) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, ...(type === undefined ? {} : { 'content-type': type }) },
    body: file,
  })
  const body = (await response.json()) as Json
  return { status: response.status, headers: response.headers, body }
}

test('a file of users is imported row by row, and refused rows are named', async () => {
  const csv = 'username,email,first name\nada,ada@example.org,Ada\nbad name,x,\n\nbob,bob@example.org,Bob\n'
  const tried = await sent('/users/import?dry_run=true', csv, { type: 'text/csv' })
  assert.equal(tried.status, 200)
  assert.deepEqual([tried.body.dry_run, tried.body.imported, tried.body.refused], [true, 2, 1])
  assert.deepEqual(tried.body.preview[0], {
    row: 2,
    value: { username: 'ada', email: 'ada@example.org', profile: { first_name: 'Ada' } },
  })
  const secret = await sent('/users/import?dry_run=true', 'username,password\nada,Never shown 9\n')
  assert.doesNotMatch(JSON.stringify(secret.body), /Never shown/)
  const { body } = await sent('/users/import', csv)
  const [refusal, ...others] = body.refusals
  assert.deepEqual([refusal.row, refusal.line, others.length], [3, 3, 0])
  assert.match(refusal.reason, /'username'|'email'/)
  const { refusals: _, warnings, ...counts } = body
  assert.match(warnings[0], /^2 users have no password/)
  assert.deepEqual(counts, {
    dry_run: false,
    is_complete: true,
    next_row: null,
    read: 4,
    imported: 2,
    refused: 1,
    skipped: { blank: 1, earlier: 0, before: 0 },
    preview: [],
    not_utf8: 0,
    unknown_columns: [],
    fields: [],
  })
  const again = await sent('/users/import', csv)
  assert.deepEqual([again.body.imported, again.body.skipped.earlier, again.body.refused], [0, 2, 1])
  const found = await server.call('GET', '/api/v1/users?q=ada', { key: admin.secret })
  assert.equal(found.body.data[0].username, 'ada')
})

test('each format and option of the command works, by the content or by the media type', async () => {
  const files: [string, string, string | Uint8Array<ArrayBuffer>, string?][] = [
    ['NDJSON', '', '{"title":"One"}\n{"title":"Two"}\n'],
    ['an array', '', '[{"title":"Three"},{"title":"Four"}]', 'application/json'],
    ['semicolons', '', 'Title;Category\nFive;a\nSix;b\n', 'application/octet-stream'],
    [
      'columns',
      `?map=${encodeURIComponent('{"Headline":"title","Shoe size":""}')}`,
      'Headline,Shoe size\nSeven,9\nEight,8\n',
    ],
    ['Latin', '?encoding=windows-1252', new Uint8Array(Buffer.from('title\nNünchen\nNeün\n', 'latin1'))],
    [
      'a zone',
      '?time_zone=Europe/Berlin',
      'title,created_at\nNine,2020-01-15 08:30:00\nTen,2020-07-15 08:30:00\n',
    ],
  ]
  for (const [name, query, file, type] of files) {
    const { status, body } = await sent(`/documents/import${query}`, file, type === undefined ? {} : { type })
    assert.equal(status, 200, `${name}: ${JSON.stringify(body)}`)
    assert.deepEqual([body.imported, body.refused], [2, 0], `${name}: ${JSON.stringify(body)}`)
  }
  const { body } = await server.call('GET', '/api/v1/documents?q=nine', { key: admin.secret })
  assert.equal(body.data[0].created_at, '2020-01-15T07:30:00Z')
})

test('what cannot be a file of these records is refused, in the words of a request', async () => {
  const refused: [string, string, number, RegExp][] = [
    ['/documents/import', '', 400, /Send the file as the body/],
    ['/documents/import', 'shoe,size\n1,2\n', 400, /columns|format=/],
    ['/documents/import', 'PK\x03\x04', 400, /ZIP archive/],
    ['/documents/import?map=x', 'title\nx\n', 400, /'map' query parameter must be a JSON object/],
    [
      '/documents/import?map={"Title":"nope"}',
      'title\nx\n',
      400,
      /^map=\{"Title":"nope"\}: there is no field/,
    ],
    ['/documents/import?encoding=klingon', 'title\nx\n', 400, /^encoding=klingon is not known/],
    ['/documents/import?time_zone=Mars', 'title\nx\n', 400, /^time_zone=Mars is not known/],
    ['/documents/import?format=xml', 'title\nx\n', 400, /'format' query parameter must be one of/],
    ['/documents/import?author=nobody', 'title\nx\n', 400, /no user 'nobody'/],
    ['/documents/import', '[{"title":"x"},{"title"', 400, /broken in line 1/],
  ]
  for (const [path, file, status, reason] of refused) {
    const { status: seen, body } = await sent(path, file)
    assert.equal(seen, status, path)
    assert.match(body.error.details, reason)
    assert.doesNotMatch(body.error.details, /--/, path)
  }
  const zoned = await sent('/documents/import', 'title,created_at\nx,2020-01-15 08:30:00\n')
  assert.match(zoned.body.refusals[0].reason, /time_zone=UTC/)
})

test('a row may do what its caller may do', async () => {
  const rows = 'username,email,role\nroot2,root2@example.org,admin\nplain2,plain2@example.org,normal\n'
  const { body } = await sent('/users/import', rows, { key: writer.secret })
  assert.deepEqual([body.imported, body.refused, body.refusals[0].row], [1, 1, 2])
  assert.match(body.refusals[0].reason, /needs the scope/)
  const named = await sent('/documents/import', 'title,author\nx,plain2\n', { key: writer.secret })
  assert.match(named.body.refusals[0].reason, /Naming an author needs the scope 'users:read'/)
  assert.equal(
    (await sent('/documents/import?author=plain2', 'title\nx\n', { key: writer.secret })).status,
    403,
  )
  const reader = await server.credential('documents:read')
  assert.equal((await sent('/documents/import', 'title\nx\n', { key: reader.secret })).status, 403)
  const narrow = await server.call('POST', '/api/v1/credentials', {
    key: admin.secret,
    json: {
      name: 'narrow',
      scopes: ['documents:read', 'documents:write'],
      rules: [{ scope: 'documents:write', where: { category: ['policies'] } }],
    },
  })
  const { body: sorted } = await sent('/documents/import', 'title,category\nx,secret\ny,policies\n', {
    key: narrow.body.client_secret,
  })
  assert.deepEqual([sorted.imported, sorted.refused], [1, 1])
})

test('what one caller imported is imported for another, and not told', async () => {
  const file = 'title\nShared by two\n'
  const other = await server.credential('documents:write')
  assert.equal((await sent('/documents/import', file)).body.imported, 1)
  const { body } = await sent('/documents/import', file, { key: other.secret })
  assert.deepEqual([body.imported, body.skipped.earlier], [1, 0])
})

test('rows are recognised for everybody who acts for the same user and may read them', async () => {
  const owner = await makePerson(server, 'editor')
  const other = await makePerson(server, 'editor')
  const keyOf = (scopes: string, more: object = {}) =>
    server.credential(scopes, { owner_id: owner.id, ...more })
  const first = await keyOf('documents:write')
  const reader = await keyOf('documents:read documents:write')
  const narrowed = await keyOf('documents:read documents:write', {
    rules: [{ scope: 'documents:write', where: { category: ['pooled'] } }],
  })
  const file = (...titles: string[]) =>
    `title,category\n${titles.map((title) => `${title},pooled\n`).join('')}`
  const outcome = async (key: string, ...titles: string[]) => {
    const { body } = await sent('/documents/import?dry_run=true', file(...titles), { key })
    return [body.imported, body.skipped.earlier]
  }
  assert.equal(
    (await sent('/documents/import', file('Pool 1', 'Pool 2'), { key: first.secret })).body.imported,
    2,
  )
  const revoke = `/api/v1/credentials/${first.id}`
  assert.equal((await server.call('DELETE', revoke, { key: admin.secret })).status, 204)
  assert.deepEqual(await outcome(reader.secret, 'Pool 1', 'Pool 3', 'Pool 2'), [1, 2])
  const session = await signIn(server, owner)
  const { body } = await session.call('POST', '/api/v1/documents/import?dry_run=true', {
    body: file('Pool 1', 'Pool 2', 'Pool 4'),
    headers: { 'content-type': 'text/csv' },
  })
  assert.deepEqual([body.imported, body.skipped.earlier], [1, 2])
  const unread = await keyOf('documents:write')
  assert.deepEqual(await outcome(unread.secret, 'Pool 1'), [1, 0], 'a key that may not read documents')
  assert.deepEqual(await outcome(narrowed.secret, 'Pool 1'), [1, 0], 'a key with rules of its own')
  const foreign = await server.credential('documents:read documents:write', { owner_id: other.id })
  assert.deepEqual(await outcome(foreign.secret, 'Pool 1'), [1, 0], 'a key of somebody else')
})

test('a row with a password is recognised by its sender alone, so that no other key can try passwords', async () => {
  const owner = await makePerson(server, 'admin')
  const [one, two] = [
    await server.credential('admin', { owner_id: owner.id }),
    await server.credential('admin', { owner_id: owner.id }),
  ]
  const file = 'username,email,password\nguessed,guessed@example.org,Purple lantern 9\n'
  assert.equal((await sent('/users/import', file, { key: one.secret })).body.imported, 1)
  const again = await sent('/users/import', file, { key: one.secret })
  assert.equal(again.body.skipped.earlier, 1)
  const { body } = await sent('/users/import', file, { key: two.secret })
  assert.deepEqual([body.skipped.earlier, body.refused], [0, 1])
  assert.match(body.refusals[0].reason, /already taken/)
})

test('people import in a session whose password was given lately', async () => {
  const person = await makePerson(server, 'admin')
  const session = await signIn(server, person)
  await server.context.database.write(({ db }) =>
    db.updateTable('sessions').set({ confirmed_at: '2020-01-01T00:00:00Z' }).execute(),
  )
  assertRefused(await session.call('POST', '/api/v1/users/import', { json: {} }), 403, /password again/)
})

test('a file that is too long is refused before it is read, and while it is', async () => {
  const open = request(`${server.url}/api/v1/documents/import`, {
    method: 'POST',
    agent: false,
    headers: { 'x-api-key': admin.secret, 'content-length': String(64 * 1024 * 1024 + 1) },
  })
  open.flushHeaders()
  const [declared] = await once(open, 'response')
  assert.equal(declared.statusCode, 413)
  open.destroy()
  const chunked = request(`${server.url}/api/v1/documents/import`, {
    method: 'POST',
    agent: false,
    headers: { 'x-api-key': admin.secret },
  })
  const answered = once(chunked, 'response')
  const part = Buffer.alloc(1024 * 1024, 'x')
  chunked.on('error', () => {})
  let status = 0
  answered.then(([response]) => {
    status = response.statusCode
    response.resume()
  })
  while (status === 0) {
    if (!chunked.write(part)) await Promise.race([once(chunked, 'drain'), answered])
  }
  assert.equal(status, 413)
  chunked.destroy()
})

test('one import at a time for each caller; another one is told to wait', async () => {
  const first = request(`${server.url}/api/v1/documents/import`, {
    method: 'POST',
    agent: false,
    headers: { 'x-api-key': writer.secret },
  })
  first.on('error', () => {})
  first.write('title\n')
  const isOpen = () => {
    try {
      server.context.openImports.begin(`credential:${writer.id}`)()
      return undefined
    } catch {
      return true
    }
  }
  await until('the first import to begin', isOpen)
  const tryAnother = () => sent('/documents/import?dry_run=true', 'title\nx\n', { key: writer.secret })
  const second = await tryAnother()
  assert.equal(second.status, 429)
  assert.match(second.body.error.details, /You have 1 import open/)
  assert.equal(second.headers.get('retry-after'), '10')
  first.destroy()
  await until('the place to be free', () => !isOpen() || undefined)
  assert.equal((await tryAnother()).status, 200)
})

test('an import that takes too long says where it stopped, and goes on when it is repeated', async () => {
  const file = `title,content_type\n${Array.from({ length: 70 }, (_, i) => `Long ${i},text/plain\n`).join('')}`
  const { openImports } = server.context
  server.context.openImports = new OpenTransfers({ ...importBounds, timeoutMs: 0 })
  try {
    let imported = 0
    let rounds = 0
    for (let isComplete = false; !isComplete; rounds++) {
      const { status, body } = await sent('/documents/import', file)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.skipped.earlier, imported)
      assert.equal(body.next_row, body.is_complete ? null : imported + body.imported + 2)
      imported += body.imported
      isComplete = body.is_complete
    }
    assert.equal(imported, 70)
    assert.ok(rounds > 1)
    const { body } = await sent('/documents/import?dry_run=true&from_row=60&again=true', file)
    assert.deepEqual([body.skipped.before, body.imported], [58, 12])
  } finally {
    server.context.openImports = openImports
  }
})

test('whoever loses the right meanwhile imports no further', async () => {
  const key = await server.credential('documents:write')
  const file = `title\n${Array.from({ length: 60 }, (_, i) => `Cut ${i}\n`).join('')}`
  const { turn } = server.context.pace
  let turns = 0
  server.context.pace.turn = async (caller) => {
    if (caller.key === `credential:${key.id}` && ++turns === 1) {
      const { status } = await server.call('DELETE', `/api/v1/credentials/${key.id}`, { key: admin.secret })
      assert.equal(status, 204)
    }
    return turn.call(server.context.pace, caller)
  }
  try {
    const { status } = await sent('/documents/import', file, { key: key.secret })
    assert.equal(status, 401)
  } finally {
    server.context.pace.turn = turn
  }
  const { body } = await server.call('GET', '/api/v1/documents?q=cut&limit=1', { key: admin.secret })
  assert.equal(body.meta.total_count, 20, 'as many as were written before')
})
