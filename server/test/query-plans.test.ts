import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import * as runStore from '../src/automations/run-store.ts'
import { Shares } from '../src/automations/shares.ts'
import { countAutomations, hasDueSchedule, listAutomations } from '../src/automations/store.ts'
import { countCredentials, listCredentials } from '../src/credentials/store.ts'
import type { Db } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import type { Slice } from '../src/db/page.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import * as documentStore from '../src/documents/store.ts'
import {
  countDocuments,
  findDocuments,
  listDocuments,
  readDocumentKeys,
  readDocuments,
  searchAmongDocuments,
} from '../src/documents/store.ts'
import * as userStore from '../src/users/store.ts'
import {
  countUsers,
  findByUsername,
  findUsers,
  listUsers,
  lockActiveAdmins,
  readWholeUsers,
  searchAmongUsers,
} from '../src/users/store.ts'
import { countWebhooks, listWebhooks } from '../src/webhooks/store.ts'
import { assertIndexed, plannerOf } from './sqlite-plans.ts'

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

const plansOf = plannerOf(database, connection)

const parts = ['created_at', 'updated_at'].flatMap((column) =>
  ['asc', 'desc'].flatMap((direction) => {
    const order = { column, direction } as Slice['order']
    return [
      { order, limit: 21 },
      { order, limit: 21, offset: 80 },
      { order, limit: 21, farOffset: 1_980 },
      { order, limit: 21, afterValue: '2026-01-15T08:30:00Z', afterId: 7 },
    ] as Slice[]
  }),
)
const byCreation = parts.filter(({ order }) => order.column === 'created_at')
/** Without a filter the rows that live are walked in the order of an index. */
const walk = /^SCAN (users|documents|credentials) USING (COVERING )?INDEX \w+_(created_at|updated_at)$/

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

const nameOf = ({ order, offset, farOffset, afterId }: Slice) =>
  `${order.column} ${order.direction}${offset ? ' by offset' : ''}${farOffset ? ' by a far offset' : ''}${afterId ? ' by cursor' : ''}`
const scanOf = (filter: object) => (Object.keys(filter).length === 0 ? walk : /^never$/)

for (const slice of byCreation) {
  for (const filter of userFilters) {
    test(`users by ${JSON.stringify(filter)}, ${nameOf(slice)}, are read in the order of an index`, async () => {
      const plan = await plansOf((db) => listUsers(db, filter, slice))
      assertIndexed(plan, 'users', scanOf(filter), slice.farOffset !== undefined)
    })
  }
  test(`credentials, ${nameOf(slice)}, are read in the order of an index`, async () => {
    const plan = await plansOf((db) => listCredentials(db, {}, slice))
    assertIndexed(plan, 'credentials', walk, slice.farOffset !== undefined)
  })
}

const ended = (is: boolean) => [{ by: '2026-01-15T08:30:00Z', is }]
const credentialFilters = [
  { q: 'import' },
  { q: 'import', owner_id: 7, tier: 'premium' },
  { tier: 'premium' },
  { revoked: true },
  { revoked: false, ended: ended(false) },
  { revoked: false, ended: ended(true) },
  { revoked: false, ended: ended(true), q: 'import', seen_by: 7 },
] as const
const webhookFilters = [
  { q: 'orders' },
  { q: 'orders', owner_id: 7, status: 'active', event_type: 'document.created' },
  { status: 'paused' },
  { status: 'failing' },
  { event_type: 'document.created', seen_by: 7 },
] as const
const byFailure: Slice[] = byCreation.map((slice) => ({
  ...slice,
  order: { column: 'failing_since', direction: slice.order.direction },
}))

/** No table is read from end to end: rows are found by an index, or walked in the order of one. */
function assertNoTableScan(plan: string[], name: string): void {
  for (const line of plan.filter((line) => line.startsWith('SCAN')))
    assert.match(
      line,
      / USING (COVERING )?INDEX |_search VIRTUAL TABLE|^SCAN ended$/,
      `${name}:\n${plan.join('\n')}`,
    )
}

for (const filter of credentialFilters)
  test(`credentials by ${JSON.stringify(filter)} are found by an index`, async () => {
    for (const slice of byCreation)
      assertNoTableScan(await plansOf((db) => listCredentials(db, filter, slice)), nameOf(slice))
    assertNoTableScan(await plansOf((db) => countCredentials(db, filter)), 'total')
  })
for (const filter of webhookFilters)
  test(`webhooks by ${JSON.stringify(filter)} are found by an index`, async () => {
    for (const slice of [...byCreation, ...byFailure])
      assertNoTableScan(await plansOf((db) => listWebhooks(db, filter, slice)), nameOf(slice))
    assertNoTableScan(await plansOf((db) => countWebhooks(db, filter)), 'total')
  })
for (const filter of [{}, { owner_id: 1 }, { enabled: 1, owner_id: 1 }])
  test(`automations by ${JSON.stringify(filter)} are found by an index`, async () => {
    for (const slice of byCreation)
      assertNoTableScan(await plansOf((db) => listAutomations(db, filter, slice)), nameOf(slice))
    assertNoTableScan(await plansOf((db) => countAutomations(db, filter)), 'total')
  })
for (const filter of [{}, { automation_id: 1 }, { status: 'failed' as const }, { event_id: 1 }])
  test(`runs by ${JSON.stringify(filter)} are found by an index`, async () => {
    for (const slice of byCreation)
      assertNoTableScan(await plansOf((db) => runStore.listRuns(db, filter, undefined, slice)), nameOf(slice))
    assertNoTableScan(await plansOf((db) => runStore.countRuns(db, filter, undefined)), 'total')
  })
test('what automations look for after every change is found by an index', async () => {
  const instant = '2026-01-15T08:30:00.000Z'
  const lease = { lease_token: 'x', lease_until: instant }
  const looks: Record<string, (db: Db) => Promise<unknown>> = {
    types: (db) => runStore.triggeringTypes(db),
    rules: (db) =>
      runStore.findCandidates(db, { event_id: 7, event_type: 'document.created', keys: ['category="x"'] }),
    due: (db) => runStore.findDue(db, { now: instant }),
    lease: (db) => runStore.leaseDue(db, instant, new Shares(), lease),
    left: (db) => runStore.findLeased(db, { until: instant }),
    depths: (db) => runStore.depthsOf(db, [1, 2]),
    schedules: (db) => hasDueSchedule(db, instant),
    old: (db) => runStore.deleteFinished(db, instant, 10),
  }
  for (const [name, look] of Object.entries(looks)) {
    const plan = await plansOf(look)
    assertNoTableScan(
      plan.filter((line) => !/^SCAN (json_each|types)/.test(line)),
      name,
    )
  }
})
for (const slice of byFailure)
  test(`webhooks, ${nameOf(slice)}, are read in the order of an index`, async () => {
    const plan = await plansOf((db) => listWebhooks(db, {}, slice))
    const walked = /^SCAN webhooks USING (COVERING )?INDEX webhooks_failing_since$/
    assertIndexed(plan, 'webhooks', walked, slice.farOffset !== undefined)
  })

for (const slice of parts) {
  for (const filter of documentFilters) {
    test(`documents by ${JSON.stringify(filter)}, ${nameOf(slice)}, are read in the order of an index`, async () => {
      const plan = await plansOf((db) => listDocuments(db, filter, slice))
      assertIndexed(plan, 'documents', scanOf(filter), slice.farOffset !== undefined)
    })
  }
}

/** What a search found is read by its ids and sorted: as many rows as have the words, however large the table is. */
function assertDrivenBySearch(plan: string[], name: string): void {
  const text = plan.join('\n')
  assert.match(text, /SCAN (users|documents)_search VIRTUAL TABLE/, `${name}:\n${text}`)
  for (const line of plan.filter((line) => /^(SEARCH|SCAN (?!\w+_search|found$|json_each))/.test(line)))
    assert.match(line, /^SEARCH (users|documents) USING INTEGER PRIMARY KEY/, `${name}:\n${text}`)
}

/** As many rows as are scheduled, however large the table is. */
function assertDrivenBySchedule(plan: string[]): void {
  const text = plan.join('\n')
  assert.match(text, /SEARCH documents USING (COVERING )?INDEX documents_publish_at/, text)
  for (const line of plan.filter(
    (line) => /^(SEARCH|SCAN)/.test(line) && !line.includes('documents_publish_at'),
  ))
    assert.match(line, /^SEARCH documents USING INTEGER PRIMARY KEY/, text)
}

for (const filter of documentFilters) {
  test(`a search for documents by ${JSON.stringify(filter)} reads what it found, and counts it, by id`, async () => {
    const searched = { ...filter, q: 'budget' }
    for (const slice of parts)
      assertDrivenBySearch(await plansOf((db) => listDocuments(db, searched, slice)), nameOf(slice))
    assertDrivenBySearch(await plansOf((db) => countDocuments(db, searched)), 'total')
  })
}
for (const filter of documentFilters) {
  test(`scheduled documents by ${JSON.stringify(filter)} are found by their own index, and by id`, async () => {
    const scheduled = { ...filter, scheduled: true as const }
    for (const slice of parts)
      assertDrivenBySchedule(await plansOf((db) => listDocuments(db, scheduled, slice)))
    assertDrivenBySchedule(await plansOf((db) => countDocuments(db, scheduled)))
  })
}
for (const filter of userFilters) {
  test(`a search for users by ${JSON.stringify(filter)} reads what it found, and counts it, by id`, async () => {
    const searched = { ...filter, q: 'lovelace' }
    for (const slice of byCreation)
      assertDrivenBySearch(await plansOf((db) => listUsers(db, searched, slice)), nameOf(slice))
    assertDrivenBySearch(await plansOf((db) => countUsers(db, searched)), 'total')
  })
}

/** As many rows as are asked for. */
function assertDrivenByIds(plan: string[], name: string): void {
  const text = plan.join('\n')
  for (const line of plan.filter((line) => /^(SEARCH|SCAN (?!json_each))/.test(line)))
    assert.match(line, /^SEARCH (users|documents) USING INTEGER PRIMARY KEY/, `${name}:\n${text}`)
}

for (const filter of documentFilters) {
  test(`an export of a search for documents by ${JSON.stringify(filter)} finds them once, and reads them by id`, async () => {
    const searched = { ...filter, q: 'budget' }
    for (const slice of byCreation)
      assertDrivenBySearch(await plansOf((db) => findDocuments(db, searched, slice)), nameOf(slice))
    assertDrivenByIds(await plansOf((db) => readDocumentKeys(db, searched, [1, 2])), 'keys')
    assertDrivenByIds(await plansOf((db) => readDocuments(db, searched, [1, 2])), 'contents')
    assertDrivenBySearch(await plansOf((db) => searchAmongDocuments(db, searched, [1, 2])), 'changed')
  })
}
for (const filter of userFilters) {
  test(`an export of a search for users by ${JSON.stringify(filter)} finds them once, and reads them by id`, async () => {
    const searched = { ...filter, q: 'lovelace' }
    for (const slice of byCreation)
      assertDrivenBySearch(await plansOf((db) => findUsers(db, searched, slice)), nameOf(slice))
    assertDrivenByIds(await plansOf((db) => readWholeUsers(db, searched, [1, 2])), 'rows')
    assertDrivenBySearch(await plansOf((db) => searchAmongUsers(db, searched, [1, 2])), 'changed')
  })
}

function assertCounted(plan: string[]): void {
  for (const line of plan) assert.equal(line, 'SEARCH counters USING PRIMARY KEY (scope=?)')
}

test('totals come from the counters, or from the index of the further filter', async () => {
  for (const filter of userFilters) {
    const plan = await plansOf((db) => countUsers(db, filter))
    assertCounted(plan)
  }
  for (const filter of documentFilters) {
    const plan = await plansOf((db) => countDocuments(db, filter))
    if (!('author_id' in filter)) assertCounted(plan)
    else assertIndexed(plan, JSON.stringify(filter), /^never$/)
  }
})

test('a name is found, and the administrators are counted, by an index', async () => {
  assertIndexed(await plansOf((db) => findByUsername(db, 'U7')), 'findByUsername', /^never$/)
  assertIndexed(await plansOf((db) => lockActiveAdmins(db)), 'lockActiveAdmins', /^never$/)
})

for (const [noun, { listTrash, countTrash, findExpired }] of [
  ['documents', documentStore.trash],
  ['users', userStore.trash],
] as const) {
  test(`the trash of ${noun}, and what of it is to be purged, are found by an index`, async () => {
    const order = { column: 'deleted_at', direction: 'desc' } as const
    const at = '2026-01-15T08:30:00Z'
    for (const slice of [
      { order, limit: 21 },
      { order, limit: 21, afterValue: at, afterId: 7 },
    ])
      assertIndexed(await plansOf((db) => listTrash(db, at, slice)), noun, /^never$/)
    assertIndexed(await plansOf((db) => countTrash(db, at)), noun, /^never$/)
    assertIndexed(await plansOf((db) => findExpired(db, at)), noun, /^never$/)
  })
}

test('a query without an index would be noticed', async () => {
  const unindexed = await plansOf((db) => db.selectFrom('users').selectAll().where('bio', '=', 'x').execute())
  assert.throws(() => assertIndexed(unindexed, 'bio', /^never$/))
  const sorted = await plansOf((db) => db.selectFrom('documents').select('id').orderBy('title').execute())
  assert.throws(() => assertIndexed(sorted, 'title', walk))
})
