import type { Transaction } from '../db/database.ts'
import type { EventRow } from '../events/log.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import * as store from './run-store.ts'

/** Rules that cause each other end here. */
export const depthMax = 5

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
  /** Its condition is to be looked at later. */
  waitsMs?: number
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

export const conditionFailed = ({ message }: Error) => `The condition failed. ${message}`

/** Why a run waits that has not begun. */
export const conditionWaits = 'condition_waits'

function stateOf({ rule, depth, error, waitsMs }: NewRun, nowMs: number) {
  const over = { next_at: null, finished_at: toTimestamp(nowMs), secrets: null }
  if (depth > depthMax)
    return {
      ...over,
      status: 'cut' as const,
      reason: 'chain_too_deep',
      error: `It was caused by ${depthMax} runs one after the other; rules that cause each other end here.`,
    }
  if (error !== undefined) return { ...over, status: 'failed' as const, reason: 'condition_failed', error }
  if (waitsMs !== undefined)
    return {
      status: 'waiting' as const,
      reason: conditionWaits,
      error: null,
      next_at: toInstant(nowMs + waitsMs),
      finished_at: null,
      secrets: rule.secrets,
    }
  return {
    status: 'pending' as const,
    reason: null,
    error: null,
    next_at: toInstant(nowMs),
    finished_at: null,
    secrets: rule.secrets,
  }
}
