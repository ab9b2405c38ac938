import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The credential that approved a request: what is created by the approval is its child. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const int = dialect === 'sqlite' ? 'INTEGER' : 'BIGINT'
  await sql
    .raw(
      `ALTER TABLE credential_requests ADD COLUMN approving_credential_id ${int} REFERENCES credentials (id)`,
    )
    .execute(db)
}
