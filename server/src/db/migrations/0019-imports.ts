import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The lines of a file that were imported, one row per transaction, so that a repeated import skips them. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `CREATE TABLE import_parts (
      resource ${text} NOT NULL,
      digest ${text} NOT NULL,
      number ${int} NOT NULL,
      first_line ${int} NOT NULL,
      last_line ${int} NOT NULL,
      refused ${text} NOT NULL,
      created_at ${text} NOT NULL,
      PRIMARY KEY (resource, digest, number)
    ) ${isSqlite ? 'STRICT, WITHOUT ROWID' : ''}`,
    'CREATE INDEX import_parts_created ON import_parts (created_at)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
