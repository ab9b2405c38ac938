import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { decideConfig } from '../src/config/decide.ts'
import { counterKeys } from '../src/db/counters.ts'
import type { Database } from '../src/db/database.ts'
import { knownMigrations, migrate, migrateTo } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/open.ts'
import { rebuildSearch } from '../src/db/search-index.ts'
import { spellingsOf } from '../src/db/spellings.ts'
import { countDocuments } from '../src/documents/store.ts'
import { createLog } from '../src/lib/log.ts'
import { findUnarranged } from '../src/sending/arrange-store.ts'
import { countUsers, findBySignInName } from '../src/users/store.ts'
import { freshDatabase } from './fresh-database.ts'

const before = '0009-reports'

/** The steps up to those with this number. */
const upTo = (number: string) => knownMigrations.filter((name) => name.slice(0, 4) <= number)

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
  await migrateTo(database.migrating, database.dialect, [before])
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
  await migrateTo(database.migrating, database.dialect, knownMigrations)
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
  await migrateTo(database.migrating, database.dialect, knownMigrations)
  await Promise.all([rebuildSearch(database), rebuildSearch(database)])
  await assertAllIsFound(database)
})

test('addresses that turn out to be one mailbox leave both accounts as they are, and are told once', async () => {
  const database = await olderDatabase()
  const emails = [
    'info@m\u00fcnchen.example',
    'info@xn--mnchen-3ya.example',
    'Jose\u0301@example.org',
    'jos\u00e9@example.org',
    'zo\u00eb@z\u00fcrich.example',
  ]
  await database.write(async ({ db }) => {
    for (const [i, email] of emails.entries())
      await sql`insert into users (username, username_key, email, email_key, role, status, created_at, updated_at, version)
        values (${`n${i}`}, ${`n${i}`}, ${email}, ${email.toLowerCase()}, 'normal', 'active', '', '', 1)`.execute(
        db,
      )
  })
  const told: object[] = []
  const log = { info() {}, warn: (fields: object) => void told.push(fields) }
  await migrate(database, log)
  await migrate(database, log)
  const idOf = async (name: string) => (await findBySignInName(database.read, name))?.username
  for (const [i, email] of emails.entries()) {
    assert.equal(await idOf(email), `n${i}`, email)
    assert.equal(await idOf(email.toUpperCase()), `n${i}`, email)
  }
  assert.equal(await idOf('zoe\u0308@xn--zrich-kva.example'), 'n4')
  assert.deepEqual(told, [
    { user: 4, other_user: 5 },
    { user: 6, other_user: 7 },
  ])
})

test('usernames that turn out to look alike leave both accounts as they are, and are told once', async () => {
  const database = await olderDatabase()
  await migrateTo(database.migrating, database.dialect, upTo('0022'))
  // As the keys were: only some letters had one that looks like them.
  const users = [
    ['apple', 'apple'],
    ['аррӏе', 'appӏe'],
    ['κεν', 'ken'],
    ['Kev', 'kev'],
    ['Νυ', 'ny'],
    ['Ольга', 'oльгa'],
  ] as const
  await database.write(async ({ db }) => {
    for (const [i, [username, key]] of users.entries())
      await sql`insert into users (username, username_key, email, email_key, role, status, created_at, updated_at, version)
        values (${username}, ${key}, ${`k${i}@example.org`}, ${`k${i}@example.org`}, 'normal', 'active', '', '', 1)`.execute(
        db,
      )
  })
  const told: object[] = []
  const log = { info() {}, warn: (fields: object) => void told.push(fields) }
  await migrate(database, log)
  await migrate(database, log)
  for (const [username] of users)
    for (const typed of [username, username.toUpperCase(), username.toLowerCase()])
      assert.equal((await findBySignInName(database.read, typed))?.username, username, typed)
  assert.deepEqual(told, [
    { user: 5, other_user: 4 },
    { user: 6, other_user: 7 },
  ])
})

test('only rows whose folding has changed are indexed again', async () => {
  const database = await olderDatabase()
  await migrateTo(database.migrating, database.dialect, upTo('0022'))
  await rebuildSearch(database)
  const titles = { 100: 'plain', 200: 'น\u0e4d\u0e49\u0e32ท่วม', 300: 'τῷ ᾍδῃ', 400: 'เเผนที่' }
  for (const [id, title] of Object.entries(titles))
    await database.write(({ db }) =>
      sql`update documents set title = ${title} where id = ${Number(id)}`.execute(db),
    )
  await migrateTo(database.migrating, database.dialect, knownMigrations)
  const { rows } = await sql`select name, after_id from search_rebuilds`.execute(database.read)
  assert.deepEqual(
    rows.map((row) => ({ ...(row as object) })),
    [{ name: 'documents', after_id: 199 }],
  )
  await migrate(database)
  for (const q of ['น้ำ', 'αιδηι', 'αδη', 'แผนที่'])
    assert.equal(await countDocuments(database.read, { q }), 1, q)
})

test('a category in two spellings becomes one, with its total', async () => {
  const database = await olderDatabase()
  const stored = [
    ['cafe\u0301', 'draft'],
    ['caf\u00e9', 'draft'],
    ['cafe\u0301', 'published'],
    ['two  spaces', 'draft'],
  ] as const
  await database.write(async (trx) => {
    for (const [category, status] of stored) {
      await sql`insert into documents (title, category, status, created_at, updated_at, author_id, content_type, version, content)
        values ('x', ${category}, ${status}, '', '', 1, 'text/plain', 1, '')`.execute(trx.db)
      for (const key of counterKeys('documents', { category, status })) trx.count(key, 1)
    }
  })
  await migrate(database)
  const { read } = database
  assert.equal(await countDocuments(read, { category: 'caf\u00e9' }), 3)
  assert.equal(await countDocuments(read, { category: 'caf\u00e9', status: 'draft' }), 2)
  assert.equal(await countDocuments(read, { category: 'caf\u00e9', author_id: 1 }), 3)
  assert.equal(await countDocuments(read, { category: 'two spaces' }), 1)
  assert.equal(await countDocuments(read, { category: 'cafe\u0301' }), 0)
  assert.deepEqual(await spellingsOf(read, ['CAFÉ', 'Two Spaces', 'old', 'new']), [
    ['caf\u00e9'],
    ['two spaces'],
    ['old'],
    [],
  ])
})

test('deliveries keep their attempts and ids, and those of a webhook that is paused are to be held', async () => {
  const database = await olderDatabase()
  await migrateTo(database.migrating, database.dialect, upTo('0026'))
  const at = '2026-01-15T08:30:00.000Z'
  await database.write(async ({ db }) => {
    await sql`insert into webhooks (id, url, description, events, concurrency, status, owner_id, created_at, updated_at, version)
      values (1, '', '', 'user.created', 5, 'paused', 1, '', '', 1)`.execute(db)
    for (const id of [4, 7, 9])
      await sql`insert into deliveries (id, webhook_id, event_id, event_type, generation, status, attempts, created_at, next_attempt_at)
        values (${id}, 1, ${id}, 'user.created', 1, 'pending', 1, ${at}, ${at})`.execute(db)
    await sql`insert into delivery_attempts (delivery_id, number, started_at, duration_ms, outcome)
      values (4, 1, ${at}, 5, 'failed'), (9, 1, ${at}, 5, 'failed')`.execute(db)
    await sql`delete from deliveries where id = 9`.execute(db)
  })
  await migrate(database)
  const { read } = database
  const ids = (rows: { id: number }[]) => rows.map(({ id }) => id)
  assert.deepEqual(ids(await read.selectFrom('deliveries').select('id').orderBy('id').execute()), [4, 7])
  const attempts = await read.selectFrom('delivery_attempts').select('delivery_id as id').execute()
  assert.deepEqual(ids(attempts), [4], 'and the foreign keys of before')
  assert.deepEqual(ids(await findUnarranged(read, { limit: 5 })), [1])
  if (database.dialect === 'sqlite') {
    const next = await database.write(({ db }) =>
      db
        .insertInto('deliveries')
        .values({
          webhook_id: 1,
          event_id: 9,
          event_type: 'user.created',
          generation: 1,
          status: 'pending',
          created_at: at,
          next_attempt_at: at,
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    )
    assert.equal(next.id, 10, 'the id of a deleted row is not used again')
    await assert.rejects(
      database.write(({ db }) =>
        sql`insert into delivery_attempts (delivery_id, number, started_at, duration_ms, outcome)
          values (4711, 1, ${at}, 5, 'failed')`.execute(db),
      ),
      /FOREIGN KEY/,
    )
  }
})
