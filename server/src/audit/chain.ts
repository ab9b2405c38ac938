import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { secondMs, toTimestamp } from '../lib/timestamps.ts'
import * as store from './chain-store.ts'

/** The hash before the first row. */
export const genesisHash = '0'.repeat(64)

/**
 * The hash of a row in the chain: SHA-256 over the hash of the row before it, a line feed, and the stored columns as a
 * JSON array in this order. It covers what is stored, sealed values as they are: erasing the key of a person changes no
 * row.
 */
export function chainHash(previous: string, row: store.StoredRow): string {
  const columns = [
    row.id,
    row.occurred_at,
    row.actor_type,
    row.actor_id,
    row.actor_name,
    row.action,
    row.target_type,
    row.target_id,
    row.ip,
    row.request_id,
    row.before,
    row.after,
  ]
  return createHash('sha256')
    .update(`${previous}\n${JSON.stringify(columns)}`)
    .digest('hex')
}

/**
 * Chains new rows of the audit log, after their commits: a writer waits for nobody. One process works at a time, by the
 * lock on the state; the others skip.
 */
export function auditChaining(context: Context): Task {
  return dueTask(context, 'chain the audit log', secondMs, {
    atOnce: 500,
    isDue: (db) => store.hasUnchained(db),
    run: (trx, nowMs, limit) => chainNext(trx, toTimestamp(nowMs), limit),
  })
}

/** Chains all rows that are left. @param trx in which nobody else can write to the log */
export async function chainRest({ db }: Pick<Transaction, 'db'>, now: string): Promise<void> {
  while ((await chainNext({ db }, now, 500, { isClosed: true })) > 0);
}

/** @returns how many rows were chained */
async function chainNext(
  { db }: Pick<Transaction, 'db'>,
  now: string,
  limit: number,
  { isClosed = false } = {},
): Promise<number> {
  const state = await store.takeState(db)
  if (!state) return 0
  const rows = await store.listUnchained(db, limit, { isClosed })
  let { seq, hash } = state
  const links = rows.map((row) => {
    hash = chainHash(hash, row)
    return { seq: ++seq, audit_id: row.id, hash }
  })
  await store.appendLinks(db, links, now)
  return links.length
}
