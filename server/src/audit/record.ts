import type { Insertable } from 'kysely'
import type { ActorName } from '../access/caller.ts'
import type { Transaction } from '../db/database.ts'
import { prepared } from '../db/prepared.ts'
import type { ChangedSubjects } from '../db/subjects.ts'
import type { AuditLogTable } from '../db/tables.ts'
import { actorSubject, targetSubject } from './subjects.ts'

export interface AuditEntry {
  /** `target.action`. */
  action: string
  /** Null when the target has no numeric id. */
  targetId: number | null
  /** The public representation without secrets; null when the target did not or does not exist. */
  before: object | null
  after: object | null
  /** The views show nothing of a person, and have to outlast an erasure: they are not sealed. */
  isPlain?: boolean
  /** The people whom the views are about, where the target does not say it. */
  subjects?: ChangedSubjects
}

/** Writes an audit row in the transaction of the change. */
export async function recordAudit(
  trx: Transaction,
  actor: ActorName,
  at: string,
  entry: AuditEntry,
): Promise<void> {
  const targetType = entry.action.slice(0, entry.action.lastIndexOf('.'))
  const row = {
    occurred_at: at,
    actor_type: actor.type,
    actor_id: actor.id,
    actor_name: actor.name,
    action: entry.action,
    target_type: targetType,
    target_id: entry.targetId,
    ip: actor.ip,
    request_id: actor.requestId,
    before: entry.before && JSON.stringify(entry.before),
    after: entry.after && JSON.stringify(entry.after),
  }
  const who = actorSubject(row, actor.userId)
  const subjectOf = (view: 'before' | 'after') =>
    entry.isPlain ? null : (entry.subjects?.[view] ?? targetSubject(row, entry[view]))
  await insertEntry(trx.db, {
    ...row,
    actor_name: await trx.seal(who, 'audit_log.actor_name', row.actor_name),
    ip: await trx.seal(who, 'audit_log.ip', row.ip),
    before: await trx.seal(subjectOf('before'), 'audit_log.before', row.before),
    after: await trx.seal(subjectOf('after'), 'audit_log.after', row.after),
  })
  trx.count('audit_log', 1)
}

const insertEntry = prepared((db, row: Insertable<AuditLogTable>) => db.insertInto('audit_log').values(row))
