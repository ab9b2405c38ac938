import { invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import type { Opener } from '../db/subjects.ts'
import type { Task } from '../lib/background.ts'
import { fromTimestamp, secondMs, toTimestamp } from '../lib/timestamps.ts'
import type { AuditListQuery, AuditRecord } from './schema.ts'
import * as store from './store.ts'
import { sealedColumns } from './subjects.ts'

/** In the place of the name of a person who was erased. */
const erasedName = 'erased'

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
  const open = await openerOf(database, rows)
  return listing(request, rows, total, (row) => toRecord(row, open))
}

/** Opens what is sealed in these rows. */
export function openerOf({ subjects, read }: Database, rows: readonly store.AuditRow[]): Promise<Opener> {
  return subjects.opener(
    read,
    rows.flatMap((row) => sealedColumns.map((column) => row[column])),
  )
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

export function toRecord(row: store.AuditRow, open: Opener): AuditRecord {
  const [name, ip, before, after] = sealedColumns.map((column) => open(row[column], `audit_log.${column}`))
  return {
    id: row.id,
    occurred_at: row.occurred_at,
    actor: {
      type: row.actor_type as AuditRecord['actor']['type'],
      id: row.actor_id,
      name: name ?? erasedName,
    },
    action: row.action as AuditRecord['action'],
    target: { type: row.target_type, id: row.target_id },
    ip: ip ?? null,
    request_id: row.request_id,
    before: before ? JSON.parse(before) : null,
    after: after ? JSON.parse(after) : null,
  }
}
