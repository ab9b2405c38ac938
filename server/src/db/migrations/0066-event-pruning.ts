import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Up to where the event log was pruned: a reader that resumes at a removed event is told what it has missed. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [int, text] = dialect === 'sqlite' ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  await sql
    .raw(`
      CREATE TABLE event_pruning (
        id ${int} PRIMARY KEY CHECK (id = 1),
        last_event_id ${int} NOT NULL,
        last_occurred_at ${text} NOT NULL
      )
    `)
    .execute(db)
}
