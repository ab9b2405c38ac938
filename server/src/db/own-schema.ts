import { DatabaseSync } from 'node:sqlite'
import { migrateTo } from './migrate.ts'
import { kyselyOver } from './sqlite.ts'

/**
 * Objects of a database that the migrations it has been through did not make, or made otherwise: a trigger in a file from
 * elsewhere would run with every change, a missing constraint would let through what nothing else checks.
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

/** How each was made, by its kind and name. What SQLite keeps for itself, such as statistics, is nobody's. */
function objectsOf(database: DatabaseSync): Map<string, string> {
  const rows = database
    .prepare(`SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .all()
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]))
}
