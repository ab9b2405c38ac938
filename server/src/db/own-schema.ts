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
    const differing = [...wanted.symmetricDifference(found)]
    return [...new Set(differing.map((row) => row.slice(0, row.indexOf('\n'))))].sort()
  } finally {
    own.close()
  }
}

/**
 * Every row of the schema: a line with kind and name, then how it was created. All columns count, and every row: SQLite
 * executes the text of a row whatever its other columns say, and with `writable_schema` a trigger can have the name of
 * something that SQLite keeps for itself, or a table can stand there twice.
 */
function objectsOf(database: DatabaseSync): Set<string> {
  const rows = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all()
  const seen = new Map<string, number>()
  const objects = rows
    .filter(({ sql }) => !statistics.has(String(sql)))
    .map(({ type, name, tbl_name, sql }) => `${type} ${name}\n${tbl_name}\n${sql}`)
  return new Set(
    objects.map((object) => {
      const count = (seen.get(object) ?? 0) + 1
      seen.set(object, count)
      return `${object}\n${count}`
    }),
  )
}

/** Tables in which SQLite keeps statistics for its query planner (ANALYZE). */
const statistics: ReadonlySet<string> = new Set([
  'CREATE TABLE sqlite_stat1(tbl,idx,stat)',
  'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)',
])
