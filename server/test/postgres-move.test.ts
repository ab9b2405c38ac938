import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import pg from 'pg'
import { closeContext, createContext, createTasks } from '../src/app.ts'
import { decideConfig } from '../src/config/decide.ts'
import { knownMigrations } from '../src/db/migrate.ts'
import { foreignObjects } from '../src/db/own-schema.ts'
import { createLog } from '../src/lib/log.ts'
import { notMoved, ownColumns } from '../src/move/not-moved.ts'
import { movedOf, requireMovable, requireSame } from '../src/move/plan.ts'
import { PostgresSide } from '../src/move/postgres-side.ts'
import { SqliteSide } from '../src/move/sqlite-side.ts'
import { freshDatabase } from './fresh-database.ts'
import { contentsOf, fillEveryTable, freshFolder, run, start } from './moving.ts'
import { until } from './until.ts'

/** A new, empty database of PostgreSQL. */
async function emptyPostgres(): Promise<string> {
  const { env, drop } = await freshDatabase()
  after(drop)
  return String(env.DATABASE_URL)
}

const withQueries = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const extensions = join(import.meta.dirname, 'extensions/moved')
const secretKeyOf = (folder: string) => readFileSync(join(folder, 'secret-key'), 'utf8').trim()
const embedded = (folder: string) => ({ COMSERV_DATA_DIR: folder, COMSERV_EXTENSIONS_DIR: extensions })
const onPostgres = (url: string, secretKey: string, folder = freshFolder()) => ({
  ...embedded(folder),
  DATABASE_URL: url,
  COMSERV_SECRET_KEY: secretKey,
})

/** A stopped installation with an extension, and a chained audit log. */
async function installed(): Promise<string> {
  const folder = freshFolder()
  const made = await run(embedded(folder), [
    'credential',
    'create',
    '--name',
    'one',
    '--scopes',
    'read write',
  ])
  assert.equal(made.code, 0, made.stderr)
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: folder }), createLog('silent'))
  await createTasks(context)
    .find(({ name }) => name === 'chain the audit log')
    ?.run()
  await closeContext(context)
  return folder
}

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
  const live = copy
    .prepare(
      `SELECT count(*) AS rows FROM documents WHERE deleted_at IS NULL AND 'plain' IN (title, category, content)`,
    )
    .get()?.rows
  assert.ok(Number(live) > 0)
  assert.equal(found('"plain"'), live)
  copy.close()
})
