import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** What an approval narrows the requested credential to. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  await sql.raw(`ALTER TABLE credential_requests ADD COLUMN granted_rules ${text}`).execute(db)
}
