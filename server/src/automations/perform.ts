import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { Crowded } from '../lib/bounded-queue.ts'
import { secondMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { conditionWaits, verdictOn, waitsForCondition } from './condition.ts'
import type { AutomationStatistics } from './engine.ts'
import type { RunInput } from './input.ts'
import { inputContext, inputOf, outputContext } from './input.ts'
import { actorOfRule, rightsOf } from './rights.ts'
import * as store from './run-store.ts'
import type { Step } from './schema.ts'
import { stepsOf } from './service.ts'
import type { StepResult } from './step-kit.ts'
import { carryOut, refusalOf } from './steps.ts'
import { findAutomation } from './store.ts'

interface How {
  signal?: AbortSignal
  statistics: AutomationStatistics
}

/** Another process has the run, or it was cancelled: nothing of the step is stored. */
class LeaseLost extends Error {}

/** Carries out a leased run, step by step, until one waits, fails or ends it, or the lease is lost. */
export async function performRun(context: Context, leased: store.RunRow, how: How): Promise<void> {
  let run: store.RunRow | undefined = leased
  try {
    while (run && !how.signal?.aborted) run = await nextStep(context, run, how)
    // The server is stopping; the next process to lease the run continues it.
    if (run) await release(context, run)
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  }
}

async function release({ database, clock }: Context, run: store.RunRow): Promise<void> {
  const free = { lease_token: null, lease_until: null }
  await database.write(({ db }) =>
    store.moveRun(db, run, { ...free, status: 'pending', next_at: toInstant(clock.now()) }),
  )
}

/** @returns the run as it goes on; undefined when it does not, for now or at all */
async function nextStep(
  context: Context,
  run: store.RunRow,
  { signal, statistics }: How,
): Promise<store.RunRow | undefined> {
  const { clock } = context
  const steps = stepsOf(run)
  const step = steps[run.step]
  const startedMs = clock.now()
  const result = step ? await resultOf(context, run, step, signal) : ({ kind: 'done', isEnd: true } as const)
  const ended = { run, step, steps: steps.length, startedMs }
  const recorded = await recordStep(context, ended, result).catch((error: unknown) => {
    if (error instanceof LeaseLost || error instanceof DatabaseUnavailable) throw error
    // What the change itself refuses, inside the transaction.
    return recordStep(context, ended, refusalOf(context, { run, step: step?.name }, error))
  })
  const { after, result: done } = recorded
  if (step && isAttempt(done)) statistics.steps[done.kind === 'done' ? 'succeeded' : 'failed']++
  if (after.status === 'running') return after
  if (after.finished_at !== null) statistics.runs[after.status as keyof AutomationStatistics['runs']]++
  return undefined
}

interface Ended {
  run: store.RunRow
  step: Step | undefined
  steps: number
  startedMs: number
}

async function recordStep(
  context: Context,
  { run, step, steps, startedMs }: Ended,
  result: StepResult,
): Promise<{ after: store.RunRow; result: StepResult }> {
  const { database, clock } = context
  return database.write(async (trx) => {
    const changes = changesAfter(context, run, result, steps)
    // Before anything else: it locks the run, and a change that is not ours is not made.
    if (!(await store.moveRun(trx.db, run, changes))) throw new LeaseLost()
    if (isAsNeverBegun(run, result)) await store.deleteRun(trx.db, run.id)
    if (step && isAttempt(result))
      await writeAttempt(trx, run, step, result, { startedMs, endedMs: clock.now() })
    return { after: { ...run, ...changes }, result }
  })
}

async function resultOf(
  context: Context,
  run: store.RunRow,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<StepResult> {
  const { read } = context.database
  const rule = await findAutomation(read, run.automation_id)
  if (!rule) return failed('automation_deleted', 'The automation was deleted.')
  const rights = await rightsOfRule(read, rule, toTimestamp(context.clock.now()))
  if (!rights || 'problem' in rights)
    return failed(
      rights?.problem ?? 'owner_inactive',
      rights?.problem === 'credential_ended'
        ? 'The credential that bounds the automation was revoked or has expired.'
        : 'The owner of the automation may not sign in.',
    )
  const input = await inputOf(context, run, rule, rights.grant)
  if (!input)
    return failed('event_gone', 'Nothing is left of the event, or the owner may not read it any more.')
  const unmet = waitsForCondition(run) ? await unmetBy(context, rule, input) : undefined
  return unmet ?? carryOut({ context, run, step, input, actor: actorOfRule(rule, rights.grant), signal })
}

/** Undefined where the condition is met. */
async function unmetBy(
  context: Context,
  rule: Parameters<typeof verdictOn>[1],
  input: RunInput,
): Promise<StepResult | undefined> {
  const { clock } = context
  try {
    const verdict = await verdictOn(context, rule, input)
    if (verdict === true) return undefined
    if (verdict === false) return { kind: 'not_begun' }
    if ('error' in verdict) return { kind: 'not_begun', error: verdict.error }
    return { kind: 'postponed', untilMs: clock.now() + Math.ceil(verdict.restMs) }
  } catch (error) {
    if (error instanceof Crowded) return { kind: 'postponed', untilMs: clock.now() + secondMs }
    throw error
  }
}

type Attempted = Extract<StepResult, { kind: 'done' | 'failed' }>

function isAttempt(result: StepResult): result is Attempted {
  return result.kind === 'done' || result.kind === 'failed'
}

/** Had its condition been decided when the event came, there would be no run. One that somebody resumed stays. */
function isAsNeverBegun({ reason }: store.RunRow, result: StepResult): boolean {
  return result.kind === 'not_begun' && result.error === undefined && reason === conditionWaits.putOff
}

async function rightsOfRule(db: Db, rule: Parameters<typeof rightsOf>[1][number], now: string) {
  return (await rightsOf(db, [rule], now)).get(rule.id)
}

function failed(reason: string, error: string): StepResult {
  return { kind: 'failed', reason, error }
}

/** The columns of the run after a step. */
function changesAfter(
  { clock, config }: Context,
  run: store.RunRow,
  result: StepResult,
  steps: number,
): Partial<store.RunRow> {
  const nowMs = clock.now()
  const over = { ...store.ended, finished_at: toTimestamp(nowMs) }
  const free = { lease_token: null, lease_until: null }
  if (result.kind === 'postponed') return { ...free, status: 'pending', next_at: toInstant(result.untilMs) }
  // Until it is removed, in the same transaction.
  if (isAsNeverBegun(run, result)) return { ...free, status: 'pending', next_at: toInstant(nowMs) }
  if (result.kind === 'not_begun') {
    const { error } = result
    if (error !== undefined) return { ...over, status: 'failed', reason: 'condition_failed', error }
    return {
      ...over,
      status: 'stopped',
      reason: 'condition_not_met',
      error: 'Its event does not meet the condition.',
    }
  }
  if (result.kind === 'failed') {
    const { reason, error, retryMs } = result
    const attempts = run.attempts + 1
    if (retryMs === undefined) return { ...over, status: 'failed', reason, error, attempts }
    return { ...free, status: 'pending', reason, error, attempts, next_at: toInstant(nowMs + retryMs) }
  }
  const step = run.step + 1
  const clean = { reason: null, error: null, attempts: 0 }
  if (result.isEnd && run.step < steps) return { ...over, ...clean, status: 'stopped', step }
  if (step >= steps) return { ...over, ...clean, status: 'succeeded', step }
  if (result.waitMs !== undefined)
    return { ...free, ...clean, status: 'waiting', step, next_at: toInstant(nowMs + result.waitMs) }
  return { ...clean, status: 'running', step, lease_until: toInstant(nowMs + config.webhooks.leaseMs) }
}

async function writeAttempt(
  trx: Transaction,
  run: store.RunRow,
  step: Step,
  result: Attempted,
  { startedMs, endedMs }: { startedMs: number; endedMs: number },
): Promise<void> {
  const isDone = result.kind === 'done'
  if (!isDone) await result.note?.(trx)
  const applied = isDone ? await result.apply?.(trx) : undefined
  const output = applied ?? result.output
  const sealed = (context: string, value: object | undefined) =>
    trx.seal(run.subject_id, context, value === undefined ? null : JSON.stringify(value))
  await store.insertAttempt(trx.db, {
    run_id: run.id,
    step: run.step,
    name: step.name,
    outcome: isDone ? 'succeeded' : 'failed',
    error: isDone ? null : result.error,
    input: await sealed(inputContext, result.input),
    output: await sealed(outputContext, output),
    started_at: toInstant(startedMs),
    duration_ms: Math.max(0, endedMs - startedMs),
  })
}
