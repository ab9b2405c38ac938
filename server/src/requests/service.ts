import type { Actor } from '../access/caller.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Opener } from '../db/subjects.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, fromTimestamp, minuteMs, secondMs, toInstant, toWholeSeconds } from '../lib/timestamps.ts'
import type { DeprecatedUse, DeprecatedUsesQuery, LoggedRequest, RequestListQuery } from './schema.ts'
import * as store from './store.ts'

const deprecatedUsesMax = 1_000

/**
 * What a caller sees: administrators all requests, others those of their own credentials and sessions. A credential does
 * not see the sessions of its owner: where a person signs in from is not for a program to read.
 */
function visibleTo(actor: Actor): store.RequestFilter {
  if (actor.scopes.has('admin')) return {}
  return { user_id: actor.userId, ...(actor.type === 'credential' ? { caller: 'credential' } : {}) }
}

/** Through the connection for searches: a rare combination of filters walks an index for as long as the log is. */
export async function listRequests(
  { database }: Context,
  actor: Actor,
  query: RequestListQuery,
  request: ListRequest,
): Promise<Listing<LoggedRequest>> {
  const visible = visibleTo(actor)
  // None, as of a user who does not exist.
  if (!isWithin(query, visible)) return listing(request, [], 0, (row: LoggedRequest) => row)
  const filter = { ...filterOf(query), ...visible }
  const reader = database.search()
  const [rows, total] = await Promise.all([
    store.listRequests(reader, filter, request.slice),
    store.countRequests(reader, filter),
  ])
  const open = await openerOf(database, rows)
  return listing(request, rows, total, (row) => toRequest(row, open))
}

/** Whether a caller may see any of the requests that a query names: those of a user, and those of sessions. */
function isWithin(wanted: RequestListQuery, visible: store.RequestFilter): boolean {
  const isSame = (one: unknown, other: unknown) => one === undefined || other === undefined || one === other
  const isOfCaller = wanted.caller === 'program' || isSame(wanted.caller, visible.caller)
  return isSame(wanted.user_id, visible.user_id) && isOfCaller
}

export async function getRequest(
  { database }: Context,
  actor: Actor,
  id: number,
): Promise<Tagged<LoggedRequest>> {
  const row = await store.findRequest(database.read, id)
  const { user_id, caller } = visibleTo(actor)
  const isVisible =
    row &&
    (user_id === undefined || user_id === row.user_id) &&
    !(caller === 'credential' && row.credential_id === null)
  if (!isVisible) throw notFound('request', id)
  const resource = toRequest(row, await openerOf(database, [row]))
  // An erasure changes the representation.
  return { etag: etagOf('request', id, resource.ip === null ? 0 : 1), resource }
}

export async function deprecatedUses(
  { database }: Context,
  actor: Actor,
  query: DeprecatedUsesQuery,
): Promise<DeprecatedUse[]> {
  const filter = { ...spanOf(query), ...visibleTo(actor) }
  const rows = await store.listDeprecatedUses(database.search(), filter, deprecatedUsesMax)
  return rows.map(({ method, last_request_at, ...use }) => ({
    ...use,
    method: method as DeprecatedUse['method'],
    last_request_at: toWholeSeconds(last_request_at),
  }))
}

function filterOf(query: RequestListQuery): store.RequestFilter {
  const { page, limit, cursor, sort, status_class, since, until, ...filter } = query
  return {
    ...filter,
    ...spanOf(query),
    ...(status_class === undefined ? {} : { statusClass: Number(status_class[0]) }),
  }
}

function spanOf({ since, until }: DeprecatedUsesQuery): Pick<store.RequestFilter, 'since' | 'until'> {
  return {
    ...(since === undefined ? {} : { since: toInstant(fromTimestamp(since)) }),
    ...(until === undefined ? {} : { until: toInstant(fromTimestamp(until)) }),
  }
}

export function openerOf({ subjects, read }: Database, rows: readonly store.RequestRow[]): Promise<Opener> {
  return subjects.opener(
    read,
    rows.flatMap(({ ip, error_details }) => [ip, error_details]),
  )
}

export function toRequest(row: store.RequestRow, open: Opener): LoggedRequest {
  const { error_code, error_details, deprecated, method, ip, occurred_at, ...shown } = row
  const details = open(error_details, store.detailsContext)
  return {
    ...shown,
    occurred_at: toWholeSeconds(occurred_at),
    method: method as LoggedRequest['method'],
    deprecated: deprecated === 1,
    error: error_code === null ? null : { code: error_code, details },
    ip: open(ip, store.ipContext),
  }
}

export function requestWriting({ requestLog }: Context): Task {
  return { name: 'write down requests', everyMs: secondMs / 10, run: () => requestLog.write() }
}

/** What is too old, then what is too much. */
export function requestPruning(context: Context): Task {
  const { days, rowsMax } = context.config.requestLog
  const few = { atOnce: 200 }
  return dueTask(
    context,
    'prune old requests',
    minuteMs / 6,
    {
      ...few,
      keptMs: days * dayMs,
      isDue: (db, dueMs) => store.hasOlder(db, toInstant(dueMs)),
      run: (trx, dueMs, limit) => store.deleteOldest(trx, { before: toInstant(dueMs) }, limit),
    },
    {
      ...few,
      isDue: (db) => store.hasMore(db, rowsMax),
      run: (trx, _, limit) => store.deleteOldest(trx, { rowsMax }, limit),
    },
  )
}
