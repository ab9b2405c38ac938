import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'
import { createMoves } from '../moves.ts'

/** Where a database was moved to, or is being moved from, and where readers of its event log go on. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text, strict] = isSqlite ? ['INTEGER', 'TEXT', 'STRICT'] : ['BIGINT', 'TEXT COLLATE "C"', '']
  const statements = [
    createMoves(dialect),
    `CREATE TABLE move_tables (
      name ${text} PRIMARY KEY NOT NULL,
      after_key ${text},
      copied ${int} NOT NULL,
      is_done ${int} NOT NULL CHECK (is_done IN (0, 1))
    ) ${strict}`,
    `CREATE TABLE move_rebuilds (
      position ${int} PRIMARY KEY NOT NULL,
      name ${text} NOT NULL,
      statement ${text} NOT NULL
    ) ${strict}`,
    `CREATE TABLE event_cursors (
      event_id ${int} PRIMARY KEY NOT NULL,
      after_id ${int} NOT NULL
    ) ${strict}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
