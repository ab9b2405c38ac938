import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import {
  contentsOf,
  type Env,
  embedded,
  emptyPostgres,
  fillEveryTable,
  freshFolder,
  installed,
  onPostgres,
  query,
  run,
  secretKeyOf,
  start,
} from './moving.ts'
import { until } from './until.ts'

const documents = 30_000
const source = await installed()
await fillEveryTable(source, 3)
fillDocuments(source)

function fillDocuments(folder: string): void {
  const database = new DatabaseSync(join(folder, 'comserv.db'))
  const content = `${'Some words of a document. '.repeat(8)}`
  database.exec(`INSERT INTO documents (title, category, status, created_at, updated_at, author_id, content_type, version, content)
    SELECT 'Document ' || value, 'reports', 'draft', '2026-01-15T08:30:00Z', '2026-01-15T08:30:00Z', 1, 'text/plain', 1, '${content}' || value
    FROM (WITH RECURSIVE counted(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM counted WHERE value < ${documents}) SELECT value FROM counted)`)
  database.close()
}

function copied(): string {
  const folder = freshFolder()
  cpSync(source, folder, { recursive: true })
  return folder
}

/** Ends the move at once (SIGKILL) when it has come so far. */
async function killWhen(env: Env, target: string, isTime: (stderr: string) => unknown): Promise<void> {
  const { child, ended } = start(env, ['move', '--to', target])
  let stderr = ''
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()))
  await until('the moment to kill it', async () => {
    if (child.exitCode !== null) throw new Error(`The move ended before: ${stderr}`)
    return (await isTime(stderr)) ? true : undefined
  })
  child.kill('SIGKILL')
  await ended
}

const isSomewhereIn = (rows: Record<string, unknown>[]) => {
  const row = rows.find(({ name }) => name === 'documents')
  return row !== undefined && Number(row.copied) > 0 && Number(row.is_done) === 0
}

test('to PostgreSQL: killed at any point, it goes on where it was, and is not served before', async () => {
  const folder = copied()
  const before = await contentsOf(folder)
  const env = embedded(folder)
  const url = await emptyPostgres()
  const there = onPostgres(url, secretKeyOf(folder))
  const tables = async () =>
    (await query(url, "SELECT to_regclass('move_tables') IS NOT NULL AS found"))[0]?.found === true
      ? query(url, 'SELECT name, copied, is_done FROM move_tables')
      : []

  await killWhen(env, url, async () => (await query(url, "SELECT to_regclass('moves') AS moves"))[0]?.moves)
  const early = await run(there, ['serve'])
  assert.equal(early.code, 1)
  assert.match(
    early.stderr,
    /^This database is not complete: it is being moved here from .* since .*Z\. Run the same/,
  )

  await killWhen(env, url, async () => isSomewhereIn(await tables()))
  assert.ok(isSomewhereIn(await tables()), 'it was in the middle of a table')
  for (const command of [['serve'], ['migrate']]) {
    assert.match((await run(there, command)).stderr, /^This database is not complete/)
    assert.match(
      (await run(env, command)).stderr,
      /^This database is being moved to postgres:.*, and the move has not/,
    )
  }

  await killWhen(env, url, (stderr) => stderr.includes('Building indexes …'))
  await killWhen(env, url, (stderr) => stderr.includes('Comparing: categories'))
  const finished = await run(env, ['move', '--to', url])
  assert.equal(finished.code, 0, finished.stderr)

  const [row] = await query(
    url,
    'SELECT count(*)::int AS documents, count(DISTINCT id)::int AS ids FROM documents',
  )
  assert.deepEqual(row, { documents: before.documents?.length, ids: before.documents?.length })
  assert.deepEqual(await query(url, 'SELECT * FROM move_tables'), [])
  assert.deepEqual(await query(url, 'SELECT * FROM move_rebuilds'), [])
  assert.deepEqual(await query(url, 'SELECT * FROM moves'), [])
})

test('back: killed at any point, it goes on where it was, and everything is there once', async () => {
  const folder = copied()
  const before = await contentsOf(folder)
  const url = await emptyPostgres()
  const there = await run(embedded(folder), ['move', '--to', url])
  assert.equal(there.code, 0, there.stderr)
  const env = onPostgres(url, secretKeyOf(folder))
  const back = freshFolder()
  const tables = () => {
    const database = new DatabaseSync(join(back, 'comserv.db'), { readOnly: true })
    try {
      return database.prepare('SELECT name, copied, is_done FROM move_tables').all()
    } catch {
      return []
    } finally {
      database.close()
    }
  }
  await killWhen(
    env,
    back,
    (stderr) => stderr.includes('Copying: document_revisions') && isSomewhereIn(tables()),
  )
  assert.ok(isSomewhereIn(tables()), 'it was in the middle of a table')
  assert.match((await run(embedded(back), ['serve'])).stderr, /^This database is not complete/)
  assert.match(
    (await run(env, ['serve'])).stderr,
    /^This database is being moved to .*, and the move has not/,
  )
  await killWhen(env, back, (stderr) => stderr.includes('Building indexes …'))
  await killWhen(env, back, (stderr) => stderr.includes('Comparing: categories'))
  const finished = await run(env, ['move', '--to', back])
  assert.equal(finished.code, 0, finished.stderr)
  const now = await contentsOf(back)
  for (const name of ['documents', 'users', 'events', 'deliveries', 'x_parts_parts'])
    assert.deepEqual(now[name], before[name], name)
  const database = new DatabaseSync(join(back, 'comserv.db'), { readOnly: true })
  const words = database.prepare(
    `SELECT count(*) AS rows FROM documents_search WHERE documents_search MATCH '"document"'`,
  )
  assert.equal(words.get()?.rows, documents)
  assert.deepEqual(database.prepare('SELECT * FROM moves').all(), [])
  database.close()
})

test('a row that differs at the end ends the move, with the name of its table', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  await killWhen(embedded(folder), url, (stderr) => stderr.includes('Building indexes …'))
  await query(url, "UPDATE automations SET name = name || '!' WHERE id = (SELECT min(id) FROM automations)")
  const differing = await run(embedded(folder), ['move', '--to', url])
  assert.equal(differing.code, 1)
  assert.match(
    differing.stderr,
    /The table automations differs: it has the checksum [\da-f]{32} in .*, and [\da-f]{32} in/,
  )
  await query(url, 'DELETE FROM automation_log')
  const missing = await run(embedded(folder), ['move', '--to', url])
  assert.match(missing.stderr, /The table automation_log differs: it has 1 rows in .*, and 0 in postgres/)
})

test('a move that ended between its last two steps is finished by the next', async () => {
  const folder = copied()
  const url = await emptyPostgres()
  assert.equal((await run(embedded(folder), ['move', '--to', url])).code, 0)
  const database = new DatabaseSync(join(folder, 'comserv.db'))
  const id = database.prepare("SELECT id FROM moves WHERE side = 'source'").get()?.id
  database.close()
  await query(
    url,
    `INSERT INTO moves (id, side, state, other, began_at) VALUES ('${id}', 'target', 'verified', '${folder}', '2026-01-15T08:30:00Z')`,
  )
  const finished = await run(embedded(folder), ['move', '--to', url])
  assert.equal(finished.code, 0, finished.stderr)
  assert.deepEqual(await query(url, 'SELECT * FROM moves'), [])
})
