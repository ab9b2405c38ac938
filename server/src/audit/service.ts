import type { Actor } from '../access/caller.ts'
import { narrowsReading, rulesInWords } from '../access/rules.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import type { Opener } from '../db/subjects.ts'
import type { Task } from '../lib/background.ts'
import { fromTimestamp, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { type Link, linksOf, readState } from './chain-store.ts'
import type { AuditHead, AuditListQuery, AuditQuery, AuditRecord } from './schema.ts'
import * as store from './store.ts'
import { sealedColumns } from './subjects.ts'

/** In the place of the name of a person who was erased. */
const erasedName = 'erased'

const exportedAtOnce = 200

/**
 * The log names documents in what it records of users, deliveries, exports and rules as well: a part of it that fits some
 * rules could not be told from the rest.
 * @throws AppError permission_denied
 */
function requireWhole({ reach }: Actor): void {
  const narrowing = narrowsReading(reach.documents)
  if (!narrowing) return
  throw new AppError(
    'permission_denied',
    `The audit log is about all documents, and the ${narrowing.by} '${narrowing.name}' reads ${rulesInWords(narrowing, 'documents:read')}. It needs a caller without such rules.`,
    { message: 'Insufficient permissions' },
  )
}

export async function listAudit(
  { database }: Context,
  actor: Actor,
  query: AuditListQuery,
  request: ListRequest,
): Promise<Listing<AuditRecord>> {
  requireWhole(actor)
  const filter = filterOf(query)
  const [rows, total] = await Promise.all([
    store.listAudit(database.read, filter, request.slice),
    store.countAudit(database.read, filter),
  ])
  const { data, ...rest } = listing(request, rows, total, (row) => row)
  return { ...rest, data: await withChain(database, data) }
}

/** Opens what is sealed in these rows. */
export function openerOf({ subjects, read }: Database, rows: readonly store.AuditRow[]): Promise<Opener> {
  return subjects.opener(
    read,
    rows.flatMap((row) => sealedColumns.map((column) => row[column])),
  )
}

/** Every row that matches the filter, oldest first. */
export function exportAudit(
  { database }: Context,
  actor: Actor,
  query: AuditQuery,
): AsyncGenerator<AuditRecord[]> {
  requireWhole(actor)
  return exported(database, filterOf(query))
}

async function* exported(database: Database, filter: store.AuditFilter): AsyncGenerator<AuditRecord[]> {
  const order = { column: 'occurred_at', direction: 'asc' } as const
  for (let last: store.AuditRow | undefined; ; ) {
    const after = last ? { afterValue: last.occurred_at, afterId: last.id } : {}
    const rows = await store.listAudit(database.read, filter, { order, limit: exportedAtOnce, ...after })
    if (rows.length > 0) yield await withChain(database, rows)
    last = rows.at(-1)
    if (rows.length < exportedAtOnce) return
  }
}

export async function auditHead({ database }: Context, actor: Actor): Promise<AuditHead> {
  requireWhole(actor)
  const { seq, hash, chained_at, anchor_seq, anchor_hash } = await readState(database.read)
  return { seq, hash, chained_at, anchor_seq, anchor_hash }
}

async function withChain(database: Database, rows: readonly store.AuditRow[]): Promise<AuditRecord[]> {
  const ids = rows.map(({ id }) => id)
  const [open, links] = await Promise.all([openerOf(database, rows), linksOf(database.read, ids)])
  return rows.map((row) => ({ ...toRecord(row, open), ...chained(links.get(row.id)) }))
}

const chained = (link: Link | undefined) => ({
  chain_seq: link?.seq ?? null,
  chain_hash: link?.hash ?? null,
})

export function outsideWriting({ audit }: Context): Task {
  return { name: 'write down refusals', everyMs: secondMs, run: () => audit.flush() }
}

function filterOf(query: AuditListQuery & AuditQuery): store.AuditFilter {
  const { page, limit, cursor, sort, format, formulas, since, until, ...filter } = query
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

/** As the API shows it, without its place in the chain. */
export function toRecord(row: store.AuditRow, open: Opener): Omit<AuditRecord, 'chain_seq' | 'chain_hash'> {
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
