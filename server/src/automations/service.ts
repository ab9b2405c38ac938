import { type Actor, requireAdmin } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { etagWithNotes, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Transaction } from '../db/database.ts'
import { chosenTypes } from '../events/patterns.ts'
import { settled } from '../lib/merge-patch.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { recordOf } from '../resource/record.ts'
import { userExists } from '../users/service.ts'
import { checkedTrigger, checkSteps, type Definition, definitionOf, nextTime } from './definition.ts'
import { problemOf, requireMayChange, requireScopesOf, rightsOf } from './rights.ts'
import { endRunsOf } from './run-store.ts'
import type {
  Automation,
  AutomationCreate,
  AutomationFilter,
  AutomationUpdate,
  Secrets,
  Step,
  Trigger,
} from './schema.ts'
import * as store from './store.ts'

/** On one server. */
const automationsMax = 2_000
const defaults = { description: '', enabled: false } as const

/** A rule, and whether it can do anything now. */
type Row = store.AutomationRow & { problem: Automation['problem'] }

export const record = recordOf<Row, Automation>({
  name: 'automation',
  async find(db, id, context, options) {
    const row = await store.findAutomation(db, id, options)
    return row && (await withProblems(context, db, [row]))[0]
  },
  async update(trx, before, { problem: _, ...changes }, context) {
    const after = await store.updateAutomation(trx.db, before.id, changes)
    return (await withProblems(context, trx.db, [after]))[0] ?? before
  },
  mayRead: (actor) => maySee(actor, 'automations:read'),
  isVisible: ({ reach, userId }, { owner_id }) => !reach.ownOnly || owner_id === userId,
  requireChangeable: requireMayChange,
  show: toAutomation,
  etag: ({ id, version, problem, next_run_at }) =>
    etagWithNotes(['automation', id, version], [problem, next_run_at]),
  auditView(row) {
    const { problem: _p, next_run_at: _n, ...view } = toAutomation(row)
    return view
  },
})

async function withProblems(
  { catalog, clock }: Context,
  db: Db,
  rows: readonly store.AutomationRow[],
): Promise<Row[]> {
  const rights = await rightsOf(db, rows, toTimestamp(clock.now()))
  return rows.map((row) => ({
    ...row,
    problem: problemOf(catalog, rights.get(row.id) ?? { problem: 'owner_inactive' }, triggerOf(row)),
  }))
}

export async function listAutomations(
  context: Context,
  actor: Actor,
  { enabled, owner_id }: AutomationFilter,
  request: ListRequest,
): Promise<Listing<Automation>> {
  const { read } = context.database
  const filter = {
    enabled: enabled === undefined ? undefined : Number(enabled),
    owner_id: actor.reach.ownOnly ? actor.userId : owner_id,
  }
  if (actor.reach.ownOnly && owner_id !== undefined && owner_id !== actor.userId)
    return listing(request, [], 0, toAutomation)
  const [rows, total] = await Promise.all([
    store.listAutomations(read, filter, request.slice),
    store.countAutomations(read, filter),
  ])
  return listing(request, await withProblems(context, read, rows), total, toAutomation)
}

export async function createAutomation(
  context: Context,
  actor: Actor,
  input: AutomationCreate,
): Promise<Change<Tagged<Automation>>> {
  const { trigger, key } = await checkedTrigger(context, input.trigger, context.clock.now())
  requireScopesOf(context.catalog, actor, trigger, input.steps)
  await checkSteps(context, input.steps)
  const { description, enabled } = { ...defaults, ...settled(input, defaults) }
  const ownerId = input.owner_id ?? actor.userId
  if (ownerId !== actor.userId) requireAdmin(actor, 'Creating an automation for another user')
  return record.create(context, actor, async ({ trx, now, nowMs }) => {
    await requireRoom(trx)
    await requireOwner(trx, ownerId)
    const { steps, secrets } = definitionOf(input.steps, { steps: [], secrets: {} })
    const id = await store.insertAutomation(trx.db, {
      name: input.name,
      description,
      enabled: Number(enabled),
      trigger_type: trigger.type,
      trigger_json: JSON.stringify({ ...trigger, key }),
      steps: JSON.stringify(steps),
      secrets: null,
      owner_id: ownerId,
      credential_id: makerOf(actor),
      next_run_at: dueAt(trigger, enabled, nowMs),
      created_at: now,
      updated_at: now,
      deleted_at: null,
      version: 1,
    })
    // Sealed under the id, so that a value cannot be moved between rules.
    const sealed = sealSecrets(context, id, secrets)
    if (sealed !== null) await store.updateAutomation(trx.db, id, { secrets: sealed })
    await store.setTriggers(trx.db, id, { types: enabled ? typesOf(context, trigger) : [], key })
    trx.count('automations', 1)
    return record.read(context, trx.db, actor, id)
  })
}

export async function updateAutomation(
  context: Context,
  actor: Actor,
  id: number,
  input: AutomationUpdate,
  ifMatch?: IfMatch,
): Promise<Change<Tagged<Automation>>> {
  const checked = input.trigger && (await checkedTrigger(context, input.trigger, context.clock.now()))
  if (input.steps) {
    requireScopesOf(context.catalog, actor, { type: 'button' }, input.steps)
    await checkSteps(context, input.steps)
  }
  return record.change(context, actor, id, ifMatch, async ({ trx, nowMs }, row) => {
    const {
      trigger: _t,
      steps: givenSteps,
      enabled,
      ...patch
    } = settled(input, {
      ...defaults,
      owner_id: actor.userId,
    })
    const before = openedDefinition(context, row)
    const { steps, secrets } = givenSteps
      ? definitionOf(givenSteps, record.mayRead(actor, row) ? before : undefined)
      : before
    const trigger = checked?.trigger ?? triggerOf(row)
    const key = checked?.key ?? keyOfRow(row)
    const { owner_id } = patch
    if (owner_id !== undefined && owner_id !== row.owner_id) {
      requireAdmin(actor, 'Transferring an automation to another user')
      await requireOwner(trx, owner_id)
    }
    const isOn = enabled ?? row.enabled === 1
    const hasOther = ['trigger', 'steps', 'owner_id'].some((name) => name in input)
    if (hasOther || (isOn && row.enabled === 0)) requireScopesOf(context.catalog, actor, trigger, steps)
    const triggerJson = JSON.stringify({ ...trigger, key })
    if (triggerJson !== row.trigger_json || isOn !== (row.enabled === 1))
      await store.setTriggers(trx.db, id, { types: isOn ? typesOf(context, trigger) : [], key })
    const isOtherTime = triggerJson !== row.trigger_json || isOn !== (row.enabled === 1)
    return record.differing(actor, row, {
      ...patch,
      ...(enabled === undefined ? {} : { enabled: Number(enabled) }),
      ...(checked ? { trigger_type: trigger.type, trigger_json: triggerJson } : {}),
      ...(givenSteps ? { steps: JSON.stringify(steps) } : {}),
      // Sealing the same text twice gives two values.
      ...(givenSteps && JSON.stringify(secrets) !== JSON.stringify(before.secrets)
        ? { secrets: sealSecrets(context, id, secrets) }
        : {}),
      ...(hasOther ? { credential_id: makerOf(actor) } : {}),
      ...(isOtherTime ? { next_run_at: dueAt(trigger, isOn, nowMs) } : {}),
    })
  })
}

/** Its runs that have not ended are cancelled; those that have stay for the retention. */
export function deleteAutomation(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Change<void> {
  return record.remove(context, actor, id, ifMatch, async ({ trx, now }) => {
    await store.setTriggers(trx.db, id, { types: [], key: '' })
    await endRunsOf(trx.db, id, now)
    trx.count('automations', -1)
    return { deleted_at: now, updated_at: now, enabled: 0, next_run_at: null, secrets: null }
  })
}

/** @throws AppError resource_not_found, also for one that the actor may not see */
export async function requireVisible(
  context: Context,
  actor: Actor,
  id: number,
  db = context.database.read,
): Promise<store.AutomationRow> {
  const row = await store.findAutomation(db, id)
  if (!row || (actor.reach.ownOnly && row.owner_id !== actor.userId)) throw notFound('automation', id)
  return row
}

export function triggerOf({ trigger_json }: Pick<store.AutomationRow, 'trigger_json'>): Trigger {
  const { key: _, ...trigger } = JSON.parse(trigger_json)
  return trigger
}

export function keyOfRow({ trigger_json }: Pick<store.AutomationRow, 'trigger_json'>): string {
  return JSON.parse(trigger_json).key
}

export function stepsOf({ steps }: { steps: string }): Step[] {
  return JSON.parse(steps)
}

export function openSecrets(
  { vault }: Pick<Context, 'vault'>,
  automationId: number,
  sealed: string | null,
): Secrets {
  return sealed === null ? {} : JSON.parse(vault.open(sealed, secretsContext(automationId)))
}

export function secretsContext(automationId: number): string {
  return `automation ${automationId} headers`
}

/** The event types that begin runs. */
export function typesOf({ catalog }: Pick<Context, 'catalog'>, { events = [] }: Trigger): string[] {
  return chosenTypes(events, catalog.eventTypes)
}

function openedDefinition(context: Context, row: store.AutomationRow): Definition {
  return { steps: stepsOf(row), secrets: openSecrets(context, row.id, row.secrets) }
}

function sealSecrets({ vault }: Context, id: number, secrets: Secrets): string | null {
  return Object.keys(secrets).length === 0 ? null : vault.seal(JSON.stringify(secrets), secretsContext(id))
}

function dueAt(trigger: Trigger, isOn: boolean, nowMs: number): string | null {
  return isOn && trigger.type === 'schedule' ? toTimestamp(nextTime(trigger, nowMs)) : null
}

function makerOf({ type, id }: Actor): number | null {
  return type === 'credential' ? id : null
}

async function requireRoom({ db }: Transaction): Promise<void> {
  if ((await store.countAutomations(db, {})) < automationsMax) return
  throw new AppError(
    'conflict',
    `This server has ${automationsMax.toLocaleString('en')} automations, as many as it allows; delete one that is no longer used.`,
  )
}

async function requireOwner(trx: Transaction, id: number): Promise<void> {
  if (!(await userExists(trx, id))) throw invalidRequest(`There is no user with id ${id}.`)
}

function toAutomation(row: Row): Automation {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    trigger: triggerOf(row),
    steps: stepsOf(row),
    owner_id: row.owner_id,
    credential_id: row.credential_id,
    problem: row.problem,
    next_run_at: row.next_run_at,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
