import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The processes that serve and send, each in a row, so that the others can take over from one that died. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    'DROP TABLE sender_presence',
    `CREATE TABLE processes (
      id ${text} PRIMARY KEY NOT NULL,
      public_url ${text} NOT NULL,
      is_local ${int} NOT NULL CHECK (is_local IN (0, 1)),
      sends ${int} NOT NULL CHECK (sends IN (0, 1)),
      started_at ${text} NOT NULL,
      seen_at ${text} NOT NULL
    ) ${isSqlite ? 'STRICT' : ''}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
