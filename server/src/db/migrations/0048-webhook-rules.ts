import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Which documents a webhook is sent events about. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  await sql.raw(`ALTER TABLE webhooks ADD COLUMN rules ${text}`).execute(db)
}
