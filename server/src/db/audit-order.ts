import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import { dialectOf } from './dialect.ts'
import { logOrder, settled } from './event-log.ts'

/**
 * Matches the rows of the audit log that follow the last chained one, as far as no other can still appear among them,
 * and puts them into the order of the chain. It is that of the event log, for the same reasons (event-log.ts).
 */
export function unchained(db: Db) {
  const after =
    dialectOf(db) === 'postgres'
      ? sql<SqlBool>`(xact, id) > (select last_xact, last_id from audit_chain_state)`
      : sql<SqlBool>`id > (select last_id from audit_chain_state)`
  return { after, settled: settled(db), order: logOrder(db) }
}

/** Remembers the transaction of the last chained row; nothing to do where ids are in the order of the commits. */
export async function rememberChained(db: Db, id: number): Promise<void> {
  if (dialectOf(db) !== 'postgres') return
  await sql`update audit_chain_state set last_xact = (select xact from audit_log where id = ${id})`.execute(
    db,
  )
}

/**
 * Tables loaded from a dump hold transaction numbers of the original server (`adoptRestoredLog`). Rows get numbers older
 * than any transaction, those that were chained before the others.
 */
export async function adoptRestoredAudit(db: Db): Promise<void> {
  if (dialectOf(db) !== 'postgres') return
  const { rows } = await sql`
    select 1 from audit_log where xact >= pg_snapshot_xmax(pg_current_snapshot()) limit 1
  `.execute(db)
  if (rows.length === 0) return
  await sql`
    with chained as (update audit_chain_state set last_xact = '0', last_id = (select coalesce(max(audit_id), 0) from audit_chain))
    update audit_log set xact = case
      when exists (select 1 from audit_chain where audit_id = audit_log.id) then '0'::xid8 else '1'::xid8 end
  `.execute(db)
}
