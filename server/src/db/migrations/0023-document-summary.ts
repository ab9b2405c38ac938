import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Behind the content: whatever shows a summary reads the content, too, and no list shows it. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  for (const table of ['documents', 'document_revisions'])
    await sql.raw(`ALTER TABLE ${table} ADD COLUMN summary ${text}`).execute(db)
}
