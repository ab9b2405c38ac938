import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as core from './migrations/0001-core.ts'
import * as people from './migrations/0002-people.ts'
import * as oauth from './migrations/0003-oauth.ts'
import * as idempotency from './migrations/0004-idempotency.ts'
import * as documents from './migrations/0005-documents.ts'
import * as usage from './migrations/0006-usage.ts'
import * as purge from './migrations/0007-purge.ts'
import * as webhooks from './migrations/0008-webhooks.ts'
import * as reports from './migrations/0009-reports.ts'

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
}

/** The names of all steps that this version knows. */
export const knownMigrations: readonly string[] = Object.keys(steps)

/** Brings the tables up to date: every step whole or not at all, one process at a time. @returns the steps that were applied */
export async function migrate(database: Database): Promise<string[]> {
  const { error, results = [] } = await migrator(database).migrateToLatest()
  if (error) {
    const failed = results.find((result) => result.status === 'Error')
    // Without a failed step the database itself did not answer, and says why.
    if (!failed) throw error
    throw new Error(`Migration ${failed.migrationName} failed; the database is as it was before it.`, {
      cause: error,
    })
  }
  return results.map((result) => result.migrationName)
}

/** Steps that the database does not have yet. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const all = await migrator(database).getMigrations()
  return all.filter((step) => step.executedAt === undefined).map((step) => step.name)
}

function migrator(database: Database): Migrator {
  const migrations = Object.fromEntries(
    Object.entries(steps).map(([name, up]): [string, Migration] => [
      name,
      { up: (db) => up(db, database.dialect) },
    ]),
  )
  return new Migrator({
    db: database.migrating,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
}
