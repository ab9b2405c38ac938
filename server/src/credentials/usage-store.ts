import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'

/** What one credential was used for within one hour, since the last batch was written. */
export interface UsageCount {
  credentialId: number
  /** The beginning of the hour, in milliseconds since the Unix epoch. */
  hourMs: number
  requests: number
  /** Answers of 400 and above, those of 429 among them. */
  errors: number
  rateLimited: number
  lastUsedAtMs: number
  lastUsedIp: string
}

export interface UsageRow {
  startMs: number
  requests: number
  errors: number
  rateLimited: number
}

/**
 * Adds a batch to the rows, in one statement: several processes may count for the same credential and hour.
 * @param counts one for each credential and hour
 */
export async function addUsage(db: Db, counts: readonly UsageCount[]): Promise<void> {
  // In the same order everywhere, so that two processes do not wait for each other.
  const ordered = counts.toSorted((a, b) => a.credentialId - b.credentialId || a.hourMs - b.hourMs)
  await db
    .insertInto('credential_usage')
    .values(
      ordered.map(({ credentialId, hourMs, requests, errors, rateLimited }) => ({
        credential_id: credentialId,
        hour: toTimestamp(hourMs),
        requests,
        errors,
        rate_limited: rateLimited,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['credential_id', 'hour']).doUpdateSet({
        requests: sql`credential_usage.requests + excluded.requests`,
        errors: sql`credential_usage.errors + excluded.errors`,
        rate_limited: sql`credential_usage.rate_limited + excluded.rate_limited`,
      }),
    )
    .execute()
  await noteLastUse(db, ordered)
}

/** Never back in time: another process may have written a later use. */
async function noteLastUse(db: Db, ordered: readonly UsageCount[]): Promise<void> {
  // The last of a credential's hours is its latest.
  const latest = new Map(ordered.map((count) => [count.credentialId, count]))
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

/**
 * The sums of each hour or day in which the credential was used, in order.
 * @param until not included
 */
export async function readUsage(
  db: Db,
  credentialId: number,
  per: 'hour' | 'day',
  since: string,
  until: string,
): Promise<UsageRow[]> {
  // Of `2026-01-15T08:00:00Z`: up to the hour, or the day alone.
  const start = sql<string>`substr(hour, 1, ${sql.lit(per === 'hour' ? 13 : 10)})`
  const rows = await db
    .selectFrom('credential_usage')
    .select([start.as('start')])
    .select((eb) => [
      eb.fn.sum<number>('requests').as('requests'),
      eb.fn.sum<number>('errors').as('errors'),
      eb.fn.sum<number>('rate_limited').as('rateLimited'),
    ])
    .where('credential_id', '=', credentialId)
    .where('hour', '>=', since)
    .where('hour', '<', until)
    .groupBy(start)
    .execute()
  return rows.map(({ start, ...sums }) => ({
    startMs: fromTimestamp(per === 'hour' ? `${start}:00:00Z` : `${start}T00:00:00Z`),
    ...sums,
  }))
}

/** @returns how many rows were deleted; at most `limit`, so that one pass never holds the database for long */
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
