import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * When the person of a session last gave the password, and links that work once: the one that creates the first
 * administrator, and those that set a password.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const { text, end } =
    dialect === 'sqlite' ? { text: 'TEXT', end: 'STRICT' } : { text: 'TEXT COLLATE "C"', end: '' }
  const statements = [
    `ALTER TABLE sessions ADD COLUMN confirmed_at ${text} NOT NULL DEFAULT ''`,
    'UPDATE sessions SET confirmed_at = created_at',
    // The start of the server prints a new setup link.
    'DROP TABLE setup_links',
    // One link for each subject: a new one replaces the one before it.
    `CREATE TABLE one_time_links (
      subject ${text} PRIMARY KEY,
      token_hash ${text} NOT NULL UNIQUE,
      expires_at ${text} NOT NULL
    ) ${end}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
