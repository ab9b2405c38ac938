import { type KyselyPlugin, sql } from 'kysely'
import type { Database, Db } from '../src/db/database.ts'
import { rememberDialect } from '../src/db/dialect.ts'

/**
 * How the database would answer the queries of a store function: one text for each query.
 * On PostgreSQL reading whole tables is switched off, which it would prefer for the few rows of a test.
 */
export async function queryPlans(
  { dialect, read }: Database,
  run: (db: Db) => Promise<unknown>,
): Promise<string[]> {
  return read.connection().execute(async (connection) => {
    const off = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort']
    if (dialect === 'postgres') for (const name of off) await sql.raw(`SET ${name} = off`).execute(connection)
    const plans: string[] = []
    const explaining = connection.withPlugin(explain(dialect, plans))
    rememberDialect(explaining, dialect)
    await run(explaining).catch(() => {
      // The function finds a plan where it expects rows.
    })
    if (dialect === 'postgres') await sql`RESET ALL`.execute(connection)
    return plans
  })
}

function explain(dialect: Database['dialect'], plans: string[]): KyselyPlugin {
  const options = (dialect === 'sqlite' ? sql`query plan` : undefined)?.toOperationNode()
  return {
    transformQuery: ({ node }) =>
      node.kind === 'SelectQueryNode'
        ? { ...node, explain: { kind: 'ExplainNode', ...(options ? { options } : {}) } }
        : node,
    async transformResult({ result }) {
      plans.push(result.rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n'))
      return result
    },
  }
}
