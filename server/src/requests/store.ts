import { type Selectable, type SqlBool, sql } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import { preparedInsert } from '../db/prepared.ts'
import type { RequestsTable } from '../db/tables.ts'
import { toInstant } from '../lib/timestamps.ts'

export type RequestRow = Selectable<RequestsTable>

export interface NewRequest {
  occurredAtMs: number
  userId: number
  credentialId: number | null
  sessionId: number | null
  /** One that acts for the person. */
  applicationId: number | null
  method: string
  /** Null where none matched. */
  route: string | null
  isDeprecated: boolean
  status: number
  durationMs: number
  error: { code: string; details: string | null } | undefined
  requestId: string
  ip: string
}

export const ipContext = 'requests.ip'
export const detailsContext = 'requests.error_details'

/** The total of all rows. */
const counter = 'requests'

export async function insertRequests(trx: Transaction, requests: readonly NewRequest[]): Promise<void> {
  const rows: unknown[][] = []
  for (const request of requests) rows.push(await toRow(trx, request))
  await insertRows(trx.db, rows)
  trx.count(counter, rows.length)
}

const insertRows = preparedInsert('requests', [
  ...(['occurred_at', 'user_id', 'credential_id', 'session_id', 'application_id'] as const),
  ...(['method', 'route', 'deprecated'] as const),
  ...(['status', 'duration_ms', 'error_code', 'error_details', 'request_id', 'ip'] as const),
])

async function toRow(trx: Transaction, request: NewRequest): Promise<unknown[]> {
  const { userId, credentialId, sessionId, applicationId, method, route, error, durationMs } = request
  return [
    toInstant(request.occurredAtMs),
    userId,
    credentialId,
    sessionId,
    applicationId,
    method,
    route,
    request.isDeprecated ? 1 : 0,
    request.status,
    Math.round(durationMs * 100) / 100,
    error?.code ?? null,
    error?.details == null ? null : await trx.seal(userId, detailsContext, error.details),
    request.requestId,
    await trx.seal(userId, ipContext, request.ip),
  ]
}

export interface RequestFilter {
  user_id?: number | undefined
  credential_id?: number | undefined
  session_id?: number | undefined
  application_id?: number | undefined
  /** `program`: a credential or an application. */
  caller?: 'program' | 'credential' | 'application' | 'session' | undefined
  method?: string | undefined
  route?: string | undefined
  status?: number | undefined
  /** The first digit of the status. */
  statusClass?: number | undefined
  request_id?: string | undefined
  deprecated?: boolean | undefined
  since?: string | undefined
  /** Exclusive. */
  until?: string | undefined
}

export function listRequests(db: Db, filter: RequestFilter, slice: Slice): Promise<RequestRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('requests'), slice).selectAll().execute()
}

/** From the counter, or with a filter over its index. */
export async function countRequests(db: Db, filter: RequestFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, counter)
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findRequest(db: Db, id: number): Promise<RequestRow | undefined> {
  return db.selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst()
}

export interface DeprecatedUse {
  user_id: number
  credential_id: number | null
  method: string
  route: string
  requests: number
  last_request_at: string
}

/** Who has called which deprecated route, the latest first; people with all their sessions. */
export function listDeprecatedUses(db: Db, filter: RequestFilter, limit: number): Promise<DeprecatedUse[]> {
  const last = sql<string>`max(occurred_at)`
  return matching(db, { ...filter, deprecated: true })
    .select(['user_id', 'credential_id', 'method'])
    .select([
      sql<string>`route`.as('route'),
      sql<number>`count(*)`.as('requests'),
      last.as('last_request_at'),
    ])
    .groupBy(['user_id', 'credential_id', 'method', 'route'])
    .orderBy(last, 'desc')
    .limit(limit)
    .execute()
}

/** In words that the partial indexes are declared in: a parameter would hide from the planner what they hold. */
function matching(db: Db, { caller, statusClass, deprecated, since, until, ...equal }: RequestFilter) {
  let query = db.selectFrom('requests')
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query = query.where(column as keyof typeof equal, '=', value)
  }
  const { status, method } = equal
  if (method !== undefined && method !== 'GET') query = query.where(sql<SqlBool>`method <> 'GET'`)
  const least = Math.max(status ?? 0, (statusClass ?? 0) * 100)
  for (const from of [300, 400, 500])
    if (least >= from) query = query.where(sql<SqlBool>`status >= ${sql.lit(from)}`)
  // The plus hides the index of single statuses, whose order is another.
  if (statusClass !== undefined)
    query = query.where(sql<SqlBool>`+status between ${statusClass * 100} and ${statusClass * 100 + 99}`)
  if (caller === 'program') query = query.where('session_id', 'is', null)
  else if (caller !== undefined) query = query.where(`${caller}_id`, 'is not', null)
  if (deprecated !== undefined) query = query.where(sql<SqlBool>`deprecated = ${sql.lit(deprecated ? 1 : 0)}`)
  if (since !== undefined) query = query.where('occurred_at', '>=', since)
  if (until !== undefined) query = query.where('occurred_at', '<', until)
  return query
}

export async function hasOlder(db: Db, before: string): Promise<boolean> {
  const oldest = db.selectFrom('requests').select('id').where('occurred_at', '<', before).limit(1)
  return (await oldest.executeTakeFirst()) !== undefined
}

export async function hasMore(db: Db, rowsMax: number): Promise<boolean> {
  return (await readCount(db, counter)) > rowsMax
}

/**
 * Deletes the oldest rows: those from before an instant, or as many as there are too many.
 * @returns how many, at most `limit`
 */
export async function deleteOldest(
  trx: Transaction,
  { before, rowsMax }: { before?: string; rowsMax?: number },
  limit: number,
): Promise<number> {
  const beyond = rowsMax === undefined ? limit : (await readCount(trx.db, counter)) - rowsMax
  if (beyond <= 0) return 0
  let oldest = trx.db.selectFrom('requests').select('id')
  if (before !== undefined) oldest = oldest.where('occurred_at', '<', before)
  const ids = oldest
    .orderBy('occurred_at')
    .orderBy('id')
    .limit(Math.min(beyond, limit))
    .modifyEnd(skippingLocked(trx.db))
  const { numDeletedRows } = await trx.db
    .deleteFrom('requests')
    .where(sql<SqlBool>`id in (${ids})`)
    .executeTakeFirstOrThrow()
  const deleted = Number(numDeletedRows)
  trx.count(counter, -deleted)
  return deleted
}
