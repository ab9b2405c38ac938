import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { Loaded } from '../extension/declaration.ts'
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
  return applied
}
