import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { decideConfig } from '../src/config/decide.ts'
import type { Database } from '../src/db/database.ts'
import { migrate, migrator } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/open.ts'
import { rebuildSearch } from '../src/db/search-index.ts'
import { countDocuments } from '../src/documents/store.ts'
import { createLog } from '../src/lib/log.ts'
import { countUsers } from '../src/users/store.ts'
import { freshDatabase } from './fresh-database.ts'

/** A database as the version before left it: 500 documents, one of them deleted and one long, and 3 users. */
async function olderDatabase(): Promise<Database> {
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-upgrade-'))
  const fresh = await freshDatabase()
  const config = decideConfig({ COMSERV_DATA_DIR: dataDir, ...fresh.env })
  const database = openDatabase(config.database, createLog('silent'))
  after(async () => {
    await database.close()
    await fresh.drop()
    rmSync(dataDir, { recursive: true })
  })
  await migrator(database).migrateTo('0009-reports')
  await database.write(async ({ db }) => {
    for (const [i, name] of ['ada', 'grace', 'zoe'].entries()) {
      const last = i === 2 ? 'Löwenthal' : 'Bauer'
      await sql`insert into users (username, username_key, email, email_key, role, status, last_name, created_at, updated_at, version)
        values (${name}, ${name}, ${`${name}@example.org`}, ${`${name}@example.org`}, 'normal', 'active', ${last}, '', '', 1)`.execute(
        db,
      )
    }
    for (let i = 1; i <= 500; i++) {
      const content = i === 250 ? `${'long '.repeat(100_000)} 年次報告書` : `content ${i}`
      await sql`insert into documents (title, category, status, created_at, updated_at, author_id, content_type, version, deleted_at, content)
        values (${`Résumé ${i}`}, 'old', 'draft', '', '', 1, 'text/plain', 1, ${i === 7 ? '2026-01-15T08:30:00Z' : null}, ${content})`.execute(
        db,
      )
    }
  })
  return database
}

async function assertAllIsFound({ read }: Database): Promise<void> {
  assert.equal(await countDocuments(read, { q: 'resume' }), 499)
  assert.equal(await countDocuments(read, { q: 'resume', status: 'draft' }), 499)
  assert.equal(await countDocuments(read, { q: '報告書' }), 1)
  assert.equal(await countDocuments(read, { q: 'content 500' }), 1)
  assert.equal(await countUsers(read, { q: 'lowenthal' }), 1)
  assert.equal(await countUsers(read, { q: 'example' }), 3)
}

test('what an earlier version stored is found after the upgrade', async () => {
  const database = await olderDatabase()
  await migrate(database)
  await assertAllIsFound(database)
  assert.deepEqual(await database.read.selectFrom('search_rebuilds').selectAll().execute(), [])
})

test('an upgrade that is interrupted goes on where it was', async () => {
  const database = await olderDatabase()
  await migrator(database).migrateToLatest()
  let writes = 0
  const failing: Database = {
    ...database,
    write(change) {
      if (++writes === 3) throw new Error('The machine went off.')
      return database.write(change)
    },
  }
  await assert.rejects(rebuildSearch(failing), /went off/)
  const [documents] = await database.read.selectFrom('search_rebuilds').selectAll().orderBy('name').execute()
  assert.ok(documents && documents.name === 'documents' && documents.after_id > 0, JSON.stringify(documents))
  await migrate(database)
  await assertAllIsFound(database)
})

test('two processes that start at once fill the index together', async () => {
  const database = await olderDatabase()
  await migrator(database).migrateToLatest()
  await Promise.all([rebuildSearch(database), rebuildSearch(database)])
  await assertAllIsFound(database)
})
