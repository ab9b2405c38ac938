import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The request that caused an event, as the audit log names it; null for those of tasks and commands, and of earlier versions. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  await sql.raw(`ALTER TABLE events ADD COLUMN request_id ${text}`).execute(db)
  await sql
    .raw('CREATE INDEX events_request_id ON events (request_id) WHERE request_id IS NOT NULL')
    .execute(db)
}
