import {
  type Actor,
  type CredentialPrincipal,
  missingScope,
  type Principal,
  requireAdmin,
} from '../access/caller.ts'
import { type Grant, grantOf, type Withheld } from '../access/grant.ts'
import {
  isNarrowedScope,
  type NarrowedScope,
  type Narrowing,
  narrowsReading,
  rulesInWords,
  rulesThatMatch,
} from '../access/rules.ts'
import type { Scope } from '../access/scopes.ts'
import type { Placed } from '../access/slice.ts'
import { invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { record as credentials } from '../credentials/service.ts'
import { record as documents } from '../documents/service.ts'
import { isVisible } from '../documents/visibility.ts'
import { record as users } from '../users/service.ts'
import type { ExplainQuery, Explanation, Step } from './schema.ts'

/** Whose permission is explained. */
interface Subject extends Grant {
  shown: Explanation['subject']
  /** Whose documents are its own. */
  userId: number
  /** Scopes that a credential was given, and its owner or an ancestor lacks. */
  withheld: readonly Withheld[]
}

/** The checks that an action passes, or the one that refuses it; for another subject, only to administrators. */
export async function explain(
  context: Context,
  actor: Actor,
  principal: Principal,
  { action, resource_id, credential_id, user_id }: ExplainQuery,
): Promise<Explanation> {
  if (credential_id !== undefined && user_id !== undefined)
    throw invalidRequest("Send either the 'credential_id' or the 'user_id' query parameter, not both.")
  if (resource_id !== undefined && !isNarrowedScope(action))
    throw invalidRequest(
      "The 'resource_id' query parameter is for the actions documents:read and documents:write.",
    )
  if (credential_id !== undefined || user_id !== undefined)
    requireAdmin(actor, 'Explaining for somebody else')
  const subject =
    credential_id !== undefined
      ? await credentialSubject(context, actor, credential_id)
      : user_id !== undefined
        ? await userSubject(context, actor, user_id)
        : ownSubject(principal)
  const steps = await stepsOf(context, actor, subject, action, resource_id)
  const refused = steps.findIndex(({ allowed }) => !allowed)
  return {
    action,
    resource_id: resource_id ?? null,
    allowed: refused === -1,
    subject: subject.shown,
    steps: refused === -1 ? steps : steps.slice(0, refused + 1),
  }
}

async function stepsOf(
  context: Context,
  actor: Actor,
  subject: Subject,
  action: Scope,
  id: number | undefined,
): Promise<Step[]> {
  const { scopes, withheld, reach, shown } = subject
  const by = shown.type === 'user' ? 'role' : 'credential'
  const name = shown.type === 'user' ? shown.role : shown.name
  const withholding = withheld.filter((one) => one.scopes.has(action))
  const isGiven = scopes.has(action) || withholding.length > 0
  const given: Step[] = [
    step(
      'scope',
      by,
      name,
      isGiven,
      `The ${by} '${name}' ${isGiven ? 'has' : 'does not have'} the scope '${action}'.`,
    ),
  ]
  given.push(...withholding.map((one) => withheldStep(one, action)))
  const narrowing = narrowsReading(reach.documents)
  if (action === 'audit:read' && narrowing && scopes.has(action))
    return [
      ...given,
      { ...rulesStep(narrowing, 'documents:read', undefined, subject.userId), allowed: false },
    ]
  if (!isNarrowedScope(action) || !scopes.has(action)) return given
  if (id !== undefined && !actor.scopes.has('documents:read'))
    throw missingScope('documents:read', 'Explaining for one document', actor)
  const document = id === undefined ? undefined : await documents.find(context.database.read, id, context)
  if (id !== undefined) {
    // To a caller who may not read it, it looks as if it did not exist.
    const limit = actor.scopes.has('admin') ? '' : ' that you may read'
    const isThere = document !== undefined && isVisible(actor, document)
    given.push(
      step(
        'record',
        null,
        null,
        isThere,
        `There is ${isThere ? 'a' : 'no'} document ${id}${isThere ? '' : limit}.`,
      ),
    )
  }
  return [
    ...given,
    ...reach.documents.by.map((narrowing) => rulesStep(narrowing, action, document, subject.userId)),
  ]
}

function withheldStep({ by, name }: Withheld, action: Scope): Step {
  return by === 'role'
    ? step('owner', by, name, false, `The role '${name}' of its owner does not have the scope '${action}'.`)
    : step(
        'parent',
        by,
        name,
        false,
        `The credential '${name}', which it descends from, does not have the scope '${action}'.`,
      )
}

function rulesStep(
  narrowing: Narrowing,
  action: NarrowedScope,
  document: Placed | undefined,
  userId: number,
): Step {
  const { by, name } = narrowing
  const rules = narrowing.rules.filter(({ scope }) => scope === action)
  if (rules.length === 0)
    return step('rules', by, name, true, `The ${by} '${name}' does not narrow '${action}'.`)
  const matching = document ? rulesThatMatch(narrowing, action, document, userId) : []
  const limit = `The ${by} '${name}' narrows '${action}' to ${rulesInWords(narrowing, action)}`
  if (!document) return { ...step('rules', by, name, true, `${limit}.`), rules: [...narrowing.rules] }
  const [rule = null] = matching
  const details =
    rule === null ? `${limit}; none of these rules includes this one.` : `Rule ${rule} includes it. ${limit}.`
  return { ...step('rules', by, name, rule !== null, details), rule, rules: [...narrowing.rules] }
}

function step(
  check: Step['check'],
  by: Step['by'],
  name: string | null,
  allowed: boolean,
  details: string,
): Step {
  return { check, by, name, allowed, rule: null, rules: null, details }
}

function ownSubject(principal: Principal): Subject {
  if (principal.kind === 'credential') return ofCredential(principal)
  const { id, username, role, scopes, reach } = principal
  return {
    shown: { type: 'user', id, name: username, role },
    userId: id,
    withheld: [],
    scopes,
    reach,
  }
}

async function credentialSubject(context: Context, actor: Actor, id: number): Promise<Subject> {
  const { client_id } = await credentials.read(context, context.database.read, actor, id)
  const known = await context.credentials.byClientId(client_id)
  if (!known) throw new Error(`The credential ${id} is not known by its client id.`)
  return ofCredential(known.principal)
}

async function userSubject(context: Context, actor: Actor, id: number): Promise<Subject> {
  const { username, role, status } = await users.read(context, context.database.read, actor, id)
  const grant = await grantOf(context.database.read, id)
  if (!grant) throw invalidRequest(`The user ${id} is ${status} and may do nothing.`)
  return {
    shown: { type: 'user', id, name: username, role },
    userId: id,
    withheld: [],
    ...grant,
  }
}

function ofCredential(principal: CredentialPrincipal): Subject {
  const { id, name, ownerId, ownerRole, scopes, reach, withheld } = principal
  return {
    shown: { type: 'credential', id, name, role: ownerRole },
    userId: ownerId,
    withheld,
    scopes,
    reach,
  }
}
