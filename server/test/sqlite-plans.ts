import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import type { CompiledQuery, Kysely } from 'kysely'
import type { Database, Db } from '../src/db/database.ts'
import { rememberDialect } from '../src/db/dialect.ts'
import type { Tables } from '../src/db/tables.ts'

/** Runs a store function and answers the plan of every query that it made. */
export function plannerOf(database: Database, connection: DatabaseSync) {
  return async (run: (db: Db) => Promise<unknown>): Promise<string[]> => {
    const queries: CompiledQuery[] = []
    const db = recording(database.read, queries)
    await run(db)
    assert.notEqual(queries.length, 0)
    return queries.flatMap(({ sql, parameters }) =>
      connection
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...parameters.map(asValue))
        .map((row) => String(row.detail)),
    )
  }
}

/** A query that is compiled once holds placeholders, and the plan does not depend on what comes in their place. */
function asValue(parameter: unknown): string | number {
  return typeof parameter === 'string' || typeof parameter === 'number' ? parameter : 1
}

function recording(db: Db, queries: CompiledQuery[]): Kysely<Tables> {
  const recorder = db.withPlugin({
    transformQuery: ({ node }) => {
      queries.push(db.getExecutor().compileQuery(node, { queryId: 'plan' }))
      return node
    },
    transformResult: async ({ result }) => result,
  })
  // A query that was compiled before does not pass through the plugin.
  recorder.executeQuery = (query) => {
    queries.push(query as CompiledQuery)
    return db.executeQuery(query as CompiledQuery<never>)
  }
  rememberDialect(recorder, 'sqlite')
  return recorder
}

/** Lines that hold others together: a list of ids, and the walk from the nearer end of two. */
const isFrame =
  /^(LIST SUBQUERY|SCALAR SUBQUERY|COMPOUND QUERY|LEFT-MOST SUBQUERY|CO-ROUTINE|UNION ALL|SCAN (ahead|back)$)/

/**
 * A scan in the order of an index stops after the page; one over the whole table, or a sort, costs what the table holds.
 * A page reached by an offset is found in the index first, and then its few rows are put into order once more.
 */
export function assertIndexed(plan: string[], name: string, orderedBy: RegExp, sortsPage = false): void {
  const text = plan.join('\n')
  if (sortsPage) assert.match(text, /LIST SUBQUERY/, `${name}:\n${text}`)
  else assert.doesNotMatch(text, /TEMP B-TREE/, `${name}:\n${text}`)
  const walks = plan.filter((line) => !isFrame.test(line))
  for (const line of walks.filter((line) => line.startsWith('SCAN')))
    assert.match(line, orderedBy, `${name}:\n${text}`)
  const found = walks.filter((line) => line !== 'USE TEMP B-TREE FOR ORDER BY')
  for (const line of found)
    assert.match(
      line,
      /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY|USING PRIMARY KEY/,
      `${name}:\n${text}`,
    )
}
