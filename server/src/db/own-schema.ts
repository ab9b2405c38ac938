import { DatabaseSync } from 'node:sqlite'
import { migrateTo } from './migrate.ts'
import { kyselyOver } from './sqlite.ts'

/**
 * Objects of a database that its migrations did not create, or created differently: a foreign trigger would run with
 * every change, and a missing constraint would allow what nothing else checks.
 * @param migrations all of them known to this version
 * @returns such as `trigger helper`
 */
export async function foreignObjects(
  database: DatabaseSync,
  migrations: readonly string[],
): Promise<string[]> {
  const own = new DatabaseSync(':memory:')
  try {
    await migrateTo(kyselyOver(own), 'sqlite', migrations)
    const wanted = objectsOf(own)
    const found = objectsOf(database)
    const names = new Set([...wanted.keys(), ...found.keys()])
    return [...names].filter((name) => wanted.get(name) !== found.get(name)).sort()
  } finally {
    own.close()
  }
}

/** How each was created, by its kind and name, without what SQLite keeps for itself, such as statistics. */
function objectsOf(database: DatabaseSync): Map<string, string> {
  const rows = database
    .prepare(`SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .all()
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]))
}
