import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Set by the test command when the suites run on PostgreSQL: an account that may create databases. */
export const postgresUrl = process.env.COMSERV_TEST_POSTGRES_URL

/** An empty PostgreSQL database of its own, or the settings of the embedded one. */
export async function freshDatabase(): Promise<{ env: Record<string, string>; drop(): Promise<void> }> {
  if (postgresUrl === undefined) return { env: {}, drop: async () => {} }
  const name = `comserv_${randomBytes(6).toString('hex')}`
  await runAsAdministrator(postgresUrl, `CREATE DATABASE ${name}`)
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  return {
    env: { DATABASE_URL: url.href, COMSERV_SECRET_KEY: randomBytes(32).toString('hex') },
    drop: () => runAsAdministrator(postgresUrl ?? '', `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

async function runAsAdministrator(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
