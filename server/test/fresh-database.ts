import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/open.ts'
import { createLog } from '../src/lib/log.ts'

/** Set by the test command when the suites run on PostgreSQL: an account that may create databases. */
export const postgresUrl = process.env.COMSERV_TEST_POSTGRES_URL

/** Also set by it: a database to copy, with all tables and no rows. */
const template = process.env.COMSERV_TEST_POSTGRES_TEMPLATE

/**
 * A PostgreSQL database of its own, or the settings of the embedded one.
 * @param migrated may be one that the migrations have been through, which is there sooner
 */
export async function freshDatabase({ migrated = false } = {}): Promise<{
  env: Record<string, string>
  drop(): Promise<void>
}> {
  if (postgresUrl === undefined) return { env: {}, drop: async () => {} }
  const name = `comserv_${randomBytes(6).toString('hex')}`
  const from = migrated && template !== undefined ? ` TEMPLATE ${template}` : ''
  await runAsAdministrator(postgresUrl, `CREATE DATABASE ${name}${from}`)
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  return {
    env: { DATABASE_URL: url.href, COMSERV_SECRET_KEY: randomBytes(32).toString('hex') },
    drop: () => runAsAdministrator(postgresUrl ?? '', `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

/** @returns the name of a new database that all migrations have run on */
export async function migratedTemplate(adminUrl: string): Promise<string> {
  const name = 'comserv_template'
  await runAsAdministrator(adminUrl, `CREATE DATABASE ${name}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const database = openDatabase({ kind: 'postgres', url: url.href }, createLog('warn'))
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
  return name
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
