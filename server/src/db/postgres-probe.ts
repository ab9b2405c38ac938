import { sql } from 'kysely'
import type { Db } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { LastWrite } from './last-write.ts'

/** Whether changes could be written now. @throws DatabaseUnavailable */
export async function probePostgres(db: Db, lastWrite: LastWrite): Promise<void> {
  const { rows } = await sql<{ is_read_only: boolean }>`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only
  `.execute(db)
  if (rows[0]?.is_read_only) throw new DatabaseUnavailable('read_only')
  if (lastWrite.failure) {
    await writeForTrial(db)
    lastWrite.succeeded()
  }
}

/** Takes more room than a small change, which may find some on pages that are there already; nothing of it stays. */
async function writeForTrial(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      create temporary table comserv_probe on commit drop as
        select n, md5(n::text || random()::text) as filler from generate_series(1, 20000) as n
    `.execute(trx)
  })
}
