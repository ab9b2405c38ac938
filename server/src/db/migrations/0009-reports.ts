import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Sums for reports, so that none reads more rows than it has periods: the requests of all credentials of an owner by
 * minute and hour, and the outcomes of delivery attempts by hour. Owner 0 and webhook 0 stand for all.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const end = isSqlite ? 'STRICT, WITHOUT ROWID' : ''
  const statements = [
    `CREATE TABLE usage_totals (
      owner_id ${int} NOT NULL,
      per ${text} NOT NULL CHECK (per IN ('minute', 'hour')),
      start ${text} NOT NULL,
      requests ${int} NOT NULL,
      errors ${int} NOT NULL,
      rate_limited ${int} NOT NULL,
      PRIMARY KEY (owner_id, per, start)
    ) ${end}`,
    'CREATE INDEX usage_totals_start ON usage_totals (per, start)',
    `CREATE TABLE delivery_outcomes (
      webhook_id ${int} NOT NULL,
      hour ${text} NOT NULL,
      slot ${int} NOT NULL,
      delivered ${int} NOT NULL,
      failed_attempts ${int} NOT NULL,
      failed ${int} NOT NULL,
      PRIMARY KEY (webhook_id, hour, slot)
    ) ${end}`,
    'CREATE INDEX delivery_outcomes_hour ON delivery_outcomes (hour)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
