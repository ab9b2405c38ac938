import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { Loaded } from '../extension/declaration.ts'
import { peopleOf } from '../extension/people.ts'
import { schemaChanges } from '../extension/schema-changes.ts'
import { CommandError } from '../lib/command-error.ts'
import { toTimestamp } from '../lib/timestamps.ts'

/**
 * Brings the tables of extensions up to date: every step whole or not at all, in the order of their names, and once for
 * all processes.
 * @returns the applied steps
 */
export async function migrateExtensions(
  { migrating, dialect }: Pick<Database, 'migrating' | 'dialect'>,
  extensions: readonly Loaded[],
): Promise<string[]> {
  const applied: string[] = []
  for (const { name: extension, file, migrations = {} } of extensions) {
    for (const name of Object.keys(migrations).sort()) {
      const step = migrations[name]
      const isNew = await migrating
        .transaction()
        .execute(async (trx) => {
          // Another process that takes the same step waits here, and finds it taken.
          const taken = await trx
            .insertInto('extension_migrations')
            .values({ extension, name, applied_at: toTimestamp(Date.now()) })
            .onConflict((conflict) => conflict.doNothing())
            .returning('name')
            .executeTakeFirst()
          if (!taken) return false
          const run = async (statement: string) => void (await sql.raw(statement).execute(trx))
          await step?.(schemaChanges(dialect, `x_${extension}_`, run))
          return true
        })
        .catch((error: unknown) => {
          throw new CommandError(
            `The migration '${name}' of the extension '${extension}' failed (${file}), and the database is as it was before it: ${(error as Error).message}`,
            { cause: error },
          )
        })
      if (isNew) applied.push(`${extension} ${name}`)
    }
  }
  for (const extension of extensions) await indexPeople({ migrating, dialect }, extension)
  return applied
}

/** Makes the indexes by which an erasure finds the records of a person, where they are missing. */
async function indexPeople(
  { migrating, dialect }: Pick<Database, 'migrating' | 'dialect'>,
  { name: extension, file, resources = [] }: Loaded,
): Promise<void> {
  const wanted = resources.flatMap((resource) =>
    peopleOf(resource).map(({ field }) => {
      const table = `x_${extension}_${resource.plural}`
      return { table, field, index: indexName(`${table}_${field}_people`), at: `${resource.plural}.${field}` }
    }),
  )
  if (wanted.length === 0) return
  const known = await indexesOf(migrating, dialect)
  for (const { table, field, index, at } of wanted) {
    if (known.has(index)) continue
    await migrating
      .transaction()
      .execute(async (trx) => {
        // Two processes that make the same index at once would fail.
        if (dialect === 'postgres') await sql`LOCK TABLE extension_migrations IN EXCLUSIVE MODE`.execute(trx)
        await sql`CREATE INDEX IF NOT EXISTS ${sql.ref(index)} ON ${sql.table(table)} (${sql.ref(field)}, id)`.execute(
          trx,
        )
      })
      .catch((error: unknown) => {
        throw new CommandError(
          `The extension '${extension}' cannot be used (${file}): there is no index of ${at}, by which an erasure finds the records of a user, and it cannot be made: ${(error as Error).message}. Add a migration that makes the table with this column.`,
          { cause: error },
        )
      })
  }
}

/** PostgreSQL cuts names after 63 characters. */
function indexName(name: string): string {
  if (name.length <= 63) return name
  return `${name.slice(0, 46)}_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

async function indexesOf(db: Database['migrating'], dialect: Database['dialect']): Promise<Set<string>> {
  const { rows } = await (dialect === 'sqlite'
    ? sql<{ name: string }>`select name from sqlite_master where type = 'index'`
    : sql<{
        name: string
      }>`select indexname as name from pg_indexes where schemaname = any (current_schemas(false))`
  ).execute(db)
  return new Set(rows.map(({ name }) => name))
}
