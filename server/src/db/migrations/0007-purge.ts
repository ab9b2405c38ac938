import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** When the data of a deleted user was erased, and the order of the trash. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  const statements = [
    `ALTER TABLE users ADD COLUMN purged_at ${text}`,
    'DROP INDEX users_deleted_at',
    // Purged users are in no trash: the search for what is due never walks over them again.
    'CREATE INDEX users_deleted_at ON users (deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL',
    'DROP INDEX documents_deleted_at',
    'CREATE INDEX documents_deleted_at ON documents (deleted_at, id) WHERE deleted_at IS NOT NULL',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
