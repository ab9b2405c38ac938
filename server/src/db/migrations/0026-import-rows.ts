import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The path of an imported file and the rows that were imported, so that a corrected file imports only what changed. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  for (const column of ['path', 'imported'])
    await sql.raw(`ALTER TABLE import_parts ADD COLUMN ${column} ${text} NOT NULL DEFAULT ''`).execute(db)
  await sql.raw('CREATE INDEX import_parts_path ON import_parts (resource, path)').execute(db)
}
