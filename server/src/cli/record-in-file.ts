import { DatabaseSync } from 'node:sqlite'
import { stampCommit } from '../db/commit-stamps.ts'
import { toTimestamp } from '../lib/timestamps.ts'

const busyTimeoutMs = 10_000

/**
 * Writes a row of the audit log into a database file whose tables may be those of an older version: a backup and a
 * restore must not migrate anything.
 */
export function recordInFile(
  file: string,
  action: 'backup.create' | 'backup.restore',
  details: object,
): void {
  const connection = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    connection.exec('BEGIN IMMEDIATE')
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
    stampCommit(connection)
    connection.exec('COMMIT')
  } finally {
    connection.close()
  }
}
