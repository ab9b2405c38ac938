import type { Json, TestServer } from './harness.ts'
import { openedAudit, openedEvents } from './opened-logs.ts'

export interface Event {
  type: string
  resourceId: number | null
  data: Json
}

export interface AuditRow {
  actor: string
  action: string
  targetId: number | null
  ip: string | null
  requestId: string | null
  before: Json
  after: Json
}

/** What a change leaves behind in its transaction. */
export interface LeftBehind {
  events: Event[]
  audit: AuditRow[]
}

/** @returns a function that tells what was left behind since it was last called, in order */
export function leftBehind({ context }: TestServer): () => Promise<LeftBehind> {
  const { database } = context
  const { read } = database
  const seen = { event: 0, audit: 0 }
  return async () => {
    const [events, audit] = await Promise.all([
      read.selectFrom('events').selectAll().where('id', '>', seen.event).orderBy('id').execute(),
      read.selectFrom('audit_log').selectAll().where('id', '>', seen.audit).orderBy('id').execute(),
    ])
    seen.event = events.at(-1)?.id ?? seen.event
    seen.audit = audit.at(-1)?.id ?? seen.audit
    return {
      events: (await openedEvents(database, events)).map(({ type, resource_id, body }) => ({
        type,
        resourceId: resource_id,
        data: JSON.parse(body).data,
      })),
      audit: (await openedAudit(database, audit)).map((row) => ({
        actor: `${row.actor_type} ${row.actor_name}`,
        action: row.action,
        targetId: row.target_id,
        ip: row.ip,
        requestId: row.request_id,
        before: row.before && JSON.parse(row.before),
        after: row.after && JSON.parse(row.after),
      })),
    }
  }
}

/** @returns a function that tells the rows of the audit log since it was last called, in order */
export function auditTrail(server: TestServer): () => Promise<AuditRow[]> {
  const newOnes = leftBehind(server)
  return async () => (await newOnes()).audit
}
