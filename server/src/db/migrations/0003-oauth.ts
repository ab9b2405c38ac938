import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Access tokens that were revoked early, until they would have expired. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const { int, text, end } =
    dialect === 'sqlite'
      ? { int: 'INTEGER', text: 'TEXT', end: 'STRICT' }
      : { int: 'BIGINT', text: 'TEXT COLLATE "C"', end: '' }

  const statements = [
    `CREATE TABLE revoked_tokens (
      jti ${text} PRIMARY KEY,
      credential_id ${int} NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
      expires_at ${text} NOT NULL
    ) ${end}`,
    `CREATE INDEX revoked_tokens_credential ON revoked_tokens (credential_id, expires_at)`,
    `CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at)`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
