import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql } from 'kysely'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { Crowded } from '../src/lib/bounded-queue.ts'
import { type Answer, startServer, type TestServer } from './harness.ts'
import { fileFolder, runImport } from './importing.ts'
import { makePerson, signIn } from './people.ts'

const server = await startServer()
const admin = await server.credential('admin')
const { file } = fileFolder()
const { read, migrating, dialect } = server.context.database

const titles = (name: string, count = 60) => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)
const csvOf = (rows: readonly string[]) => `title\n${rows.join('\n')}\n`

function send(path: string, body: string, headers: Record<string, string>, on = server): Promise<Answer> {
  return on.call('POST', `/api/v1/${path}`, { body, headers: { 'content-type': 'text/csv', ...headers } })
}

/** Sends a file, and does something in the turn between its first two transactions. */
async function interrupted(
  body: string,
  happens: () => unknown,
  {
    path = 'documents/import',
    headers = { 'x-api-key': admin.secret } as Record<string, string>,
    on = server,
  } = {},
): Promise<Answer> {
  const { pace } = on.context
  const { turn } = pace
  let isFirst = true
  pace.turn = async (caller) => {
    if (isFirst) {
      isFirst = false
      await happens()
    }
    return turn.call(pace, caller)
  }
  try {
    return await send(path, body, headers, on)
  } finally {
    pace.turn = turn
  }
}

function assertEnded({ status, body, text }: Answer, wanted: number, details: RegExp): void {
  assert.equal(status, wanted, text)
  assert.match(body.error.details, details)
  assert.match(
    body.error.details,
    / Before that, 20 rows were imported\. To continue with row 22, send the file again: imported rows are skipped\.$/,
  )
  const { is_complete, next_row, read, imported, refused } = body.report
  assert.deepEqual(
    { is_complete, next_row, read, imported, refused },
    { is_complete: false, next_row: 22, read: 20, imported: 20, refused: 0 },
  )
}

const totalOf = async (path: string): Promise<number> =>
  (await server.call('GET', path, { key: admin.secret })).body.meta.total_count

test('a disk that becomes full in the middle does not undo what was imported, and the response says so', async () => {
  const rows = titles('Full').map((title) => `${title},full,${'x'.repeat(20_000)}`)
  const body = `title,category,content\n${rows.join('\n')}\n`
  const headers = { 'x-api-key': admin.secret }
  const makeRoom = await fillTheDisk()
  const failed = await send('documents/import', body, headers)
  const { report, error } = failed.body
  assert.equal(failed.status, 503, failed.text)
  assert.ok(report.imported > 0 && report.imported < 60, `${report.imported}`)
  assert.equal(report.next_row, report.imported + 2)
  assert.equal(await totalOf('/api/v1/documents?category=full'), report.imported)
  assert.equal(
    error.details,
    `The disk of the database is full; try again later. Before that, ${report.imported} rows were imported. To continue with row ${report.next_row}, send the file again: imported rows are skipped.`,
  )
  const repeated = await send('documents/import', body, headers)
  assert.match(
    repeated.body.error.details,
    new RegExp(`no row was imported, ${report.imported} skipped because of an earlier import\\.`),
  )
  assert.equal(repeated.body.report.skipped.earlier, report.imported)
  await makeRoom()
  const done = await send('documents/import', body, headers)
  assert.deepEqual(
    [done.status, done.body.imported, done.body.skipped.earlier],
    [200, 60 - report.imported, report.imported],
  )
})

test('a disk that is full from the beginning changes nothing', async () => {
  const makeRoom = await fillTheDisk(0)
  const { status, body } = await send('documents/import', csvOf(titles('Never', 2)), {
    'x-api-key': admin.secret,
  })
  await makeRoom()
  assert.equal(status, 503)
  assert.deepEqual(body, {
    error: {
      code: 'service_unavailable',
      message: 'The service is not ready; try again shortly',
      details: 'The disk of the database is full; nothing was changed, try again later.',
    },
  })
})

test('a key that is revoked, or whose owner is suspended or loses the right, ends the import with its counts', async () => {
  const revoked = await server.credential('documents:write')
  assertEnded(
    await interrupted(
      csvOf(titles('Revoked')),
      () => server.call('DELETE', `/api/v1/credentials/${revoked.id}`, { key: admin.secret }),
      { headers: { 'x-api-key': revoked.secret } },
    ),
    401,
    /revoked/,
  )
  for (const [change, status, details] of [
    [{ status: 'suspended' }, 401, /owner/],
    [{ role: 'normal' }, 403, /'documents:write'/],
  ] as const) {
    const owner = await makePerson(server, 'editor')
    const key = await server.credential('documents:write', { owner_id: owner.id })
    assertEnded(
      await interrupted(
        csvOf(titles(`Of ${owner.username}`)),
        () => server.call('PATCH', `/api/v1/users/${owner.id}`, { key: admin.secret, json: change }),
        { headers: { 'x-api-key': key.secret } },
      ),
      status,
      details,
    )
  }
})

test('a session that ends ends the import with its counts', async () => {
  const person = await signIn(server, await makePerson(server, 'admin'))
  const headers = { cookie: person.cookie, 'x-csrf-token': person.csrf }
  const answer = await interrupted(
    csvOf(titles('Signed out')),
    () => person.call('DELETE', '/api/v1/session'),
    {
      headers,
    },
  )
  assertEnded(answer, 401, /session has ended/)
})

test('rows after the owner lost a right are refused one by one', async () => {
  const owner = await makePerson(server, 'admin')
  const key = await server.credential('admin', { owner_id: owner.id })
  const role = { name: 'importer', scopes: ['users:read', 'users:write'] }
  const made = await server.call('POST', '/api/v1/roles', { key: admin.secret, json: role })
  assert.equal(made.status, 201, made.text)
  const rows = Array.from(
    { length: 40 },
    (_, i) => `lost${i},lost${i}@example.org,${i % 20 === 5 ? 'admin' : 'normal'}`,
  )
  const { status, body, text } = await interrupted(
    `username,email,role\n${rows.join('\n')}\n`,
    () =>
      server.call('PATCH', `/api/v1/users/${owner.id}`, { key: admin.secret, json: { role: 'importer' } }),
    { path: 'users/import', headers: { 'x-api-key': key.secret } },
  )
  assert.equal(status, 200, text)
  assert.deepEqual([body.imported, body.refused, body.refusals[0].row], [39, 1, 27])
  assert.match(body.refusals[0].reason, /scope 'admin'/)
})

test('too many waiting requests, and failures of the server, carry the counts, too', async () => {
  const failing = (error: Error) => () => {
    throw error
  }
  const crowded = await interrupted(csvOf(titles('Crowded')), failing(new Crowded('requests', true)))
  assertEnded(crowded, 429, /Too many of your requests/)
  assert.equal(crowded.headers.get('retry-after'), '5')
  assertEnded(await interrupted(csvOf(titles('Broken')), failing(new Error('broken'))), 500, /request id/)
  const unknown = failing(new DatabaseUnavailable('outcome_unknown'))
  assertEnded(await interrupted(csvOf(titles('Unknown')), unknown), 503, /a few more may have been\. Before/)
  const dry = await interrupted(csvOf(titles('Dry')), unknown, { path: 'documents/import?dry_run=true' })
  assert.match(
    dry.body.error.details,
    /20 rows could be imported; nothing was written\. To continue, send the file again with from_row=22\.$/,
  )
})

test('a server that is asked to stop ends the import after a transaction, and says where', async () => {
  const other: TestServer = await startServer({ beside: server })
  let closed: Promise<unknown> = Promise.resolve()
  const { status, body, text } = await interrupted(
    csvOf(titles('Stopped')),
    () => {
      closed = other.app.close()
    },
    { on: other },
  )
  await closed
  assert.equal(status, 200, text)
  assert.deepEqual([body.is_complete, body.imported, body.next_row], [false, 40, 42])
  const rest = await send('documents/import', csvOf(titles('Stopped')), { 'x-api-key': admin.secret })
  assert.deepEqual([rest.body.imported, rest.body.skipped.earlier], [20, 40])
})

test('the command tells what was imported before the disk became full', async () => {
  // The first 200 need less room than there is, the others more.
  const rows = titles('Command', 250).map((title, i) => `${title},${i < 200 ? '' : 'x'.repeat(150_000)}`)
  const path = file('csv', `title,content\n${rows.join('\n')}\n`)
  const makeRoom =
    dialect === 'postgres' ? await noRoomFor('Command 230') : await fillForNewConnections(1_200)
  const { code, out, err } = await runImport(server, ['documents', path])
  await makeRoom()
  assert.equal(code, 1)
  const [told = ''] = out
  const imported = Number(/^\d+/.exec(told)?.[0])
  assert.ok(imported >= 200 && imported < 250, told)
  assert.equal(told, `${imported} documents were imported, 0 refused, 0 skipped; ${imported} rows read.`)
  assert.deepEqual(err, [
    `Stopped after line ${imported + 1}; ${imported} rows were imported and stored. Run the same command again to continue after them; --from-line ${imported + 2} does the same.`,
    'The import broke off: The disk of the database is full; try again later.',
  ])
  const again = await runImport(server, ['documents', path])
  assert.equal(again.code, 0, again.err.join('\n'))
  assert.equal(await totalOf('/api/v1/documents?q=Command'), 250)
})

/** @param pages of 4 KiB that are left @returns how to make room again */
async function fillTheDisk(pages = 250): Promise<() => Promise<unknown>> {
  if (dialect === 'postgres') return noRoomFor(pages === 0 ? 'Never 1' : 'Full 30')
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(read)
  // Free pages would be used first.
  await sql`VACUUM`.execute(migrating)
  await sql.raw(`PRAGMA max_page_count = ${(rows[0]?.page_count ?? 0) + pages}`).execute(migrating)
  return () => sql`PRAGMA max_page_count = 1073741823`.execute(migrating)
}

/** The limit is one of a connection, and a command opens its own. @param pages of 4 KiB that are left */
async function fillForNewConnections(pages: number): Promise<() => Promise<unknown>> {
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(read)
  const limit = `PRAGMA max_page_count = ${(rows[0]?.page_count ?? 0) + pages}`
  const { exec } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (this: DatabaseSync, statements: string) {
    exec.call(this, statements)
    // What sets up a connection when it was opened.
    if (statements.startsWith('PRAGMA journal_mode')) exec.call(this, limit)
  }
  return async () => {
    DatabaseSync.prototype.exec = exec
  }
}

/** A document for which PostgreSQL finds no room. */
async function noRoomFor(title: string): Promise<() => Promise<unknown>> {
  await sql`
    create or replace function no_room() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`.execute(migrating)
  await sql
    .raw(
      `create trigger no_room before insert on documents for each row when (new.title = '${title}') execute function no_room()`,
    )
    .execute(migrating)
  return () => sql`drop trigger no_room on documents`.execute(migrating)
}
