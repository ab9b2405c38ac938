import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { type Period, periodOf, startOfPeriod } from '../db/period.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'

/** The usage of a credential within one minute, since the last batch was written. */
export interface UsageCount {
  credentialId: number
  ownerId: number
  /** The start of the minute, in milliseconds since the Unix epoch. */
  startMs: number
  requests: number
  /** Responses with a status of 400 or above, including 429. */
  errors: number
  rateLimited: number
  lastUsedAtMs: number
  lastUsedIp: string
}

/** Stands for all owners together. */
const everybody = 0

/**
 * Adds a batch to the rows of its credentials, and to the totals, as other processes do at the same time.
 * @param counts one for each credential and minute
 */
export async function addUsage(db: Db, counts: readonly UsageCount[]): Promise<void> {
  await addToCredentials(db, counts)
  await addToTotals(db, counts)
  await noteLastUse(db, counts)
}

async function addToCredentials(db: Db, counts: readonly UsageCount[]): Promise<void> {
  const rows = summed(counts, ({ credentialId, startMs }) => [
    { credential_id: credentialId, hour: hourOf(startMs) },
  ])
  await db
    .insertInto('credential_usage')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['credential_id', 'hour']).doUpdateSet(added('credential_usage')),
    )
    .execute()
}

async function addToTotals(db: Db, counts: readonly UsageCount[]): Promise<void> {
  const rows = summed(counts, ({ ownerId, startMs }) =>
    [everybody, ownerId].flatMap((owner_id) => [
      { owner_id, per: 'minute' as const, start: toTimestamp(startMs) },
      { owner_id, per: 'hour' as const, start: hourOf(startMs) },
    ]),
  )
  await db
    .insertInto('usage_totals')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['owner_id', 'per', 'start']).doUpdateSet(added('usage_totals')),
    )
    .execute()
}

/** One row per key, in the same order in every process, so that two of them cannot deadlock. */
function summed<Place extends object>(
  counts: readonly UsageCount[],
  placesOf: (count: UsageCount) => Place[],
) {
  const rows = new Map<string, Place & Sums>()
  for (const count of counts) {
    for (const place of placesOf(count)) {
      const name = JSON.stringify(place)
      const row = rows.get(name) ?? { ...place, requests: 0, errors: 0, rate_limited: 0 }
      row.requests += count.requests
      row.errors += count.errors
      row.rate_limited += count.rateLimited
      rows.set(name, row)
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function added(table: 'credential_usage' | 'usage_totals') {
  const sum = (column: keyof Sums) =>
    sql<number>`${sql.ref(`${table}.${column}`)} + ${sql.ref(`excluded.${column}`)}`
  return { requests: sum('requests'), errors: sum('errors'), rate_limited: sum('rate_limited') }
}

function hourOf(startMs: number): string {
  return toTimestamp(startMs - (startMs % hourMs))
}

/** Never moves back: another process may have written a later use. */
async function noteLastUse(db: Db, counts: readonly UsageCount[]): Promise<void> {
  const inTime = counts.toSorted((a, b) => a.credentialId - b.credentialId || a.startMs - b.startMs)
  // The last minute of a credential is its latest use.
  const latest = new Map(inTime.map((count) => [count.credentialId, count]))
  const rows = [...latest.values()].map(
    ({ credentialId, lastUsedAtMs, lastUsedIp }) =>
      sql`(${credentialId}, ${toTimestamp(lastUsedAtMs)}, ${lastUsedIp})`,
  )
  await sql`
    update credentials set last_used_at = used.column2, last_used_ip = used.column3
    from (values ${sql.join(rows)}) as used
    where id = cast(used.column1 as bigint) and (last_used_at is null or last_used_at <= used.column2)
  `.execute(db)
}

export interface Sums {
  requests: number
  errors: number
  rate_limited: number
}

export interface UsageRow {
  startMs: number
  counts: Sums
}

/**
 * The sums of each hour or day in which the credential was used.
 * @param until exclusive
 */
export async function readUsage(
  db: Db,
  credentialId: number,
  per: 'hour' | 'day',
  since: string,
  until: string,
): Promise<UsageRow[]> {
  const period = periodOf('hour', per)
  const rows = await db
    .selectFrom('credential_usage')
    .select([period.as('period'), ...sums])
    .where('credential_id', '=', credentialId)
    .where('hour', '>=', since)
    .where('hour', '<', until)
    .groupBy(period)
    .execute()
  return rows.map(toUsageRow)
}

/** The same for all credentials of an owner, or of everybody; reads one row per minute or hour of the span. */
export async function readTotalUsage(
  db: Db,
  ownerId: number | undefined,
  per: Period,
  since: string,
  until: string,
): Promise<UsageRow[]> {
  const period = periodOf('start', per)
  const rows = await db
    .selectFrom('usage_totals')
    .select([period.as('period'), ...sums])
    .where('owner_id', '=', ownerId ?? everybody)
    .where('per', '=', per === 'minute' ? 'minute' : 'hour')
    .where('start', '>=', since)
    .where('start', '<', until)
    .groupBy(period)
    .execute()
  return rows.map(toUsageRow)
}

const sums = [
  sql<number>`sum(requests)`.as('requests'),
  sql<number>`sum(errors)`.as('errors'),
  sql<number>`sum(rate_limited)`.as('rate_limited'),
] as const

function toUsageRow({ period, ...counts }: Sums & { period: string }): UsageRow {
  return { startMs: startOfPeriod(period), counts }
}

/** @returns the number of deleted rows, at most `limit`, so that one pass never blocks the database for long */
export async function deleteUsage(db: Db, before: string, limit: number): Promise<number> {
  const old = db
    .selectFrom('credential_usage')
    .select(['credential_id', 'hour'])
    .where('hour', '<', before)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('credential_usage')
    .where(sql<SqlBool>`(credential_id, hour) in ${old}`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Like `deleteUsage`, for the totals by minute or hour. */
export async function deleteTotals(
  db: Db,
  per: 'minute' | 'hour',
  before: string,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('usage_totals')
    .select(['owner_id', 'per', 'start'])
    .where('per', '=', per)
    .where('start', '<', before)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('usage_totals')
    .where(sql<SqlBool>`(owner_id, per, start) in ${old}`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
