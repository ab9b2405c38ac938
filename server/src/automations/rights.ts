import { type Actor, missingScope } from '../access/caller.ts'
import type { Grant } from '../access/grant.ts'
import type { Scope } from '../access/scopes.ts'
import { readerOf, type Sender, sendersOf } from '../access/senders.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { chosenTypes } from '../events/patterns.ts'
import { hasScope } from '../events/visibility.ts'
import type { problems, Step, StepInput, Trigger } from './schema.ts'

export type Problem = (typeof problems)[number]

/** Whose rights bound a rule. */
export interface Bound {
  id: number
  owner_id: number
  credential_id: number | null
}

/** What a rule may do now, or why nothing. */
export type Rights = { grant: Grant } | { problem: Problem }

/** By the id of the rule. */
export async function rightsOf(
  db: Db,
  rules: readonly Bound[],
  now: string,
): Promise<ReadonlyMap<number, Rights>> {
  const senders = await sendersOf(db, rules, now)
  return new Map(rules.map(({ id }) => [id, rightsOfSender(senders.get(id))]))
}

function rightsOfSender(sender: Sender | undefined): Rights {
  const grant = sender && readerOf(sender)
  if (grant) return { grant }
  return { problem: sender?.owner ? 'credential_ended' : 'owner_inactive' }
}

/** Acts for the owner. */
export function actorOfRule({ id, owner_id }: Bound, grant: Grant, requestId: string | null = null): Actor {
  return {
    type: 'system',
    id: null,
    name: `automation ${id}`,
    ip: null,
    requestId,
    ...grant,
    userId: owner_id,
  }
}

/** Why it can do nothing now. */
export function problemOf(
  { eventTypes }: Context['catalog'],
  rights: Rights,
  { events = [] }: Trigger,
): Problem | null {
  if ('problem' in rights) return rights.problem
  const readsAll = chosenTypes(events, eventTypes).every((name) => {
    const type = eventTypes.get(name)
    return type !== undefined && hasScope(rights.grant.scopes, type)
  })
  return readsAll ? null : 'owner_lacks_scope'
}

/** The scope that a step needs; the author of a rule must hold the scopes of all its steps. */
export function scopeOfStep({ type, resource }: Step | StepInput): Scope | undefined {
  if (type === 'mail') return 'users:read'
  if (type !== 'change') return undefined
  return resource === 'user' ? 'users:write' : 'documents:write'
}

/** @throws AppError permission_denied */
export function requireScopesOf(
  { eventTypes }: Context['catalog'],
  actor: Actor,
  { events = [] }: Trigger,
  steps: readonly (Step | StepInput)[],
): void {
  const reading = chosenTypes(events, eventTypes).flatMap((name) => eventTypes.get(name)?.reads ?? [])
  for (const scope of reading)
    if (!actor.scopes.has(scope)) throw missingScope(scope, 'Acting on these events', actor)
  for (const step of steps) {
    const scope = scopeOfStep(step)
    if (scope && !actor.scopes.has(scope))
      throw missingScope(scope, `The step '${step.name}' of the automation`, actor)
  }
}

/** Anyone else who changed the steps would be acting with the rights of the owner. @throws AppError permission_denied */
export function requireMayChange(actor: Actor, { owner_id }: Pick<Bound, 'owner_id'>): void {
  if (owner_id === actor.userId || actor.scopes.has('admin')) return
  throw new AppError(
    'permission_denied',
    'An automation acts with the rights of its owner: only the owner and administrators can change or run it.',
    { message: 'Insufficient permissions' },
  )
}
