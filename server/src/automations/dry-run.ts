import { type Actor, missingScope } from '../access/caller.ts'
import type { Grant } from '../access/grant.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { type EventRow, newestEvents } from '../events/log.ts'
import { seenEvents } from '../events/service.ts'
import { ExpressionFailed } from '../expressions/expressions.ts'
import { onBehalfOf } from '../lib/caller.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { filterVariables } from '../sending/shape.ts'
import { shownOf, wantedBy } from './change-step.ts'
import { keyOf, stepVariables } from './definition.ts'
import { eventFor, type RunInput, sampleInput } from './input.ts'
import { findRecipients, letterOf, requireMailServer } from './mail-step.ts'
import { rightsOf } from './rights.ts'
import { type DryRun, type DryStep, dryRunEventsMax } from './run-schema.ts'
import type { Step } from './schema.ts'
import { requestOf } from './send-step.ts'
import { keyOfRow, requireVisible, stepsOf, triggerOf, typesOf } from './service.ts'
import { kept, namingField, StepFailed } from './step-kit.ts'
import type { AutomationRow } from './store.ts'

/** Runs that are shown with their steps. */
const shownMax = 20

type Told = Omit<RunInput, 'input' | 'steps'>

/** What a rule would have done with the last events. Nothing is sent, mailed, changed or stored. */
export async function dryRun(
  context: Context,
  actor: Actor,
  id: number,
  eventsMax = dryRunEventsMax,
): Promise<DryRun> {
  const rule = await requireVisible(context, actor, id)
  const { database, clock } = context
  const now = toTimestamp(clock.now())
  const rights = (await rightsOf(database.read, [rule], now)).get(id)
  if (!rights || 'problem' in rights)
    throw new AppError(
      'conflict',
      `The automation ${id} can do nothing now (${rights?.problem ?? 'owner_inactive'}).`,
    )
  // A caller of its own: an expression that is ended here does not rest in the rules that are at work.
  return onBehalfOf({ key: `dry runs of user ${actor.userId}` }, async () => {
    if (rule.trigger_type !== 'event') {
      const told = sampleInput(rule.trigger_type, clock.now())
      const steps = await stepsFor(context, rule, told)
      const run = { event_id: null, event_type: null, occurred_at: null, steps }
      return { examined: 0, matched: 0, failed: 0, runs: [run] }
    }
    return overEvents(context, actor, rule, { grant: rights.grant, eventsMax })
  })
}

async function overEvents(
  context: Context,
  actor: Actor,
  rule: AutomationRow,
  { grant, eventsMax }: { grant: Grant; eventsMax: number },
): Promise<DryRun> {
  if (!actor.scopes.has('events:read')) throw missingScope('events:read', 'A dry run over past events', actor)
  const seen = seenEvents(context, actor, typesOf(context, triggerOf(rule)))
  const rows = await newestEvents(context.database.read, seen, eventsMax)
  const result: DryRun = { examined: 0, matched: 0, failed: 0, runs: [] }
  for (const row of rows) {
    const told = await eventFor(context, rule, grant, row)
    if (!told) continue
    result.examined++
    const matched = await matches(context, rule, told)
    if (matched === undefined) result.failed++
    if (!matched) continue
    result.matched++
    if (result.runs.length < shownMax) result.runs.push(await runOf(context, rule, row, told))
  }
  return result
}

async function runOf(context: Context, rule: AutomationRow, row: EventRow, told: Told) {
  const steps = await stepsFor(context, rule, { ...told, input: {}, steps: {} })
  return { event_id: row.id, event_type: row.type, occurred_at: row.occurred_at, steps }
}

/** Undefined where the condition fails. */
async function matches(
  { expressions }: Context,
  rule: AutomationRow,
  told: Told,
): Promise<boolean | undefined> {
  const { condition } = triggerOf(rule)
  if (typeof condition !== 'string') return true
  const key = keyOfRow(rule)
  if (key !== '' && !Object.entries(told.data).some(([field, value]) => keyOf(field, value) === key))
    return false
  try {
    return await expressions.matches(condition, filterVariables, JSON.stringify(told))
  } catch (error) {
    if (error instanceof ExpressionFailed) return undefined
    throw error
  }
}

async function stepsFor(context: Context, rule: AutomationRow, input: RunInput): Promise<DryStep[]> {
  const done: DryStep[] = []
  for (const step of stepsOf(rule)) {
    const tried = await tryStep(context, step, input)
    done.push({ step: step.name, type: step.type, error: null, input: null, ...tried })
    if (tried.outcome !== 'would_act') break
  }
  return done
}

async function tryStep(
  context: Context,
  step: Step,
  input: RunInput,
): Promise<Pick<DryStep, 'outcome'> & Partial<DryStep>> {
  try {
    const doing = { context, step, input }
    switch (step.type) {
      case 'stop_if': {
        const text = JSON.stringify(input)
        const stops = await context.expressions
          .matches(step.condition ?? 'false', stepVariables, text)
          .catch((error: unknown) => Promise.reject(namingField(error, 'condition')))
        return { outcome: stops ? 'would_stop' : 'would_act' }
      }
      case 'wait':
        return { outcome: 'would_act', input: { minutes: step.minutes } }
      case 'send': {
        const request = await requestOf(doing)
        return { outcome: 'would_act', input: { ...request, body: kept(request.body) } }
      }
      case 'mail': {
        requireMailServer(context)
        const recipients = await findRecipients(context.database.read, step)
        return { outcome: 'would_act', input: { ...(await letterOf(doing)), recipients: recipients.length } }
      }
      case 'change':
        return { outcome: 'would_act', input: { ...shownOf(await wantedBy(doing)) } }
    }
  } catch (error) {
    if (error instanceof ExpressionFailed)
      return { outcome: 'would_fail', error: `An expression failed. ${error.message}` }
    if (error instanceof StepFailed) return { outcome: 'would_fail', error: error.message }
    if (error instanceof AppError) return { outcome: 'would_fail', error: error.details }
    throw error
  }
}
