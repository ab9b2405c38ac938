import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Which secret key seals, and whether it is being rotated; one row, made by the first start (sealed-values.ts). */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text, end] = isSqlite ? ['INTEGER', 'TEXT', 'STRICT'] : ['BIGINT', 'TEXT COLLATE "C"', '']
  await sql
    .raw(
      `CREATE TABLE secret_key_state (
        id ${int} PRIMARY KEY CHECK (id = 1),
        key_id ${text} NOT NULL,
        fingerprint_key ${text} NOT NULL,
        rotating_from ${text},
        rotated_at ${text}
      ) ${end}`,
    )
    .execute(db)
}
