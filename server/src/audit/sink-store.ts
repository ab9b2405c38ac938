import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { StoredRow } from './chain-store.ts'

/** The last row that a sink has. */
export async function sentThrough(db: Db, target: string): Promise<number> {
  const row = await db.selectFrom('audit_sinks').select('seq').where('target', '=', target).executeTakeFirst()
  return row?.seq ?? 0
}

interface Lease {
  lease_token: string
  lease_until: string
}

/** @returns the last row that the sink has; undefined while another process feeds it */
export async function takeSink(
  db: Db,
  target: string,
  now: string,
  { lease_token, lease_until }: Lease,
): Promise<number | undefined> {
  await db
    .insertInto('audit_sinks')
    .values({ target, seq: 0, lease_token: null, lease_until: null })
    .onConflict((conflict) => conflict.column('target').doNothing())
    .execute()
  const sink = await db
    .selectFrom('audit_sinks')
    .selectAll()
    .where('target', '=', target)
    .modifyEnd(lockingRow(db))
    .executeTakeFirstOrThrow()
  const isTaken = sink.lease_token !== null && sink.lease_token !== lease_token
  if (isTaken && (sink.lease_until ?? '') > now) return undefined
  await db.updateTable('audit_sinks').set({ lease_token, lease_until }).where('target', '=', target).execute()
  return sink.seq
}

/** @returns false when another process has taken the sink meanwhile */
export async function noteSent(db: Db, target: string, seq: number, lease: Lease): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('audit_sinks')
    .set({ seq, lease_until: lease.lease_until })
    .where('target', '=', target)
    .where('lease_token', '=', lease.lease_token)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function leaveSink(db: Db, target: string, lease_token: string): Promise<void> {
  await db
    .updateTable('audit_sinks')
    .set({ lease_token: null, lease_until: null })
    .where('target', '=', target)
    .where('lease_token', '=', lease_token)
    .execute()
}

export type ChainedRow = StoredRow & { seq: number; hash: string }

/** Chained rows that still exist, in the order of the chain. */
export function listChained(db: Db, afterSeq: number, limit: number): Promise<ChainedRow[]> {
  return db
    .selectFrom('audit_chain')
    .innerJoin('audit_log', 'audit_log.id', 'audit_chain.audit_id')
    .selectAll('audit_log')
    .select(['audit_chain.seq', 'audit_chain.hash'])
    .where('audit_chain.seq', '>', afterSeq)
    .orderBy('audit_chain.seq')
    .limit(limit)
    .execute()
}
