import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * The use of each credential by hour. No reference to the credential: a batch of counts must be written whole, even if
 * one of its credentials has just been deleted.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  await sql
    .raw(`CREATE TABLE credential_usage (
      credential_id ${int} NOT NULL,
      hour ${text} NOT NULL,
      requests ${int} NOT NULL,
      errors ${int} NOT NULL,
      rate_limited ${int} NOT NULL,
      PRIMARY KEY (credential_id, hour)
    ) ${isSqlite ? 'STRICT, WITHOUT ROWID' : ''}`)
    .execute(db)
  await sql.raw('CREATE INDEX credential_usage_hour ON credential_usage (hour)').execute(db)
}
