import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** When a deleted user was made unrecognisable, and the order of what waits in the trash. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  const statements = [
    `ALTER TABLE users ADD COLUMN purged_at ${text}`,
    'DROP INDEX users_deleted_at',
    // What is purged is in no trash: the search for what is due never walks over it again.
    'CREATE INDEX users_deleted_at ON users (deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL',
    'DROP INDEX documents_deleted_at',
    'CREATE INDEX documents_deleted_at ON documents (deleted_at, id) WHERE deleted_at IS NOT NULL',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
