import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { CommandError } from '../lib/command-error.ts'
import type { Database, Db } from './database.ts'
import type { DialectName } from './dialect.ts'
import * as core from './migrations/0001-core.ts'
import * as people from './migrations/0002-people.ts'
import * as oauth from './migrations/0003-oauth.ts'
import * as idempotency from './migrations/0004-idempotency.ts'
import * as documents from './migrations/0005-documents.ts'
import * as usage from './migrations/0006-usage.ts'
import * as purge from './migrations/0007-purge.ts'
import * as webhooks from './migrations/0008-webhooks.ts'
import * as reports from './migrations/0009-reports.ts'
import * as search from './migrations/0011-search.ts'
import * as names from './migrations/0012-names.ts'
import * as imports from './migrations/0019-imports.ts'
import { rebuildSearch } from './search-index.ts'

const steps = {
  '0001-core': core.up,
  '0002-people': people.up,
  '0003-oauth': oauth.up,
  '0004-idempotency': idempotency.up,
  '0005-documents': documents.up,
  '0006-usage': usage.up,
  '0007-purge': purge.up,
  '0008-webhooks': webhooks.up,
  '0009-reports': reports.up,
  '0011-search': search.up,
  '0012-names': names.up,
  '0019-imports': imports.up,
}

/** Where a migration tells how far it is, and what somebody has to look at. */
export interface MigrationLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
}

/** The names of all steps that this version knows. */
export const knownMigrations: readonly string[] = Object.keys(steps)

/**
 * Brings the tables up to date: every step whole or not at all, one process at a time. Then what the steps left to be
 * done row by row, in batches.
 * @returns the steps that were applied
 */
export async function migrate(database: Database, log?: MigrationLog): Promise<string[]> {
  const all = migrator(database.migrating, database.dialect, log)
  await refuseNewer(database.migrating)
  const { error, results = [] } = await all.migrateToLatest()
  if (error) {
    const failed = results.find((result) => result.status === 'Error')
    // Without a failed step the database itself did not answer, and says why.
    if (!failed) throw error
    throw new Error(`Migration ${failed.migrationName} failed; the database is as it was before it.`, {
      cause: error,
    })
  }
  await rebuildSearch(database, log)
  return results.map((result) => result.migrationName)
}

/** Makes the tables of a version that had just these steps. */
export async function migrateTo(db: Db, dialect: DialectName, names: readonly string[]): Promise<void> {
  const last = names.at(-1)
  if (last === undefined) return
  const { error } = await migrator(db, dialect).migrateTo(last)
  if (error) throw error
}

/** Tables of a newer version may hold what this one would not understand, or would break. */
async function refuseNewer(db: Db): Promise<void> {
  const tables = await db.introspection.getTables()
  if (!tables.some(({ name }) => name === 'migrations')) return
  const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(db)
  const newer = rows.find(({ name }) => !knownMigrations.includes(name))
  if (newer === undefined) return
  throw new CommandError(
    `The tables of the database are those of a newer version of Comserv (${newer.name}). Start that version, or restore a backup that this one made.`,
  )
}

/** Steps that the database does not have yet. */
export async function pendingMigrations({ migrating, dialect }: Database): Promise<string[]> {
  const all = await migrator(migrating, dialect).getMigrations()
  return all.filter((step) => step.executedAt === undefined).map((step) => step.name)
}

function migrator(db: Db, dialect: DialectName, log?: MigrationLog): Migrator {
  const tell: names.Tell = (fields, text) => log?.warn(fields, text)
  const migrations = Object.fromEntries(
    Object.entries(steps).map(([name, up]): [string, Migration] => [
      name,
      { up: (trx) => up(trx, dialect, tell) },
    ]),
  )
  return new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
}
