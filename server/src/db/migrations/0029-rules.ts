import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** What a credential may be narrowed to. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  await sql.raw(`ALTER TABLE credentials ADD COLUMN rules ${text}`).execute(db)
}
