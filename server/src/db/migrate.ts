import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { CommandError } from '../lib/command-error.ts'
import type { Database, Db } from './database.ts'
import { type DialectName, withoutForeignKeys } from './dialect.ts'
import { rebuildSearch } from './search-index.ts'

/** Where a migration reports its progress, and what the operator has to check. */
export interface MigrationLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
}

type Tell = (fields: object, text: string) => void
type Step = (db: Kysely<unknown>, dialect: DialectName, tell: Tell) => Promise<void>

/** The files of `migrations/`, in the order of their numbers. A released step is never edited. */
const files = readdirSync(join(import.meta.dirname, 'migrations')).filter((file) =>
  /^\d{4}-.*\.[jt]s$/.test(file),
)
const steps = new Map(
  await Promise.all(
    files.sort().map(async (file): Promise<[string, Step]> => {
      const { up } = (await import(`./migrations/${file}`)) as { up: Step }
      return [file.replace(/\.[jt]s$/, ''), up]
    }),
  ),
)

/** The names of all steps that this version knows. */
export const knownMigrations: readonly string[] = [...steps.keys()]

/**
 * Brings the tables up to date: every step whole or not at all, one process at a time. Then does, in batches, what the
 * steps left to be done row by row.
 * @returns the applied steps
 */
export async function migrate(
  database: Database,
  log?: MigrationLog,
  stopped?: AbortSignal,
): Promise<string[]> {
  const all = migrator(database.migrating, database.dialect, log)
  await refuseNewer(database.migrating)
  const { error, results = [] } = await withoutForeignKeys(database.migrating, () => all.migrateToLatest())
  if (error) {
    const failed = results.find((result) => result.status === 'Error')
    // No step failed: the database itself did not respond, and says why.
    if (!failed) throw error
    throw new Error(`Migration ${failed.migrationName} failed; the database is as it was before it.`, {
      cause: error,
    })
  }
  await rebuildSearch(database, log, stopped)
  return results.map((result) => result.migrationName)
}

/** Creates the tables of a version that had just these steps. */
export async function migrateTo(db: Db, dialect: DialectName, names: readonly string[]): Promise<void> {
  const last = names.at(-1)
  if (last === undefined) return
  const { error } = await withoutForeignKeys(db, () => migrator(db, dialect).migrateTo(last))
  if (error) throw error
}

/** Tables of a newer version may hold data that this one would not understand, or would break. */
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
export async function pendingMigrations({ read, dialect }: Database): Promise<string[]> {
  const all = await migrator(read, dialect).getMigrations()
  return all.filter((step) => step.executedAt === undefined).map((step) => step.name)
}

function migrator(db: Db, dialect: DialectName, log?: MigrationLog): Migrator {
  const tell: Tell = (fields, text) => log?.warn(fields, text)
  const migrations = Object.fromEntries(
    [...steps].map(([name, up]): [string, Migration] => [name, { up: (trx) => up(trx, dialect, tell) }]),
  )
  return new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
}
