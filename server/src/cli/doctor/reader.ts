import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { DatabaseConfig } from '../../config/decide.ts'
import { logBelongs } from '../../db/commit-stamps.ts'
import { requireDatabase, strangeLog } from '../../db/data-folder.ts'
import { describeFailure, describeFileFailure } from '../../db/describe-failure.ts'
import { DatabaseUnavailable } from '../../db/failure.ts'
import { takeFolder } from '../../db/folder-lock.ts'
import { postgresFailure } from '../../db/postgres-failure.ts'
import { inSqlite } from '../../db/sqlite-failure.ts'
import { CommandError } from '../../lib/command-error.ts'
import { driver } from '../../lib/loading.ts'

/** Reads of the database, over one connection that can change nothing. */
export interface Reader {
  kind: DatabaseConfig['kind']
  rows<T>(text: string): Promise<T[]>
  close(): Promise<void>
}

/** `new`: there is none yet, and the first start makes it. `failed`: with the reason. */
export type Opened = { is: 'open'; reader: Reader } | { is: 'new' } | { is: 'failed'; reason: string }

const connectTimeoutMs = 4_000
const queryTimeoutMs = 3_000
const busyTimeoutMs = 1_000

/** Opens what `serve` would open, creates nothing and migrates nothing. */
export async function openReader(database: DatabaseConfig, dataDir: string): Promise<Opened> {
  try {
    return database.kind === 'sqlite' ? openFile(database.file) : await connect(database.url)
  } catch (error) {
    if (error instanceof CommandError) return { is: 'failed', reason: error.message }
    if (!(error instanceof DatabaseUnavailable)) throw error
    const reason =
      database.kind === 'sqlite' ? describeFileFailure(error, dataDir) : describeFailure(error, database.url)
    return { is: 'failed', reason }
  }
}

function openFile(file: string): Opened {
  requireDatabase(file)
  if (!existsSync(file)) return { is: 'new' }
  requireOwnLog(file)
  const connection = inSqlite(() => new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs }))
  try {
    inSqlite(() => connection.prepare('SELECT count(*) FROM sqlite_schema').get())
  } catch (error) {
    connection.close()
    throw error
  }
  const reader: Reader = {
    kind: 'sqlite',
    rows: async <T>(text: string) => inSqlite(() => connection.prepare(text).all()) as T[],
    close: async () => connection.close(),
  }
  return { is: 'open', reader }
}

/** While a process has the database open, it has checked that, and the log is being written. */
function requireOwnLog(file: string): void {
  const folder = takeFolder(dirname(file))
  if (!folder) return
  try {
    if (!logBelongs(file)) throw new CommandError(strangeLog(file))
  } finally {
    folder.release()
  }
}

async function connect(url: string): Promise<Opened> {
  const client = new (driver().Client)({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    application_name: 'comserv doctor',
  })
  // A connection that breaks between two queries would end the process.
  client.on('error', () => undefined)
  const run = async <T>(step: 'connect' | 'query', work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw postgresFailure(error, step)
    }
  }
  await run('connect', () => client.connect()).catch(async (error) => {
    await client.end().catch(() => undefined)
    throw error
  })
  const reader: Reader = {
    kind: 'postgres',
    rows: async <T>(text: string) => (await run('query', () => client.query(text))).rows as T[],
    close: () => client.end(),
  }
  return { is: 'open', reader }
}
