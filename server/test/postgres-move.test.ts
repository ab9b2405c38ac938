import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { knownMigrations } from '../src/db/migrate.ts'
import { foreignObjects } from '../src/db/own-schema.ts'
import { notMoved, ownColumns } from '../src/move/not-moved.ts'
import { movedOf, requireMovable, requireSame } from '../src/move/plan.ts'
import { PostgresSide } from '../src/move/postgres-side.ts'
import { SqliteSide } from '../src/move/sqlite-side.ts'
import {
  contentsOf,
  embedded,
  emptyPostgres,
  fillEveryTable,
  freshFolder,
  installed,
  onPostgres,
  query,
  run,
  secretKeyOf,
} from './moving.ts'

const prepared = await installed()
await fillEveryTable(prepared, 12)

/** A copy of the filled installation. */
function filled(): string {
  const folder = freshFolder()
  cpSync(prepared, folder, { recursive: true })
  return folder
}

/** What every move adds to both sides. */
const changedByMoves = ['audit_log', 'audit_chain', 'audit_chain_state', 'counters']

test('every table is moved or says why not, and both databases have the same', async () => {
  const url = await emptyPostgres()
  const sqlite = new SqliteSide(join(prepared, 'comserv.db'), false)
  const postgres = await PostgresSide.open(url)
  after(() => Promise.all([sqlite.close(), postgres.close()]))
  await postgres.migrate()
  const [ofSqlite, ofPostgres] = [await sqlite.tables(), await postgres.tables()]
  const isOfCore = ({ name }: { name: string }) => !name.startsWith('x_')
  requireMovable(movedOf(ofPostgres))
  requireSame(movedOf(ofSqlite).filter(isOfCore), movedOf(ofPostgres))
  const names = new Set([...ofSqlite, ...ofPostgres].map(({ name }) => name))
  const columns = new Set(
    ofPostgres.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)),
  )
  assert.deepEqual(
    Object.keys(notMoved).filter((name) => !names.has(name)),
    [],
  )
  assert.deepEqual(
    Object.keys(ownColumns).filter((name) => !columns.has(name)),
    [],
  )
  for (const { name } of movedOf(ofSqlite)) assert.ok((await sqlite.count(name)) > 0, `${name} has no row`)
})

test('everything comes back as it was: every table, odd values, and the last ids', async () => {
  const folder = filled()
  const database = new DatabaseSync(join(folder, 'comserv.db'))
  database.exec(`INSERT INTO documents (title, category, status, created_at, updated_at, author_id, content_type, version, content)
    SELECT 'Wortreich', 'reports', 'draft', 'x', 'x', min(id), 'text/plain', 1, 'plain' FROM users`)
  // The newest rows are gone, and their ids must not be given again.
  database.exec(
    'DELETE FROM password_requests; DELETE FROM requests WHERE id = (SELECT max(id) FROM requests)',
  )
  database.close()
  const before = await contentsOf(folder)
  const url = await emptyPostgres()
  const there = await run(embedded(folder), ['move', '--to', url])
  assert.equal(there.code, 0, there.stderr)
  assert.match(
    there.stdout,
    /^Everything was moved from .* to postgres:\/\/127\.0\.0\.1:\d+\/comserv_\w+, and compared\./,
  )
  assert.ok(!there.stdout.includes(secretKeyOf(folder)), 'the key is not told')
  assert.match(there.stderr, /Copying: documents: \d+ rows\n/)
  assert.match(there.stderr, /Comparing: documents: \d+ rows, checksum [\da-f]{32}\n/)
  const back = freshFolder()
  const returned = await run(onPostgres(url, secretKeyOf(folder)), ['move', '--to', back])
  assert.equal(returned.code, 0, returned.stderr)
  assert.equal(secretKeyOf(back), secretKeyOf(folder))
  const now = await contentsOf(back)
  for (const [name, rows] of Object.entries(before))
    if (!changedByMoves.includes(name) && name !== 'sqlite_sequence') assert.deepEqual(now[name], rows, name)
  const lastIds = (contents: typeof now) =>
    (contents.sqlite_sequence as { name: string }[]).filter(({ name }) => name !== 'audit_log')
  assert.deepEqual(lastIds(now), lastIds(before))
  const audit = now.audit_log as { action: string }[]
  assert.deepEqual(audit.slice(0, before.audit_log?.length), before.audit_log)
  assert.deepEqual(
    audit.slice(before.audit_log?.length).map(({ action }) => action),
    ['database.move', 'database.move'],
  )
  const copy = new DatabaseSync(join(back, 'comserv.db'), { readOnly: true })
  const objects = await foreignObjects(copy, knownMigrations)
  assert.deepEqual(
    objects.filter((name) => !name.includes(' x_') && !/sqlite_autoindex/.test(name)),
    [],
  )
  const found = (match: string) =>
    copy.prepare('SELECT count(*) AS rows FROM documents_search WHERE documents_search MATCH ?').get(match)
      ?.rows
  assert.equal(found('"wortreich" AND "plain"'), 1)
  copy.close()
})

test('where transactions were not committed in the order of ids, a reader of the log misses nothing', async () => {
  const folder = filled()
  const url = await emptyPostgres()
  assert.equal((await run(embedded(folder), ['move', '--to', url])).code, 0)
  const columns = 'type, occurred_at, resource_type, resource_id, body'
  const values = "'document.created', '2026-01-15T08:30:00.000Z', 'document', 1, '{}'"
  // In the order of the log: 103, 101, 105, 102, 104, 106.
  const places = { 101: 2, 102: 4, 103: 1, 104: 5, 105: 3, 106: 6 }
  await query(url, 'DELETE FROM events; DELETE FROM event_cursors')
  for (const [id, xact] of Object.entries(places))
    await query(url, `INSERT INTO events (id, xact, ${columns}) VALUES (${id}, '${xact}', ${values})`)
  const back = freshFolder()
  const returned = await run(onPostgres(url, secretKeyOf(folder)), ['move', '--to', back])
  assert.equal(returned.code, 0, returned.stderr)
  const { event_cursors: cursors = [] } = await contentsOf(back)
  assert.deepEqual(
    cursors.map((row) => Object.values(row as object).map(Number)),
    [
      [103, 100],
      [105, 101],
    ],
  )
})
