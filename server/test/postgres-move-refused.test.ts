import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { freePort } from '../src/config/free-port.ts'
import { migrateTo } from '../src/db/migrate.ts'
import { kyselyOver } from '../src/db/sqlite.ts'
import {
  type Env,
  embedded,
  emptyPostgres,
  freshFolder,
  installed,
  onPostgres,
  query,
  run,
  secretKeyOf,
} from './moving.ts'
import { serve } from './serving.ts'

const prepared = await installed()

function copied(): string {
  const folder = freshFolder()
  cpSync(prepared, folder, { recursive: true })
  return folder
}

async function assertRefused(env: Env, to: string, expected: RegExp, ...more: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(env, ['move', '--to', to, ...more])
  assert.match(stderr, expected)
  assert.equal(code, 1)
  assert.equal(stdout, '')
}

test('while a server has the folder open, and nothing is marked', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  const env = { ...embedded(folder), PORT: String(await freePort('127.0.0.1')) }
  const serving = await serve(env, { cwd: folder })
  try {
    await assertRefused(env, url, /^A server or a command has the data in .* open; stop it first\.$/m)
    const tried = await run(env, ['move', '--to', url, '--dry-run'])
    assert.equal(tried.code, 0, tried.stderr)
    assert.deepEqual(await query(url, "SELECT 1 FROM pg_class WHERE relname = 'moves'"), [])
  } finally {
    await serving.stop()
  }
  const again = await serve(env, { cwd: folder })
  await again.stop()
})

test('while a process works with PostgreSQL, also one that was cut off; and one that died is not waited for', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  assert.equal((await run(embedded(folder), ['move', '--to', url])).code, 0)
  const env = { ...onPostgres(url, secretKeyOf(folder)), PORT: String(await freePort('127.0.0.1')) }
  const back = freshFolder()
  const serving = await serve(env, { cwd: env.COMSERV_DATA_DIR })
  try {
    await assertRefused(env, back, /^A server works with postgres:.* \(http.*\): stop all processes first\./m)
    assert.deepEqual(await query(url, "SELECT * FROM moves WHERE side = 'source'"), [])
  } finally {
    serving.process.kill('SIGKILL')
    await serving.ended
  }
  const moved = await run(env, ['move', '--to', back])
  assert.equal(moved.code, 0, moved.stderr)
})

test('while somebody changes the database past the server', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  assert.equal((await run(embedded(folder), ['move', '--to', url])).code, 0)
  const env = onPostgres(url, secretKeyOf(folder))
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  try {
    await other.query('BEGIN; DELETE FROM mail_alerts')
    await assertRefused(
      env,
      freshFolder(),
      /^Something else works with postgres:.*, and has changes under way: stop all/m,
    )
    await other.query('ROLLBACK')
  } finally {
    await other.end()
  }
  assert.deepEqual(await query(url, 'SELECT * FROM moves'), [], 'the source can be served')
  assert.equal((await run(env, ['move', '--to', freshFolder()])).code, 0)
})

test('targets that are not empty, and sources that are not current', async () => {
  const folder = copied()
  const env = embedded(folder)
  const url = await emptyPostgres()
  await query(url, 'CREATE TABLE mine (id int)')
  await assertRefused(
    env,
    url,
    /^postgres:.* is not empty, and a move overwrites nothing: create another database, or drop/m,
  )
  await query(url, 'DROP TABLE mine')
  assert.equal((await run(env, ['move', '--to', url])).code, 0)
  const there = onPostgres(url, secretKeyOf(folder))
  await assertRefused(
    there,
    copied(),
    /^.* is not empty, and a move overwrites nothing: name another folder/m,
  )
  const leftover = freshFolder()
  writeFileSync(join(leftover, 'secret-key'), 'x'.repeat(64))
  await assertRefused(there, leftover, /the secret-key that belongs to it is there, so this folder held data/)
  await assertRefused(embedded(freshFolder()), url, /^There is no database at .*comserv\.db\.$/m)

  const older = freshFolder()
  const database = new DatabaseSync(join(older, 'comserv.db'))
  await migrateTo(kyselyOver(database), 'sqlite', ['0078-processes'])
  database.close()
  const older_ = await run(embedded(older), ['move', '--to', await emptyPostgres()])
  assert.match(older_.stderr, /are those of an earlier version of Comserv: run `comserv migrate` first/)
})

test('the same kind, no target, and addresses that are none', async () => {
  const folder = copied()
  const env = embedded(folder)
  const url = await emptyPostgres()
  await assertRefused(
    env,
    freshFolder(),
    /^The data is in a folder already: `comserv backup` and `comserv restore`/m,
  )
  await assertRefused(
    onPostgres(url, 'k'.repeat(64)),
    url,
    /^The data is in PostgreSQL \(DATABASE_URL\) already: its own pg_dump/m,
  )
  await assertRefused(
    env,
    'mysql://x/y',
    /^--to names a database of PostgreSQL \(postgres:\/\/…\), or a folder\.$/m,
  )
  const missing = new URL(url)
  missing.pathname = '/nowhere'
  await assertRefused(
    env,
    missing.href,
    /^There is no database 'nowhere' in PostgreSQL at .*: create it, or change --to\.$/m,
  )
  const wrong = new URL(url)
  wrong.password = 'not-this-one'
  const answer = await run(env, ['move', '--to', wrong.href])
  assert.match(answer.stderr, /refuses the user 'comserv': the user or the password in --to is wrong\./)
  assert.ok(!answer.stderr.includes('not-this-one'))
  assert.match((await run(env, ['move'])).stderr, /^--to is required; see --help\.$/m)
})

test('a user without rights, with the statement that gives them', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  await query(
    url,
    `DO $$ BEGIN CREATE ROLE comserv_reader LOGIN PASSWORD 'reader'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  )
  const limited = new URL(url)
  limited.username = 'comserv_reader'
  limited.password = 'reader'
  const expected =
    /^The user 'comserv_reader' may not create tables in .*: GRANT CREATE ON SCHEMA public, or/m
  await assertRefused(embedded(folder), limited.href, expected, '--dry-run')
  await assertRefused(embedded(folder), limited.href, expected)
})

test('a strange secret key, extensions that are not loaded, and a NUL that PostgreSQL cannot store', async () => {
  const folder = copied()
  const env = embedded(folder)
  const url = await emptyPostgres()
  const strange = { ...env, COMSERV_SECRET_KEY: 's'.repeat(64) }
  await assertRefused(
    strange,
    url,
    /^The current secret key is not the one of the database: set COMSERV_SECRET_KEY to the one with the id/m,
  )
  const none = freshFolder()
  mkdirSync(join(none, 'extensions'))
  const without = { ...env, COMSERV_EXTENSIONS_DIR: join(none, 'extensions') }
  await assertRefused(
    without,
    url,
    /these steps belong to none that is loaded: parts 001-parts, parts 002-drawings\. Set COMSERV_EXTENSIONS_DIR/,
  )
  const database = new DatabaseSync(join(folder, 'comserv.db'))
  database.exec(`INSERT INTO mail_alerts (alert, created_at) VALUES ('a' || char(0) || 'b', 'x')`)
  const expected =
    /^The column alert of the table mail_alerts holds a NUL character, which PostgreSQL does not store, in the row with alert a/m
  await assertRefused(env, url, expected, '--dry-run')
  await assertRefused(env, url, expected)
  database.exec('DELETE FROM mail_alerts; CREATE TABLE mine (id INTEGER PRIMARY KEY) STRICT')
  await assertRefused(
    env,
    url,
    /^The database has tables that neither this version nor its extensions make: mine\./m,
  )
  database.close()
})

test('a dry run counts, and writes nothing', async () => {
  const folder = copied()
  const files = readdirSync(folder).sort()
  const url = await emptyPostgres()
  const tried = await run(embedded(folder), ['move', '--to', url, '--dry-run'])
  assert.equal(tried.code, 0, tried.stderr)
  assert.match(tried.stdout, /^credentials: 1 row$/m)
  assert.match(
    tried.stdout,
    /^\d+ rows of \d+ tables would be moved from .* to postgres:.*\. Nothing was written\.$/m,
  )
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => !/-(wal|shm)$/.test(name))
      .sort(),
    files,
  )
  assert.deepEqual(
    await query(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
    [],
  )
  assert.equal((await run(embedded(folder), ['move', '--to', url])).code, 0)
  const back = join(freshFolder(), 'new')
  const returning = await run(onPostgres(url, secretKeyOf(folder)), ['move', '--to', back, '--dry-run'])
  assert.equal(returning.code, 0, returning.stderr)
  assert.throws(() => readdirSync(back), 'the folder was not made')
})

test('a moved source is not served, not moved again, and can be taken back', async () => {
  const folder = copied()
  const env = embedded(folder)
  const url = await emptyPostgres()
  const none = await run(env, ['move', '--cancel'])
  assert.match(none.stderr, /is not being moved\.$/m)
  assert.equal((await run(env, ['move', '--to', url])).code, 0)
  for (const args of [
    ['serve'],
    ['migrate'],
    ['move', '--to', url],
    ['move', '--to', await emptyPostgres()],
  ]) {
    const { code, stderr } = await run(env, args)
    assert.match(stderr, /^This database was moved to postgres:.* at .*Z: serve from there\./m)
    assert.equal(code, 1)
  }
  const cancelled = await run(env, ['move', '--cancel'])
  assert.match(
    cancelled.stdout,
    /can be served again\. Do not serve from postgres:.*, too: both would send what is due\./,
  )
  assert.equal((await run(env, ['migrate'])).code, 0)
  await assertRefused(env, url, /is not empty, and a move overwrites nothing/)
  const database = new DatabaseSync(join(folder, 'comserv.db'), { readOnly: true })
  const actions = database
    .prepare("SELECT action FROM audit_log WHERE action LIKE 'database.%' ORDER BY id")
    .all()
  assert.deepEqual(
    actions.map(({ action }) => action),
    ['database.move', 'database.cancel_move'],
  )
  database.close()
})
