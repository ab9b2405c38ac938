import { createHash } from 'node:crypto'
import type { Actor } from '../access/caller.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Transaction } from '../db/database.ts'
import { mayReadEvent } from '../events/service.ts'
import { toInstant, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { conditionWaits, waitsForCondition } from './condition.ts'
import { inputContext, outputContext } from './input.ts'
import { requireMayChange, requireScopesOf } from './rights.ts'
import type { Run, RunFilter, RunStart, RunWithAttempts } from './run-schema.ts'
import * as store from './run-store.ts'
import { writeRuns } from './runs.ts'
import { requireVisible, stepsOf, triggerOf } from './service.ts'
import { type AutomationRow, findAutomation } from './store.ts'

export { listAttempts } from './run-store.ts'

const inputBytesMax = 16_384

export async function listRuns(
  context: Context,
  actor: Actor,
  { automation_id, status, event_id }: RunFilter,
  request: ListRequest,
): Promise<Listing<Run>> {
  const { read } = context.database
  if (automation_id !== undefined) await requireVisible(context, actor, automation_id)
  const owner = actor.reach.ownOnly ? actor.userId : undefined
  const filter = { automation_id, status, event_id }
  const [rows, total] = await Promise.all([
    store.listRuns(read, filter, owner, request.slice),
    store.countRuns(read, filter, owner),
  ])
  return listing(request, rows, total, toRun)
}

export async function getRun(context: Context, actor: Actor, id: number): Promise<Tagged<RunWithAttempts>> {
  const { read } = context.database
  const run = await requireRun(read, actor, id)
  return tagged(await withAttempts(context, read, actor, run))
}

/** Begins a run by hand. @throws AppError conflict where the rule waits for something else */
export function startRun(context: Context, actor: Actor, id: number, { input }: RunStart): Change<Run> {
  const { clock } = context
  const text = input === undefined ? null : JSON.stringify(input)
  if (text !== null && Buffer.byteLength(text) > inputBytesMax)
    throw invalidRequest(
      `The 'input' field may have at most ${inputBytesMax.toLocaleString('en')} bytes as JSON.`,
    )
  return async (trx) => {
    const rule = await requireVisible(context, actor, id, trx.db)
    requireMayChange(actor, rule)
    if (rule.trigger_type !== 'button')
      throw new AppError(
        'conflict',
        `The automation ${id} is begun by its ${rule.trigger_type}, not by hand.`,
      )
    requireScopesOf(context.catalog, actor, triggerOf(rule), stepsOf(rule))
    if (rule.enabled === 0)
      throw new AppError('conflict', `The automation ${id} is switched off; switch it on first.`)
    const nowMs = clock.now()
    const started = { rule, trigger_type: 'button' as const, startedBy: actor.userId, input: text, depth: 1 }
    const [run] = await writeRuns(trx, [started], nowMs)
    if (!run) throw new Error('The run was not stored.')
    await record(trx, actor, nowMs, 'run', rule, run)
    return toRun(run)
  }
}

/** What a step is doing at this moment may still happen; nothing of it is stored. */
export function cancelRun(context: Context, actor: Actor, id: number): Change<Run> {
  return changingRun(context, actor, id, async ({ trx, run, rule, nowMs }) => {
    if (run.finished_at !== null)
      throw new AppError('conflict', `The run ${id} has ended (${run.status}); there is nothing to cancel.`)
    const after = await store.changeRun(trx.db, id, {
      ...store.ended,
      status: 'cancelled',
      finished_at: toTimestamp(nowMs),
    })
    await record(trx, actor, nowMs, 'cancel_run', rule, after)
    return after
  })
}

/** Goes on with the step that failed, as the rule is now: it was probably fixed meanwhile. */
export function resumeRun(context: Context, actor: Actor, id: number): Change<Run> {
  return changingRun(context, actor, id, async ({ trx, run, rule, nowMs }) => {
    if (run.status !== 'failed' && run.status !== 'cancelled')
      throw new AppError(
        'conflict',
        `The run ${id} is ${run.status}; only one that failed or was cancelled can be resumed.`,
      )
    const hasNotBegun = run.reason === 'condition_failed' || waitsForCondition(run)
    if (!hasNotBegun) requireSameSteps(run, rule)
    requireScopesOf(context.catalog, actor, triggerOf(rule), stepsOf(rule))
    const after = await store.changeRun(trx.db, id, {
      status: 'pending',
      reason: hasNotBegun ? conditionWaits.again : null,
      error: null,
      attempts: 0,
      steps: rule.steps,
      secrets: rule.secrets,
      automation_version: rule.version,
      next_at: toInstant(nowMs),
      finished_at: null,
    })
    trx.hint('work')
    await record(trx, actor, nowMs, 'resume_run', rule, after)
    return after
  })
}

interface Changing {
  trx: Transaction
  run: store.RunRow
  rule: AutomationRow
  nowMs: number
}

function changingRun(
  context: Context,
  actor: Actor,
  id: number,
  change: (changing: Changing) => Promise<store.RunRow>,
): Change<Run> {
  return async (trx) => {
    const run = await requireRun(trx.db, actor, id, { forUpdate: true })
    const rule = await findAutomation(trx.db, run.automation_id)
    if (!rule)
      throw new AppError(
        'conflict',
        `The automation of the run ${id} was deleted; its runs cannot be changed.`,
      )
    requireMayChange(actor, rule)
    return toRun(await change({ trx, run, rule, nowMs: context.clock.now() }))
  }
}

/** The steps that are done must be those of the rule, or it would go on in another place. */
function requireSameSteps(run: store.RunRow, rule: AutomationRow): void {
  const before = stepsOf(run).slice(0, run.step + 1)
  const now = stepsOf(rule)
  if (before.every(({ name, type }, i) => now[i]?.name === name && now[i]?.type === type)) return
  throw new AppError(
    'conflict',
    `The steps of the automation up to '${before.at(-1)?.name}' were changed since the run ${run.id} began, so that it cannot go on.`,
  )
}

async function requireRun(
  db: Db,
  actor: Actor,
  id: number,
  options?: { forUpdate: boolean },
): Promise<store.RunRow> {
  const run = await store.findRun(db, id, options)
  if (!run) throw notFound('run', id)
  if (!actor.reach.ownOnly) return run
  const rule = await findAutomation(db, run.automation_id)
  if (rule?.owner_id !== actor.userId) throw notFound('run', id)
  return run
}

/** What went in and out is of the event: only for callers who may read that. */
export async function withAttempts(
  context: Context,
  db: Db,
  actor: Actor,
  run: store.RunRow,
): Promise<RunWithAttempts> {
  const { subjects } = context.database
  const attempts = await store.listAttempts(db, run.id)
  const sees = run.event_id === null || (await mayReadEvent(context, actor, run.event_id, db))
  const open = await subjects.opener(
    db,
    attempts.flatMap(({ input, output }) => [input, output]),
  )
  const opened = (text: string | null, of: string) => {
    const plain = sees ? open(text, of) : null
    return plain === null ? null : JSON.parse(plain)
  }
  const steps = stepsOf(run)
  return {
    ...toRun(run),
    attempts: attempts.map((attempt) => ({
      step: attempt.name,
      type: steps[attempt.step]?.type ?? 'send',
      outcome: attempt.outcome,
      error: attempt.error,
      input: opened(attempt.input, inputContext),
      output: opened(attempt.output, outputContext),
      started_at: toWholeSeconds(attempt.started_at),
      duration_ms: attempt.duration_ms,
    })),
  }
}

/** Nothing counts its changes, which come from the engine, too. */
function tagged(resource: RunWithAttempts): Tagged<RunWithAttempts> {
  const state = createHash('sha256').update(JSON.stringify(resource)).digest('base64url').slice(0, 16)
  return { etag: etagOf('automation_run', resource.id, state), resource }
}

async function record(
  trx: Transaction,
  actor: Actor,
  nowMs: number,
  action: string,
  { id, owner_id }: AutomationRow,
  run: store.RunRow,
): Promise<void> {
  await recordAudit(trx, actor, toTimestamp(nowMs), {
    action: `automation.${action}`,
    targetId: id,
    before: null,
    after: { run_id: run.id, owner_id },
  })
}

export function toRun(run: store.RunRow): Run {
  const steps = stepsOf(run)
  return {
    id: run.id,
    automation_id: run.automation_id,
    trigger: run.trigger_type,
    event_id: run.event_id,
    event_type: run.event_type,
    started_by: run.started_by,
    depth: run.depth,
    status: run.status,
    reason: run.reason,
    error: run.error,
    step: (steps[run.step] ?? steps.at(-1))?.name ?? null,
    created_at: run.created_at,
    next_attempt_at: toWholeSeconds(run.next_at),
    finished_at: run.finished_at,
  }
}

/** Age of the oldest run that is due, in seconds. */
export async function oldestDueSeconds({ database, clock }: Context): Promise<number> {
  const nowMs = clock.now()
  const oldest = await store.oldestDue(database.read, toInstant(nowMs))
  return oldest === undefined ? 0 : Math.max(0, (nowMs - Date.parse(oldest)) / 1_000)
}
