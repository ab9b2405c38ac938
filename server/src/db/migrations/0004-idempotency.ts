import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Responses that are replayed to a repeated POST (see http/idempotency.ts). */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  await sql
    .raw(`CREATE TABLE idempotency_keys (
      caller ${text} NOT NULL,
      key ${text} NOT NULL,
      request_hash ${text} NOT NULL,
      created_at ${text} NOT NULL,
      answer ${text} NOT NULL,
      PRIMARY KEY (caller, key)
    ) ${dialect === 'sqlite' ? 'STRICT, WITHOUT ROWID' : ''}`)
    .execute(db)
  await sql.raw('CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at)').execute(db)
}
