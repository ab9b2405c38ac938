import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { readSecretKey } from '../../src/config/secret-key.ts'
import { openSqlite } from '../../src/db/sqlite.ts'
import { assertCountersExact } from '../counters-exact.ts'
import { assertTracesWhole } from '../traces.ts'
import type { Acknowledged } from './workload.ts'

/**
 * Opens what a power cut left, as the product does, and looks for everything that was acknowledged before it: the change,
 * its event, its deliveries, the response that is kept for a retry, and the totals.
 */
export async function assertSurvived(dataDir: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  if (acknowledged.length === 0 && !existsSync(join(dataDir, 'comserv.db'))) return
  const database = openSqlite(join(dataDir, 'comserv.db'))
  try {
    const { rows } = await sql<object>`PRAGMA integrity_check`.execute(database.read)
    assert.deepEqual({ ...rows[0] }, { integrity_check: 'ok' })
    // Before the first response the tables may not be there.
    if (acknowledged.length === 0) return
    assert.match(readSecretKey(dataDir) ?? '', /^[0-9a-f]{64}$/, 'the secret key')
    const { read } = database
    const documents = await read
      .selectFrom('documents')
      .select(['id', 'version', 'deleted_at', 'title as text'])
      .execute()
    const users = await read
      .selectFrom('users')
      .select(['id', 'version', 'deleted_at', 'bio as text'])
      .execute()
    const rowsOf = {
      document: new Map(documents.map((row) => [row.id, row])),
      user: new Map(users.map((row) => [row.id, row])),
    }
    const answers = await read
      .selectFrom('idempotency_keys')
      .select('key')
      .where('answer', '<>', '')
      .execute()
    const keys = new Set(answers.map(({ key }) => key))
    for (const { kind, id, version, text, isDeleted, idempotencyKey } of acknowledged) {
      const name = `${kind} ${id}, version ${version}, '${text}'`
      const row = rowsOf[kind].get(id)
      assert.ok(row && row.version >= version, `${name} is lost; found version ${row?.version}`)
      if (row.version === version) assert.equal(row.text, text, name)
      if (isDeleted) assert.ok(row.deleted_at !== null, `${name} is not deleted`)
      if (idempotencyKey) assert.ok(keys.has(idempotencyKey), `${name} would be made again by a retry`)
    }
    await assertTracesWhole(database)
    await assertCountersExact(database)
    await assertDeliveriesWhole(database.read)
  } finally {
    await database.close()
  }
}

/** Every event of what the one webhook subscribed to has its delivery. */
async function assertDeliveriesWhole(read: ReturnType<typeof openSqlite>['read']): Promise<void> {
  const missing = await read
    .selectFrom('events')
    .select(['id', 'type'])
    .where('resource_type', '=', 'document')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('deliveries').select('deliveries.id').whereRef('deliveries.event_id', '=', 'events.id'),
        ),
      ),
    )
    .execute()
  assert.deepEqual(missing, [], 'events without a delivery')
}
