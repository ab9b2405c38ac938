import { Cron } from 'croner'
import { findActiveUsers } from '../access/store.ts'
import { invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { chosenTypes } from '../events/patterns.ts'
import { type ConditionFacts, ExpressionFailed } from '../expressions/expressions.ts'
import { requireRole } from '../roles/service.ts'
import { changedHeaders } from '../sending/headers.ts'
import { filterVariables } from '../sending/shape.ts'
import type { Secrets, Step, StepInput, StepType, Trigger } from './schema.ts'

/** What a step may have besides its name and type; those in `required` it must have. */
const fieldsOfSteps: Readonly<Record<StepType, Fields<StepInput>>> = {
  send: { required: ['url'], optional: ['method', 'headers', 'body'] },
  mail: { required: ['subject', 'text'], optional: ['to_roles', 'to_users'] },
  change: { required: ['resource', 'action', 'values'], optional: ['record_id'] },
  wait: { required: ['minutes'], optional: [] },
  stop_if: { required: ['condition'], optional: [] },
}
const fieldsOfTriggers: Readonly<Record<Trigger['type'], Fields<Trigger>>> = {
  event: { required: ['events'], optional: ['condition'] },
  schedule: { required: ['cron'], optional: ['time_zone'] },
  button: { required: [], optional: [] },
}

/** What a condition of a step decides by. */
export const stepVariables = { ...filterVariables, input: 'map', steps: 'map' } as const

/** The keys of `automation_triggers` of one rule: one value that its condition requires, or none. */
export interface CheckedTrigger {
  trigger: Trigger
  key: string
}

/** @throws AppError invalid_request that names the field */
export async function checkedTrigger(
  { expressions, catalog }: Pick<Context, 'expressions' | 'catalog'>,
  given: Trigger,
  nowMs: number,
): Promise<CheckedTrigger> {
  requireFields('trigger', given, fieldsOfTriggers[given.type])
  const trigger = withoutEmpty(given)
  if (trigger.type === 'schedule') nextTime(trigger, nowMs)
  if (typeof trigger.condition !== 'string') return { trigger, key: '' }
  const facts = await refusing(
    'trigger.condition',
    expressions.readCondition(trigger.condition, filterVariables),
  )
  requireKnownFields(catalog, trigger.events ?? [], facts)
  const [required] = facts.requires
  return { trigger, key: required ? keyOf(required.field, required.value) : '' }
}

/** By which an event is found; as short as an index should be. Longer values are evaluated. */
export function keyOf(field: string, value: unknown): string {
  const key = `${field}=${JSON.stringify(value)}`
  return key.length > 200 ? '' : key
}

/** The next instant of a schedule. @throws AppError invalid_request */
export function nextTime({ cron = '', time_zone }: Trigger, afterMs: number): number {
  const zone = time_zone ?? 'UTC'
  if (!isTimeZone(zone))
    throw invalidRequest(
      `The 'trigger.time_zone' field must be the IANA name of a time zone, such as Europe/Berlin.`,
    )
  let next: Date | null
  try {
    next = new Cron(cron, { paused: true, mode: '5-part', timezone: zone }).nextRun(new Date(afterMs))
  } catch (error) {
    const { message } = error as Error
    throw invalidRequest(`The 'trigger.cron' field is refused: ${message.replace(/^CronPattern: /, '')}`)
  }
  if (!next) throw invalidRequest("The 'trigger.cron' field names a time that never comes.")
  return next.getTime()
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export interface Definition {
  steps: Step[]
  secrets: Secrets
}

type Checking = Pick<Context, 'expressions' | 'guard' | 'database'>

/**
 * @param given by a caller who has the scopes of the steps, and may so learn who exists
 * @throws AppError invalid_request that names the field
 */
export async function checkSteps(context: Checking, given: readonly StepInput[]): Promise<void> {
  for (const [i, input] of given.entries()) {
    const path = `steps.${i}`
    if (given.findIndex(({ name }) => name === input.name) !== i)
      throw invalidRequest(`The '${path}.name' field repeats the name '${input.name}' of an earlier step.`)
    requireFields(path, input, fieldsOfSteps[input.type])
    await checkStep(context, path, input)
  }
}

/**
 * Steps that were checked, without the values of header fields, and these.
 * @param before undefined for a caller who may not read them, and could guess the URL
 * @throws AppError invalid_request
 */
export function definitionOf(given: readonly StepInput[], before: Definition | undefined): Definition {
  const secrets: Record<string, Readonly<Record<string, string>>> = {}
  const steps = given.map(({ headers, ...input }, i): Step => {
    const step: Step = withoutEmpty(input)
    if (step.type !== 'send') return step
    const own = headersOf(`steps.${i}`, step, headers, before)
    if (Object.keys(own).length > 0) secrets[step.name] = own
    return { ...step, header_names: Object.keys(own) }
  })
  return { steps, secrets }
}

/** @throws AppError invalid_request where nobody could be meant */
async function requireRecipients(db: Db, path: string, { to_roles, to_users }: StepInput): Promise<void> {
  for (const role of to_roles ?? []) await requireRole(db, role, `'${path}.to_roles' field`)
  const known = new Set((await findActiveUsers(db, to_users ?? [])).map(({ id }) => id))
  const unknown = to_users?.find((id) => !known.has(id))
  if (unknown !== undefined)
    throw invalidRequest(
      `The '${path}.to_users' field names the user ${unknown}, who does not exist or is not active.`,
    )
}

async function checkStep(
  { expressions, guard, database }: Checking,
  path: string,
  step: StepInput,
): Promise<void> {
  if (step.type === 'mail' && !step.to_roles?.length && !step.to_users?.length)
    throw invalidRequest(
      `The '${path}' step names nobody to mail: give it 'to_roles', such as ["editor"], or 'to_users'.`,
    )
  if (step.type === 'mail') await requireRecipients(database.read, path, step)
  if (step.type === 'change' && (step.action === 'update') !== (typeof step.record_id === 'string'))
    throw invalidRequest(
      step.action === 'update'
        ? `The '${path}.record_id' field is required to update a record, such as 'data.id'.`
        : `The '${path}.record_id' field is for updates; a record that is created gets its id.`,
    )
  if (step.url !== undefined) {
    const problem = await guard.check(step.url)
    if (problem !== undefined) throw invalidRequest(`The '${path}.url' field is refused: ${problem}`)
  }
  for (const field of ['body', 'subject', 'text', 'record_id', 'values'] as const) {
    const text = step[field]
    if (typeof text === 'string') await refusing(`${path}.${field}`, expressions.checkTemplate(text))
  }
  if (step.condition !== undefined)
    await refusing(`${path}.condition`, expressions.checkCondition(step.condition, stepVariables))
}

/**
 * The header fields of a step: those of the step that it replaces, where that had the same origin, with the changes. The
 * values were given for one receiver; a user who may change the URL has never seen them.
 */
function headersOf(
  path: string,
  { name, url = '' }: Step,
  changes: StepInput['headers'],
  before: Definition | undefined,
): Record<string, string> {
  if (!before) {
    if (changes !== undefined) return JSON.parse(changedHeaders(null, changes) ?? '{}')
    throw invalidRequest(
      `The '${path}.headers' field is required, because you may not read the automation: send the header fields again, or null for none.`,
    )
  }
  const former = before.steps.find((step) => step.name === name)
  const keeps = former?.url !== undefined && new URL(former.url).origin === new URL(url).origin
  const kept = keeps && before.secrets[name] ? JSON.stringify(before.secrets[name]) : null
  if (!keeps && before.secrets[name] && changes === undefined)
    throw invalidRequest(
      `The '${path}.url' field names another origin than the one for which the values of ${Object.keys(before.secrets[name]).join(', ')} were given; send them again in 'headers', or null to remove them.`,
    )
  const changed = changes === undefined ? kept : changedHeaders(kept, changes)
  return JSON.parse(changed ?? '{}')
}

interface Fields<T> {
  required: readonly (keyof T & string)[]
  optional: readonly (keyof T & string)[]
}

/** @throws AppError for a field that is missing, or belongs to another type */
function requireFields<T extends { type: string }>(
  path: string,
  given: T,
  { required, optional }: Fields<T>,
): void {
  const { type } = given
  const missing = required.find((name) => given[name] === undefined || given[name] === null)
  if (missing !== undefined)
    throw invalidRequest(`The '${path}.${missing}' field is required where the type is '${type}'.`)
  const known: readonly string[] = ['name', 'type', ...required, ...optional]
  const foreign = Object.entries(given).find(
    ([name, value]) => !known.includes(name) && value !== undefined && value !== null,
  )
  if (foreign)
    throw invalidRequest(
      `The '${path}.${foreign[0]}' field does not belong to the type '${type}', which has ${[...required, ...optional].join(', ') || 'no further fields'}.`,
    )
}

function withoutEmpty<T extends object>(given: T): T {
  const filled = Object.entries(given).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(filled) as T
}

/** A field that no event has would silently match nothing. */
function requireKnownFields(
  { eventTypes }: Context['catalog'],
  events: readonly string[],
  { reads }: ConditionFacts,
): void {
  const known = new Set(
    chosenTypes(events, eventTypes).flatMap((name) =>
      Object.keys(eventTypes.get(name)?.data.properties ?? {}),
    ),
  )
  const unknown = reads.find(({ field }) => !known.has(field))
  if (!unknown) return
  throw invalidRequest(
    `The 'trigger.condition' field names ${unknown.variable}.${unknown.field}, which none of these events has. Their fields are ${[...known].join(', ')}.`,
  )
}

async function refusing<T>(field: string, checking: Promise<T>): Promise<T> {
  try {
    return await checking
  } catch (error) {
    if (error instanceof ExpressionFailed)
      throw invalidRequest(`The '${field}' field is refused: ${error.message}`)
    throw error
  }
}
