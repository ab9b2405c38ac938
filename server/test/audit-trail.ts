import type { Json, TestServer } from './harness.ts'

export interface AuditRow {
  actor: string
  action: string
  targetId: number | null
  ip: string | null
  requestId: string | null
  before: Json
  after: Json
}

/** @returns a function that answers the rows of the audit log since it was last called, in order */
export function auditTrail({ context }: TestServer): () => Promise<AuditRow[]> {
  let seen = 0
  return async () => {
    const rows = await context.database.read
      .selectFrom('audit_log')
      .selectAll()
      .where('id', '>', seen)
      .orderBy('id')
      .execute()
    seen = rows.at(-1)?.id ?? seen
    return rows.map((row) => ({
      actor: `${row.actor_type} ${row.actor_name}`,
      action: row.action,
      targetId: row.target_id,
      ip: row.ip,
      requestId: row.request_id,
      before: row.before && JSON.parse(row.before),
      after: row.after && JSON.parse(row.after),
    }))
  }
}
