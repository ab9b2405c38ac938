import type { Context } from '../context.ts'
import type { Actor } from '../http/caller.ts'
import { invalidRequest } from '../http/errors.ts'
import { dayMs, fromTimestamp, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { getCredential } from './service.ts'
import type { CredentialUsage, UsageQuery } from './usage-schema.ts'
import { readUsage, type UsageRow } from './usage-store.ts'

const periods = {
  hour: { ms: hourMs, usual: 24, max: 31 * 24 },
  day: { ms: dayMs, usual: 30, max: 366 },
}

/** The end of the years that a timestamp can name. */
const lastMs = Date.UTC(9999, 11, 31)

/** What a credential was used for, with a row for each hour or day of the span, also where there was nothing. */
export async function credentialUsage(
  context: Context,
  actor: Actor,
  id: number,
  query: UsageQuery,
): Promise<CredentialUsage> {
  const { per = 'hour' } = query
  const { sinceMs, untilMs } = spanOf(per, query, context.clock.now())
  await getCredential(context, actor, id)
  const [since, until] = [toTimestamp(sinceMs), toTimestamp(untilMs)]
  const rows = await readUsage(context.database.read, id, per, since, until)
  const used = new Map(rows.map((row) => [row.startMs, row]))
  const { ms } = periods[per]
  const data = Array.from({ length: (untilMs - sinceMs) / ms }, (_, i) => {
    const startMs = sinceMs + i * ms
    return { start: toTimestamp(startMs), ...countsOf(used.get(startMs)) }
  })
  return { credential_id: id, per, since, until, totals: countsOf(sumOf(rows)), data }
}

/** Whole hours or days: the first is the one that `since` lies in, the last the one that `until` ends or lies in. */
function spanOf(per: 'hour' | 'day', query: UsageQuery, nowMs: number) {
  const { ms, usual, max } = periods[per]
  const untilMs = Math.ceil((query.until === undefined ? nowMs + 1 : fromTimestamp(query.until)) / ms) * ms
  const sinceMs =
    query.since === undefined ? untilMs - usual * ms : Math.floor(fromTimestamp(query.since) / ms) * ms
  if (sinceMs < 0 || untilMs > lastMs)
    throw invalidRequest("The 'since' and 'until' query parameters must lie between 1970 and 9999.")
  if (sinceMs >= untilMs) throw invalidRequest("The 'since' query parameter must lie before 'until'.")
  if (untilMs - sinceMs > max * ms) {
    throw invalidRequest(
      `A report by the ${per} covers at most ${(max * ms) / dayMs} days; move 'since' or 'until'.`,
    )
  }
  return { sinceMs, untilMs }
}

function countsOf(row: Omit<UsageRow, 'startMs'> | undefined) {
  return { requests: row?.requests ?? 0, errors: row?.errors ?? 0, rate_limited: row?.rateLimited ?? 0 }
}

function sumOf(rows: readonly UsageRow[]) {
  const sums = { requests: 0, errors: 0, rateLimited: 0 }
  for (const { requests, errors, rateLimited } of rows) {
    sums.requests += requests
    sums.errors += errors
    sums.rateLimited += rateLimited
  }
  return sums
}
