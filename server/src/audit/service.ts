import { invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { fromTimestamp, secondMs, toTimestamp } from '../lib/timestamps.ts'
import type { AuditListQuery, AuditRecord } from './schema.ts'
import * as store from './store.ts'

export async function listAudit(
  { database }: Context,
  query: AuditListQuery,
  request: ListRequest,
): Promise<Listing<AuditRecord>> {
  const filter = filterOf(query)
  const [rows, total] = await Promise.all([
    store.listAudit(database.read, filter, request.slice),
    store.countAudit(database.read, filter),
  ])
  return listing(request, rows, total, toRecord)
}

export function outsideWriting({ audit }: Context): Task {
  return { name: 'write down refusals', everyMs: secondMs, run: () => audit.flush() }
}

function filterOf({ page, limit, cursor, sort, since, until, ...filter }: AuditListQuery): store.AuditFilter {
  if (filter.actor_id !== undefined && filter.actor_type === undefined)
    throw invalidRequest("The 'actor_id' query parameter requires 'actor_type'.")
  if ((filter.target_id === undefined) !== (filter.target_type === undefined))
    throw invalidRequest("The 'target_type' and 'target_id' query parameters belong together; send both.")
  return {
    ...filter,
    ...(since === undefined ? {} : { since: inUtc(since) }),
    ...(until === undefined ? {} : { until: inUtc(until) }),
  }
}

function inUtc(timestamp: string): string {
  return toTimestamp(fromTimestamp(timestamp))
}

function toRecord(row: store.AuditRow): AuditRecord {
  return {
    id: row.id,
    occurred_at: row.occurred_at,
    actor: { type: row.actor_type as AuditRecord['actor']['type'], id: row.actor_id, name: row.actor_name },
    action: row.action as AuditRecord['action'],
    target: { type: row.target_type, id: row.target_id },
    ip: row.ip,
    request_id: row.request_id,
    before: row.before === null ? null : JSON.parse(row.before),
    after: row.after === null ? null : JSON.parse(row.after),
  }
}
