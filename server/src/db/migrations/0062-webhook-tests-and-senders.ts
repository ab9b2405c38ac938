import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Whether the last test of a webhook failed, with no success since; and when a process that sends was last seen, so that
 * one that does not can tell why nothing is sent.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `ALTER TABLE webhooks ADD COLUMN test_failed_at ${text}`,
    `CREATE TABLE sender_presence (
      id ${int} PRIMARY KEY CHECK (id = 1),
      seen_at ${text} NOT NULL
    ) ${isSqlite ? 'STRICT' : ''}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
