import { sql } from 'kysely'
import { driver } from '../lib/loading.ts'
import type { Db } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { LastWrite } from './last-write.ts'

/**
 * Whether changes can be written now. Until a change has failed, a query that reads nothing tells; after that, a trial
 * is written until it succeeds, because only a write notices free space, and nobody else may be writing.
 * @throws DatabaseUnavailable
 */
export async function probePostgres(db: Db, lastWrite: LastWrite): Promise<void> {
  const { rows } = await sql<{ is_read_only: boolean }>`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only
  `.execute(db)
  if (rows[0]?.is_read_only) throw new DatabaseUnavailable('read_only')
  if (!lastWrite.failure) return
  await writeForTrial(db)
  lastWrite.provenPossible()
}

/**
 * Writes 1 MiB where the tables are, more than a full disk has room for (a small change may fit on existing pages),
 * commits, and leaves nothing. A temporary table would need the privilege TEMPORARY and may lie on another disk.
 */
async function writeForTrial(db: Db): Promise<void> {
  try {
    await db.transaction().execute(async (trx) => {
      await sql`
        insert into write_trial (filler)
        select string_agg(md5(n::text || random()::text), '') from generate_series(1, 32768) as n
      `.execute(trx)
      await sql`delete from write_trial`.execute(trx)
    })
  } catch (error) {
    // This role has no access to the table: the next change will tell.
    const isForbidden = error instanceof driver().DatabaseError && error.code === insufficientPrivilege
    if (!isForbidden) throw error
  }
}

const insufficientPrivilege = '42501'
