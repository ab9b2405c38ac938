import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import type { CompiledQuery, Kysely } from 'kysely'
import { listCredentials } from '../src/credentials/store.ts'
import type { Db } from '../src/db/database.ts'
import { rememberDialect } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import type { Tables } from '../src/db/tables.ts'
import { countDocuments, listDocuments } from '../src/documents/store.ts'
import { countUsers, findByUsername, listUsers, lockActiveAdmins } from '../src/users/store.ts'

/** A database of some thousand rows, and no ANALYZE: what an installation has. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-plans-'))
const file = join(folder, 'comserv.db')
const database = openSqlite(file)
await migrate(database)
const connection = new DatabaseSync(file)
connection.exec(`
  CREATE TEMP TABLE numbers AS
    WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 4000)
    SELECT value FROM numbers;
  INSERT INTO users (username, username_key, email, email_key, role, status, created_at, updated_at, version)
    SELECT 'u' || value, 'u' || value, 'e' || value, 'e' || value,
      CASE value % 4 WHEN 0 THEN 'admin' WHEN 1 THEN 'editor' WHEN 2 THEN 'developer' ELSE 'normal' END,
      CASE value % 3 WHEN 0 THEN 'active' WHEN 1 THEN 'inactive' ELSE 'suspended' END, '', '', 1
    FROM numbers;
  INSERT INTO documents (title, category, status, created_at, updated_at, author_id, content_type, version, content)
    SELECT 't', 'c' || (value % 7), CASE value % 3 WHEN 0 THEN 'draft' ELSE 'published' END, '', '', 1 + value % 50, '', 1, ''
    FROM numbers;
  INSERT INTO credentials (name, client_id, scopes, tier, owner_id, created_at, updated_at, version)
    SELECT 'n', 'c' || value, 'read', 'standard', 1, '', '', 1 FROM numbers;
`)
after(async () => {
  connection.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

/** Runs a store function and answers the plan of every query that it made. */
async function plansOf(run: (db: Db) => Promise<unknown>): Promise<string[]> {
  const queries: CompiledQuery[] = []
  const db = recording(database.read, queries)
  await run(db)
  assert.notEqual(queries.length, 0)
  return queries.flatMap(({ sql, parameters }) =>
    connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(parameters as (string | number)[]))
      .map((row) => String(row.detail)),
  )
}

function recording(db: Db, queries: CompiledQuery[]): Kysely<Tables> {
  const recorder = db.withPlugin({
    transformQuery: ({ node }) => {
      queries.push(db.getExecutor().compileQuery(node, { queryId: 'plan' }))
      return node
    },
    transformResult: async ({ result }) => result,
  })
  rememberDialect(recorder, 'sqlite')
  return recorder
}

/** A scan in the order of an index stops after the page; one over the whole table, or a sort, costs what the table holds. */
function assertIndexed(plan: string[], name: string, orderedBy: RegExp): void {
  const text = plan.join('\n')
  assert.doesNotMatch(text, /TEMP B-TREE/, `${name}:\n${text}`)
  for (const line of plan.filter((line) => line.startsWith('SCAN')))
    assert.match(line, orderedBy, `${name}:\n${text}`)
  assert.match(text, /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY|USING PRIMARY KEY|^SCAN /m, name)
}

const pages = [
  { page: 1, limit: 20 },
  { page: 100, limit: 20 },
]
/** Without a filter the rows that live are walked in their own order, by their index or by the table's key. */
const walk = /^SCAN (users|documents|credentials)( USING (COVERING )?INDEX \w+_live)?$/

const userFilters = [
  {},
  { role: 'editor' },
  { status: 'active' },
  { role: 'editor', status: 'active' },
] as const
const documentFilters = [undefined, { category: 'c1' }].flatMap((category) =>
  [undefined, { status: 'draft' as const }].flatMap((status) =>
    [undefined, { author_id: 7 }].map((author) => ({ ...category, ...status, ...author })),
  ),
)

for (const page of pages) {
  for (const filter of userFilters) {
    test(`users by ${JSON.stringify(filter)}, page ${page.page}, are read in the order of an index`, async () => {
      const plan = await plansOf((db) => listUsers(db, filter, page))
      assertIndexed(plan, 'users', Object.keys(filter).length === 0 ? walk : /^never$/)
    })
  }
  for (const filter of documentFilters) {
    test(`documents by ${JSON.stringify(filter)}, page ${page.page}, are read in the order of an index`, async () => {
      const plan = await plansOf((db) => listDocuments(db, filter, page))
      assertIndexed(plan, 'documents', Object.keys(filter).length === 0 ? walk : /^never$/)
    })
  }
  test(`credentials, page ${page.page}, are read in the order of their key`, async () => {
    // The sort is of the secrets of one page, at most a few hundred rows.
    assert.deepEqual(await plansOf((db) => listCredentials(db, page)), [
      'SCAN credentials',
      'SEARCH credential_secrets USING INDEX credential_secrets_credential (credential_id=?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ])
  })
}

test('totals come from the counters, or from the index of the further filter', async () => {
  for (const filter of userFilters) {
    const plan = await plansOf((db) => countUsers(db, filter))
    assert.deepEqual(plan, ['SEARCH counters USING PRIMARY KEY (scope=?)'])
  }
  for (const filter of documentFilters) {
    const plan = await plansOf((db) => countDocuments(db, filter))
    if (!('author_id' in filter)) assert.deepEqual(plan, ['SEARCH counters USING PRIMARY KEY (scope=?)'])
    else assertIndexed(plan, JSON.stringify(filter), /^never$/)
  }
})

test('a name is found, and the administrators are counted, by an index', async () => {
  assertIndexed(await plansOf((db) => findByUsername(db, 'U7')), 'findByUsername', /^never$/)
  assertIndexed(await plansOf((db) => lockActiveAdmins(db)), 'lockActiveAdmins', /^never$/)
})

test('a query without an index would be noticed', async () => {
  const unindexed = await plansOf((db) => db.selectFrom('users').selectAll().where('bio', '=', 'x').execute())
  assert.throws(() => assertIndexed(unindexed, 'bio', /^never$/))
  const sorted = await plansOf((db) => db.selectFrom('documents').select('id').orderBy('title').execute())
  assert.throws(() => assertIndexed(sorted, 'title', walk))
})
