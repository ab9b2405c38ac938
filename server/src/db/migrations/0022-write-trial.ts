import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Where PostgreSQL writes a trial after a failed write, see postgres-probe.ts; always empty. The embedded database tries its own file. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  if (dialect !== 'postgres') return
  // Stored as it is sent: compressed, a trial would take less room than it is meant to.
  for (const statement of [
    'CREATE TABLE write_trial (filler text NOT NULL)',
    'ALTER TABLE write_trial ALTER COLUMN filler SET STORAGE EXTERNAL',
  ])
    await sql.raw(statement).execute(db)
}
