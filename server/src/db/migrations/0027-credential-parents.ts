import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Which credential created a credential: it hands its bounds on, and its revocation revokes what it created. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const int = dialect === 'sqlite' ? 'INTEGER' : 'BIGINT'
  await sql.raw(`ALTER TABLE credentials ADD COLUMN parent_id ${int} REFERENCES credentials (id)`).execute(db)
  await sql
    .raw(
      'CREATE INDEX credentials_parent ON credentials (parent_id, created_at, id) WHERE parent_id IS NOT NULL',
    )
    .execute(db)
}
