import type { Transaction } from '../db/database.ts'
import type { EventRow } from '../events/log.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import { conditionWaits } from './condition.ts'
import * as store from './run-store.ts'

/** Rules that cause each other end here. */
export const depthMax = 5
/** and so do those that cause many each: runs that one event may cause by way of others. */
export const causedMax = 250

export interface NewRun {
  rule: store.Candidate
  trigger_type: store.RunRow['trigger_type']
  event?: EventRow
  /** The person whom the event is about. */
  subject?: number | null
  startedBy?: number
  /** JSON. */
  input?: string | null
  depth: number
  /** It has failed before it began. */
  error?: string
  /** Its condition can be decided after this time. */
  restMs?: number
  /** Its root event has caused as many as it may. */
  isTooMany?: boolean
}

/** Writes runs that are due at once, in the transaction that decides them. */
export async function writeRuns(
  trx: Transaction,
  runs: readonly NewRun[],
  nowMs: number,
): Promise<store.RunRow[]> {
  const written: store.RunRow[] = []
  for (const run of runs) {
    const row = await store.insertRun(trx.db, rowOf(run, nowMs))
    if (row) written.push(row)
  }
  if (written.some(({ status }) => status === 'pending')) trx.hint('work')
  return written
}

const putOff = {
  reason: conditionWaits.putOff,
  error: 'The condition was ended on another event a moment ago; it is tried on this one soon.',
}

function rowOf(run: NewRun, nowMs: number) {
  const { rule, event, depth } = run
  return {
    automation_id: rule.id,
    automation_version: rule.version,
    trigger_type: run.trigger_type,
    event_id: event?.id ?? null,
    event_type: event?.type ?? null,
    subject_id: run.subject ?? null,
    started_by: run.startedBy ?? null,
    input: run.input ?? null,
    depth,
    steps: rule.steps,
    step: 0,
    attempts: 0,
    created_at: toTimestamp(nowMs),
    lease_token: null,
    lease_until: null,
    ...stateOf(run, nowMs),
  }
}

function stateOf({ rule, depth, error, restMs, isTooMany }: NewRun, nowMs: number) {
  const over = { next_at: null, finished_at: toTimestamp(nowMs), secrets: null }
  if (depth > depthMax)
    return {
      ...over,
      status: 'cut' as const,
      reason: 'chain_too_deep',
      error: `It was caused by ${depthMax} runs one after the other; rules that cause each other end here.`,
    }
  if (isTooMany)
    return {
      ...over,
      status: 'cut' as const,
      reason: 'chain_too_wide',
      error: `One event has caused ${causedMax} runs already, by way of others; rules that cause each other end here.`,
    }
  if (error !== undefined) return { ...over, status: 'failed' as const, reason: 'condition_failed', error }
  const waits = restMs === undefined ? { reason: null, error: null } : putOff
  return {
    status: 'pending' as const,
    ...waits,
    next_at: toInstant(nowMs + Math.ceil(restMs ?? 0)),
    finished_at: null,
    secrets: rule.secrets,
  }
}
