import type { Actor } from '../access/caller.ts'
import { invalidRequest } from '../api/errors.ts'
import { report, spanOf } from '../api/report.ts'
import type { Context } from '../context.ts'
import { record } from '../credentials/service.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, minuteMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import type { CredentialUsage, TotalUsage, TotalUsageQuery, UsageQuery } from './schema.ts'
import { deleteTotals, deleteUsage, readTotalUsage, readUsage } from './store.ts'

const minutesKeptMs = 24 * hourMs

const none = { requests: 0, errors: 0, rate_limited: 0 }

/** The usage of a credential, with a row for each hour or day of the span, including empty ones. */
export async function credentialUsage(
  context: Context,
  actor: Actor,
  id: number,
  query: UsageQuery,
): Promise<CredentialUsage> {
  const span = spanOf(query.per ?? 'hour', query, context.clock.now())
  await record.get(context, actor, id)
  const rows = await readUsage(context.database.read, id, span.per, span.since, span.until)
  return { credential_id: id, ...report(span, rows, none) }
}

/** The total usage of all credentials that the caller may see. */
export async function totalUsage(
  { database, clock }: Context,
  actor: Actor,
  query: TotalUsageQuery,
): Promise<TotalUsage> {
  const nowMs = clock.now()
  const span = spanOf(query.per ?? 'hour', query, nowMs)
  // Past retention, zeros would be wrong.
  if (span.per === 'minute' && span.sinceMs <= nowMs - minutesKeptMs - minuteMs)
    throw invalidRequest("Minutes are kept for 24 hours; move 'since', or use 'per=hour'.")
  const ownerId = actor.reach.ownOnly ? actor.userId : undefined
  const rows = await readTotalUsage(database.read, ownerId, span.per, span.since, span.until)
  return report(span, rows, none)
}

export function usageWriting({ usage }: Context): Task {
  return { name: 'write down usage', everyMs: 5 * secondMs, run: () => usage.flush() }
}

/** Hours are kept for over a year, to compare a month with that of the previous year; minutes for a day. */
export function usagePruning(context: Context): Task {
  const keptMs = 400 * dayMs
  return dueTask(
    context,
    'prune old usage',
    hourMs,
    { keptMs, run: ({ db }, dueMs, limit) => deleteUsage(db, toTimestamp(dueMs), limit) },
    { keptMs, run: ({ db }, dueMs, limit) => deleteTotals(db, 'hour', toTimestamp(dueMs), limit) },
    {
      // The first minute of a report must be complete.
      keptMs: minutesKeptMs + hourMs,
      run: ({ db }, dueMs, limit) => deleteTotals(db, 'minute', toTimestamp(dueMs), limit),
    },
  )
}
