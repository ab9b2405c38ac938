import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Keys that seal what is logged about each person, and erasures. Rows of earlier versions are sealed in batches after this
 * step (`db/seal-logs.ts`); `sealings` holds the progress.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text, end] = isSqlite ? ['INTEGER', 'TEXT', 'STRICT'] : ['BIGINT', 'TEXT COLLATE "C"', '']
  const statements = [
    `CREATE TABLE subject_keys (
      user_id ${int} PRIMARY KEY REFERENCES users (id),
      sealed_key ${text}
    ) ${end}`,
    `CREATE TABLE erasures (
      user_id ${int} PRIMARY KEY REFERENCES users (id),
      requested_at ${text} NOT NULL,
      requested_by ${text} NOT NULL,
      due_at ${text} NOT NULL,
      status_before ${text} NOT NULL,
      erased_at ${text},
      scrubbed_at ${text},
      receipt ${text},
      CHECK ((erased_at IS NULL) = (receipt IS NULL))
    ) ${end}`,
    `CREATE INDEX erasures_due ON erasures (due_at) WHERE erased_at IS NULL`,
    `CREATE INDEX erasures_scrub ON erasures (erased_at) WHERE scrubbed_at IS NULL`,
    `ALTER TABLE events ADD COLUMN subject_id ${int}`,
    `CREATE INDEX events_subject ON events (subject_id, id) WHERE subject_id IS NOT NULL`,
    `ALTER TABLE idempotency_keys ADD COLUMN subjects ${text} NOT NULL DEFAULT ''`,
    `CREATE TABLE sealings (name ${text} PRIMARY KEY, after_id ${int} NOT NULL) ${end}`,
    `INSERT INTO sealings (name, after_id) VALUES ('audit_log', 0), ('events', 0)`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
