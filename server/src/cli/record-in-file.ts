import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { stamping } from '../db/commit-stamps.ts'
import { sqliteFailure } from '../db/sqlite-failure.ts'
import { toTimestamp } from '../lib/timestamps.ts'

const busyTimeoutMs = 10_000

/**
 * Writes a row of the audit log into a database file whose tables may be those of an older version: a backup and a
 * restore must not migrate anything.
 */
export async function recordInFile(
  file: string,
  action: 'backup.create' | 'backup.restore',
  details: object,
): Promise<void> {
  const connection = new DatabaseSync(file)
  try {
    await begin(connection)
    connection
      .prepare(
        `INSERT INTO audit_log (occurred_at, actor_type, actor_name, action, target_type, after)
         VALUES (?, 'operator', 'command line', ?, 'backup', ?)`,
      )
      .run(toTimestamp(Date.now()), action, JSON.stringify(details))
    connection.exec(
      `INSERT INTO counters (scope, slot, count) VALUES ('audit_log', 0, 1)
       ON CONFLICT (scope, slot) DO UPDATE SET count = count + 1`,
    )
    stamping(connection)()
    connection.exec('COMMIT')
  } finally {
    connection.close()
  }
}

/** A server that writes lets others in between two changes. */
async function begin(connection: DatabaseSync): Promise<void> {
  const deadlineMs = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      connection.exec('BEGIN IMMEDIATE')
      return
    } catch (error) {
      if (performance.now() > deadlineMs) throw sqliteFailure(error)
      await pause(Math.random() * 10)
    }
  }
}
