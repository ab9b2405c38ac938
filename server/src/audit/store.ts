import type { Selectable } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { AuditLogTable } from '../db/tables.ts'

export type AuditRow = Selectable<AuditLogTable>

export interface AuditFilter {
  actor_type?: string
  /** Requires `actor_type`: ids of different types belong to different actors. */
  actor_id?: number
  action?: string
  /** Requires `target_id`. */
  target_type?: string
  target_id?: number
  since?: string
  /** Exclusive. */
  until?: string
}

export function listAudit(db: Db, filter: AuditFilter, slice: Slice): Promise<AuditRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('audit_log'), slice).selectAll().execute()
}

/** From the counter, or with a filter over its own index. */
export async function countAudit(db: Db, filter: AuditFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, 'audit_log')
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

function matching(db: Db, { since, until, ...equal }: AuditFilter) {
  let query = db.selectFrom('audit_log')
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query = query.where(column as keyof typeof equal, '=', value)
  }
  if (since !== undefined) query = query.where('occurred_at', '>=', since)
  if (until !== undefined) query = query.where('occurred_at', '<', until)
  return query
}
