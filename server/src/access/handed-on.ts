import { AppError, invalidRequest } from '../api/errors.ts'
import type { Actor } from './caller.ts'
import {
  type NarrowedScope,
  narrowedScopes,
  parsedRules,
  type Rule,
  rulesToHandOn,
  scopeBeyondMaker,
} from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'

/** A credential or a webhook, as it is stored. */
interface Narrowed {
  rules: string | null
  owner_id: number
}

/**
 * The rules of a credential or a webhook, as they are stored. What a narrowed credential makes is narrowed like itself
 * unless it is narrowed further.
 * @param given undefined when the request says nothing about rules
 * @param scopes that rules may narrow there
 */
export function rulesFor(
  actor: Actor,
  given: readonly Rule[] | null | undefined,
  scopes: readonly Scope[] = Object.keys(narrowedScopes) as NarrowedScope[],
): string | null {
  const rules =
    given === undefined
      ? rulesToHandOn(actor.reach.documents)?.filter(({ scope }) => scopes.includes(scope))
      : given
  return rules && rules.length > 0 ? JSON.stringify(rules) : null
}

/** @throws AppError permission_denied when it reaches documents that the actor does not */
export function requireRulesWithin(
  actor: Actor,
  { rules, owner_id }: Narrowed,
  scopes: Iterable<Scope>,
  toDo: string,
): void {
  const own = owner_id === actor.userId
  const scope = scopeBeyondMaker(actor.reach.documents, parsedRules(rules), scopes, { own })
  if (scope === undefined) return
  const whose = own
    ? `those of the credential '${actor.name}'; omit 'rules' to hand on its own`
    : 'you do, because it belongs to somebody else'
  throw new AppError(
    'permission_denied',
    `${toDo} needs rules for the scope '${scope}' that reach no further than ${whose}.`,
    { message: 'Insufficient permissions' },
  )
}

/** @throws AppError invalid_request for a rule that would narrow nothing */
export function requireNarrowable(rules: readonly Rule[], names: readonly ScopeName[]): void {
  if (rules.length === 0) return
  if (names.includes('admin')) {
    throw invalidRequest(
      "The 'rules' field cannot narrow the scope 'admin'; name the scopes that the credential needs instead.",
    )
  }
  const scopes = expandScopes(names)
  const idle = rules.find(({ scope }) => !scopes.has(scope))
  if (idle)
    throw invalidRequest(
      `The 'rules' field narrows the scope '${idle.scope}', which is not among the scopes; add it, or remove the rule.`,
    )
}
