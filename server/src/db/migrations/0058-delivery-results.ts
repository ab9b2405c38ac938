import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** How the last attempt of a delivery ended, to filter by, and which deliveries are tests. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [int, text] = dialect === 'sqlite' ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `ALTER TABLE deliveries ADD COLUMN last_result ${text}`,
    `ALTER TABLE deliveries ADD COLUMN is_test ${int} NOT NULL DEFAULT 0`,
    `UPDATE deliveries SET is_test = 1 WHERE event_type = 'ping'`,
    `UPDATE deliveries SET last_result = (
      SELECT CASE
        WHEN response_status IS NOT NULL THEN CAST(response_status / 100 AS TEXT) || 'xx'
        WHEN outcome = 'interrupted' THEN 'interrupted'
        ELSE error
      END
      FROM delivery_attempts WHERE delivery_id = deliveries.id ORDER BY number DESC LIMIT 1
    ) WHERE attempts > 0`,
    `CREATE INDEX deliveries_last_result ON deliveries (webhook_id, last_result, created_at, id)
      WHERE last_result IS NOT NULL`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
