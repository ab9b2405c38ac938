import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Events with more subscribers than a change writes deliveries for. Whoever sends webhooks writes them, round by round:
 * first those that can be sent now, then those of webhooks that rest. A row is deleted with the last of its deliveries.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `CREATE TABLE fan_outs (
      event_id ${int} PRIMARY KEY,
      event_type ${text} NOT NULL,
      webhooks ${text} NOT NULL,
      created_at ${text} NOT NULL,
      only_resting ${int} NOT NULL DEFAULT 0 CHECK (only_resting IN (0, 1))
    ) ${isSqlite ? 'STRICT' : ''}`,
    'CREATE INDEX fan_outs_only_resting ON fan_outs (only_resting, event_id)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
