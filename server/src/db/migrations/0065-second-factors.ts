import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Authenticator apps with their recovery codes, and sign-ins that wait for their second step. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [int, text, end] =
    dialect === 'sqlite' ? ['INTEGER', 'TEXT', 'STRICT'] : ['BIGINT', 'TEXT COLLATE "C"', '']
  const user = `${int} NOT NULL REFERENCES users (id) ON DELETE CASCADE`
  const statements = [
    `CREATE TABLE totp_secrets (
      user_id ${int} PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      secret ${text},
      activated_at ${text},
      last_step ${int} NOT NULL DEFAULT 0,
      failures ${int} NOT NULL DEFAULT 0,
      failed_at ${text},
      new_secret ${text},
      new_until ${text},
      CONSTRAINT totp_secrets_active CHECK ((secret IS NULL) = (activated_at IS NULL)),
      CONSTRAINT totp_secrets_new CHECK ((new_secret IS NULL) = (new_until IS NULL))
    ) ${end}`,
    `CREATE TABLE recovery_codes (
      user_id ${user},
      code_hash ${text} NOT NULL,
      created_at ${text} NOT NULL,
      PRIMARY KEY (user_id, code_hash)
    ) ${end}`,
    `CREATE TABLE sign_ins (
      token_hash ${text} PRIMARY KEY,
      user_id ${user},
      step ${text} NOT NULL CONSTRAINT sign_ins_step CHECK (step IN ('verify', 'set_up')),
      tries ${int} NOT NULL DEFAULT 0,
      expires_at ${text} NOT NULL
    ) ${end}`,
    'CREATE INDEX sign_ins_user ON sign_ins (user_id)',
    'CREATE INDEX sign_ins_expiry ON sign_ins (expires_at)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
