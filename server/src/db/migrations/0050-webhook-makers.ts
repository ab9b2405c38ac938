import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Which credential decided what a webhook is sent. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const id = dialect === 'sqlite' ? 'INTEGER' : 'BIGINT'
  await sql.raw(`ALTER TABLE webhooks ADD COLUMN credential_id ${id} REFERENCES credentials (id)`).execute(db)
}
