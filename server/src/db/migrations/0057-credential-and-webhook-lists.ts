import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

const tables = ['credentials', 'webhooks']

/** Word indexes as in 0011-search, filled after this step, and an index for each filter of the lists. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const statements = [
    ...tables.flatMap(dialect === 'sqlite' ? tableOfWords : columnOfWords),
    ...tables.map(
      (table) =>
        `INSERT INTO search_rebuilds (name, after_id) SELECT '${table}', 0 WHERE EXISTS (SELECT 1 FROM ${table})`,
    ),
    'CREATE INDEX credentials_living ON credentials (created_at, id) WHERE revoked_at IS NULL',
    'CREATE INDEX credentials_revoked ON credentials (created_at, id) WHERE revoked_at IS NOT NULL',
    'CREATE INDEX credentials_expires ON credentials (expires_at, id) WHERE expires_at IS NOT NULL',
    'CREATE INDEX credentials_tier ON credentials (tier, created_at, id)',
    'CREATE INDEX webhooks_status ON webhooks (status, created_at, id) WHERE deleted_at IS NULL',
    "CREATE INDEX webhooks_failing_since ON webhooks (coalesce(failing_since, ''), id)",
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

function tableOfWords(table: string): string[] {
  return [
    `CREATE VIRTUAL TABLE ${table}_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    )`,
  ]
}

function columnOfWords(table: string): string[] {
  return [
    `ALTER TABLE ${table} ADD COLUMN search tsvector`,
    `CREATE INDEX ${table}_search ON ${table} USING gin (search)`,
  ]
}
