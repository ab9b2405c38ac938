import { type Kysely, sql } from 'kysely'

/** The last imports of a caller are read by time: a corrected file imports only what changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('DROP INDEX import_parts_path').execute(db)
  await sql.raw('CREATE INDEX import_parts_path ON import_parts (path, resource, created_at)').execute(db)
}
