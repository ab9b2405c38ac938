import type { Grant } from '../access/grant.ts'
import type { Context } from '../context.ts'
import { type EventRow, findEvent, findPrevious } from '../events/log.ts'
import { bodyContext, previousContext } from '../events/outbox.ts'
import type { EventBody } from '../events/types.ts'
import { sightOf } from '../events/visibility.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { Bound } from './rights.ts'
import { listOutputs, type RunRow } from './run-store.ts'

/** What templates and conditions see. */
export interface RunInput {
  event: string
  timestamp: string
  data: Record<string, unknown>
  previous: object
  /** What was sent with the button. */
  input: object
  /** What came out of the steps that are done. */
  steps: Record<string, unknown>
}

export const outputContext = 'automation_attempts.output'
export const inputContext = 'automation_attempts.input'

type Reading = Pick<Context, 'database' | 'catalog'>

/**
 * An event as a rule sees it: with what it replaced, where the owner may read the record as it was. Undefined for one that
 * the owner may not read, or of whose person nothing is left.
 */
export async function eventFor(
  { database, catalog }: Reading,
  { owner_id }: Pick<Bound, 'owner_id'>,
  { scopes, reach }: Grant,
  row: EventRow,
): Promise<Pick<RunInput, 'event' | 'timestamp' | 'data' | 'previous'> | undefined> {
  const type = catalog.eventTypes.get(row.type)
  const reader = { scopes, reach, userId: owner_id }
  if (!type || sightOf(reader, type, row) !== 'visible') return undefined
  const sealed = row.type.endsWith('.updated') ? await findPrevious(database.read, row.id) : null
  const open = await database.subjects.opener(database.read, [row.body, sealed])
  const text = open(row.body, bodyContext)
  if (text === null) return undefined
  const { event, timestamp, data }: EventBody & { data: Record<string, unknown> & { id: number } } =
    JSON.parse(text)
  const former = open(sealed, previousContext)
  const previous: object = former === null ? {} : JSON.parse(former)
  const sees = sightOf(reader, type, { ...row, ...previous }) === 'visible'
  return { event, timestamp, data, previous: sees ? previous : {} }
}

/** What the next step of a run sees. @returns undefined when its event is gone, or out of reach */
export async function inputOf(
  context: Reading & Pick<Context, 'clock'>,
  run: RunRow,
  rule: Bound,
  grant: Grant,
): Promise<RunInput | undefined> {
  const { read, subjects } = context.database
  const done = await listOutputs(read, { run_id: run.id })
  const open = await subjects.opener(
    read,
    done.map(({ output }) => output),
  )
  const steps: RunInput['steps'] = {}
  for (const { name, output } of done) steps[name] = JSON.parse(open(output, outputContext) ?? '{}')
  const input: object = JSON.parse(run.input ?? '{}')
  if (run.event_id === null) return { ...withoutEvent(run.trigger_type, run.created_at), input, steps }
  const row = await findEvent(read, run.event_id)
  const told = row && (await eventFor(context, rule, grant, row))
  return told && { ...told, input, steps }
}

/** For a schedule and a button. */
export function withoutEvent(trigger: string, timestamp: string): Omit<RunInput, 'input' | 'steps'> {
  return { event: `automation.${trigger}`, timestamp, data: {}, previous: {} }
}

export function sampleInput(trigger: string, nowMs: number): RunInput {
  return { ...withoutEvent(trigger, toTimestamp(nowMs)), input: {}, steps: {} }
}
