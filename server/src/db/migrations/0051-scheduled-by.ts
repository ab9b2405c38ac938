import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Who scheduled the publication of a document, and why one that was due was not carried out. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [id, text] = dialect === 'sqlite' ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  for (const column of [
    `scheduled_by ${id}`,
    `scheduled_credential_id ${id} REFERENCES credentials (id)`,
    `publish_refused ${text}`,
  ])
    await sql.raw(`ALTER TABLE documents ADD COLUMN ${column}`).execute(db)
}
