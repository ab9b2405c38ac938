import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** When the next backup is due, which process makes it, and how the last ones went: one row. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  await sql
    .raw(`CREATE TABLE backup_state (
      id ${int} NOT NULL PRIMARY KEY CHECK (id = 1),
      cron ${text},
      planned_at ${text} NOT NULL,
      due_at ${text},
      lease_token ${text},
      lease_until ${text},
      last_made_at ${text},
      last_name ${text},
      last_bytes ${int},
      failing_since ${text},
      failures ${int} NOT NULL,
      last_error ${text},
      CONSTRAINT backup_state_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT backup_state_due CHECK ((cron IS NULL) = (due_at IS NULL)),
      CONSTRAINT backup_state_failing CHECK ((failing_since IS NULL) = (failures = 0))
    ) ${isSqlite ? 'STRICT' : ''}`)
    .execute(db)
}
