import { sql } from 'kysely'
import type { Db } from '../src/db/database.ts'
import { postgresUrl } from './fresh-database.ts'
import { until } from './until.ts'

/**
 * Until the event log shows all that is in it. On PostgreSQL an event appears only when every older transaction of the
 * whole server has ended (src/db/event-log.ts), and other suites write to other databases of the same server.
 */
export async function logSettled(db: Db): Promise<void> {
  if (postgresUrl === undefined) return
  const hidden = sql`
    select 1 from events where xact >= pg_snapshot_xmin(pg_current_snapshot())
    limit 1`
  await until('older transactions to end', async () =>
    (await hidden.execute(db)).rows.length === 0 ? true : undefined,
  )
}
