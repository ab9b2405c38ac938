import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { CommandError } from '../lib/command-error.ts'
import type { Log } from '../lib/log.ts'
import type { Database } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'
import { refuseMoved } from './moves.ts'

/** How long a server waits for a database that starts with it. */
export const startTimeoutMs = 30_000
/** An unknown host name is more likely a mistake than a machine that is starting. */
const unknownHostTimeoutMs = 8_000
const everyMs = 1_000

/** How long to wait for a database that cannot be reached yet; by default not at all. */
export interface Patience {
  timeoutMs: number
  /** Ends the wait. */
  stopped?: AbortSignal
}

/** Waits until the database can be used, and refuses an unsuitable one. @throws DatabaseUnavailable, CommandError */
export async function awaitDatabase(
  database: Database,
  log: Log,
  { timeoutMs, stopped }: Patience,
): Promise<void> {
  const beganMs = performance.now()
  for (;;) {
    try {
      await database.probe()
      break
    } catch (error) {
      const waitedMs = performance.now() - beganMs
      if (!(error instanceof DatabaseUnavailable) || waitedMs > patienceFor(error, timeoutMs)) throw error
      const seconds = Math.round((timeoutMs - waitedMs) / 1_000)
      log.warn({ reason: error.message, for_at_most_seconds: seconds }, 'waiting for the database')
      // An aborted pause is no error: the caller that stops the start knows why.
      await pause(everyMs, undefined, stopped ? { signal: stopped } : {}).catch(() => undefined)
      if (stopped?.aborted) throw error
    }
  }
  if (database.dialect === 'postgres') await requireUsable(database, log)
  await refuseMoved(database.read)
}

/** Does what the end of a start needs of the database, again until it is done: the server is serving by then. */
export async function untilDatabaseAllows<T>(
  work: () => Promise<T>,
  log: Log,
  stopped: AbortSignal,
): Promise<T> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || stopped.aborted) throw error
      if (isFirst) log.warn({ reason: error.message }, 'the end of the start waits for the database')
      await pause(everyMs, undefined, { signal: stopped })
    }
  }
}

function patienceFor({ reason, cause }: DatabaseUnavailable, timeoutMs: number): number {
  if (!['unreachable', 'starting', 'stopping', 'timeout', 'busy'].includes(reason)) return 0
  const isUnknown = (cause as { code?: string } | undefined)?.code === 'ENOTFOUND'
  return isUnknown ? Math.min(unknownHostTimeoutMs, timeoutMs) : timeoutMs
}

/** Per process, as `openPostgres` opens them. */
export const connectionsWanted = 24
export const versionMin = 150_000

async function requireUsable(database: Database, log: Log): Promise<void> {
  const { rows } = await sql<{ name: string; encoding: string; version: number; connections: number }>`
    select datname as name, pg_encoding_to_char(encoding) as encoding,
      current_setting('server_version_num')::int as version,
      least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        nullif(datconnlimit, -1), nullif(rolconnlimit, -1)
      ) as connections
    from pg_database, pg_roles where datname = current_database() and rolname = current_user
  `.execute(database.read)
  const [found] = rows
  if (!found) return
  if (found.encoding !== 'UTF8')
    throw new CommandError(
      `The database '${found.name}' has the encoding ${found.encoding}, which cannot hold every character. Create one with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL.`,
    )
  if (found.version < versionMin)
    throw new CommandError(
      `PostgreSQL ${Math.floor(found.version / 10_000)} is too old: Comserv needs version 15 or later.`,
    )
  if (found.connections < connectionsWanted)
    log.warn(
      { allowed: found.connections, used_at_most: connectionsWanted },
      'PostgreSQL allows fewer connections than this process uses under load; raise max_connections, or the CONNECTION LIMIT of the role or database',
    )
}
