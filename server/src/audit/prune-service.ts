import { unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { chainHash } from './chain.ts'
import * as store from './chain-store.ts'
import { recordAudit } from './record.ts'
import { sentThrough } from './sink-store.ts'

export const pruneAction = 'audit_log.prune'
const actor = unlimitedActor({ type: 'system', name: 'audit log' }, 0)

/**
 * Deletes chained rows that are older than the retention, from the start of the chain. The last one leaves its hash
 * behind as the anchor, from which the rest still verifies, and a row says which it was. Rows that do not match their
 * hash stay, as evidence, and so do rows that the sink does not have yet.
 */
export function auditPruning(context: Context): Task[] {
  const { auditRetentionDays, auditSink } = context.config
  if (auditRetentionDays === undefined) return []
  const due = async (db: Db, dueMs: number, limit: number) => {
    const through = auditSink ? await sentThrough(db, auditSink.target) : Number.MAX_SAFE_INTEGER
    return prunable(db, toTimestamp(dueMs), through, limit)
  }
  const task = dueTask(context, 'prune the audit log', hourMs, {
    keptMs: auditRetentionDays * dayMs,
    isDue: async (db, dueMs) => (await due(db, dueMs, 1)).links.length > 0,
    async run(trx, dueMs, limit) {
      if (!(await store.takeState(trx.db))) return 0
      const { links, broken } = await due(trx.db, dueMs, limit)
      if (broken !== undefined)
        context.log.error({ row: broken }, 'the audit log was changed; it is pruned no further than this row')
      await prune(trx, links, toTimestamp(context.clock.now()))
      return links.length
    },
  })
  return [task]
}

async function prune(trx: Transaction, links: readonly store.Link[], now: string): Promise<void> {
  const last = links.at(-1)
  if (!last) return
  await store.deleteLinked(trx.db, links)
  trx.count('audit_log', -links.length)
  const after = { seq: last.seq, hash: last.hash, rows: links.length }
  await recordAudit(trx, actor, now, { action: pruneAction, targetId: null, before: null, after })
}

async function prunable(
  db: Db,
  before: string,
  throughSeq: number,
  limit: number,
): Promise<{ links: store.Link[]; broken?: number }> {
  const { anchor_seq, anchor_hash } = await store.readState(db)
  const links: store.Link[] = []
  let hash = anchor_hash
  for (const row of await store.listLinked(db, anchor_seq, throughSeq, limit)) {
    if (row.id !== null && row.occurred_at >= before) break
    const isWhole = row.seq === anchor_seq + links.length + 1 && row.id !== null
    if (!isWhole || chainHash(hash, row) !== row.hash) return { links, broken: row.seq }
    hash = row.hash
    links.push({ seq: row.seq, audit_id: row.audit_id, hash })
  }
  return { links }
}
