import { closeSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { stamping } from './commit-stamps.ts'
import { knownMigrations } from './migrate.ts'
import { foreignObjects } from './own-schema.ts'
import { sqliteFailure } from './sqlite-failure.ts'

/** A copy of the embedded database, and what was found in it. */
export interface CopyContents {
  /** Applied migrations, oldest first. */
  migrations: readonly string[]
  /** Rows of each table, by its name. */
  rows: ReadonlyMap<string, number>
  /** As `foreignObjects` returns them; empty for a newer version, whose objects are unknown. */
  foreign: readonly string[]
}

/** The file is not a complete, sound copy; the message completes the sentence "The file …". */
export class UnusableCopy extends Error {}

/** All pages in one step: a copy in several steps starts over whenever another process writes in between. */
const pagesAtOnce = 2 ** 31 - 1
/** Only the first process to open a database after a crash makes others wait. */
const busyTimeoutMs = 10_000

/**
 * Copies the database while others read and write it (SQLite's online backup) into a single file. Rows are counted in
 * the copied snapshot, so that the counts of the copy can be compared with it.
 * @param target must not exist; created with mode 0600
 * @throws UnusableCopy when the copy differs from the source
 */
export async function copyDatabase(source: string, target: string): Promise<CopyContents> {
  closeSync(openSync(target, 'wx', 0o600))
  const connection = new DatabaseSync(source, { timeout: busyTimeoutMs })
  let expected: ReadonlyMap<string, number>
  try {
    connection.exec('BEGIN')
    expected = countRows(connection)
    await backup(connection, target, { rate: pagesAtOnce })
  } catch (error) {
    throw sqliteFailure(error)
  } finally {
    connection.close()
  }
  const contents = await verifyCopy(target)
  for (const [table, rows] of expected) {
    const copied = contents.rows.get(table) ?? 0
    if (copied !== rows) throw new UnusableCopy(`has ${copied} rows of ${table} instead of ${rows}`)
  }
  return contents
}

/** Writes a copy anew, without what deleted rows have left in its pages. @param file a copy that nobody else uses */
export function rewriteCopy(file: string): void {
  const connection = new DatabaseSync(file)
  try {
    connection.exec('PRAGMA temp_store = FILE')
    // The copy may be of a version that had fewer of them.
    const indexes = connection.prepare(
      "SELECT name FROM sqlite_master WHERE name IN ('users_search', 'credentials_search', 'webhooks_search')",
    )
    for (const { name } of indexes.all()) connection.exec(`INSERT INTO ${name} (${name}) VALUES ('optimize')`)
    connection.exec('VACUUM')
  } finally {
    connection.close()
  }
}

/**
 * Reads a whole copy: its structure, references and migrations.
 * @param file a copy that nobody else uses; left without a write-ahead log
 * @throws UnusableCopy
 */
export async function verifyCopy(file: string): Promise<CopyContents> {
  try {
    const connection = new DatabaseSync(file)
    try {
      // A file from elsewhere must not run anything that its own tables name.
      connection.exec(
        'PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA journal_mode = DELETE',
      )
      requireSound(connection)
      const steps = connection.prepare('SELECT name FROM migrations ORDER BY name').all()
      const migrations = steps.map(({ name }) => String(name))
      const isKnown = migrations.every((name) => knownMigrations.includes(name))
      const foreign = isKnown ? await foreignObjects(connection, migrations) : []
      // Gives the copy a stamp of its own, so that the log of the original, should it lie beside the copy, does not match.
      connection.exec('BEGIN')
      stamping(connection)()
      connection.exec('COMMIT')
      return { migrations, rows: countRows(connection), foreign }
    } finally {
      connection.close()
    }
  } catch (error) {
    if (error instanceof UnusableCopy || !isFromSqlite(error)) throw error
    throw new UnusableCopy(`cannot be read as a database of Comserv (${error.message})`, { cause: error })
  }
}

function requireSound(connection: DatabaseSync): void {
  const [first] = connection.prepare('PRAGMA integrity_check').all()
  if (first?.integrity_check !== 'ok') throw new UnusableCopy(`is damaged (${first?.integrity_check})`)
  const [broken] = connection.prepare('PRAGMA foreign_key_check').all()
  if (broken) throw new UnusableCopy(`is damaged (a row of ${broken.table} refers to a missing row)`)
}

function countRows(connection: DatabaseSync): ReadonlyMap<string, number> {
  const tables = connection
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .all()
  return new Map(
    tables.map(({ name }) => {
      const row = connection.prepare(`SELECT count(*) AS rows FROM "${name}"`).get()
      return [String(name), Number(row?.rows)]
    }),
  )
}

function isFromSqlite(error: unknown): error is Error {
  return (error as { code?: string } | null)?.code === 'ERR_SQLITE_ERROR'
}
