import { AppError, invalidRequest } from '../api/errors.ts'
import type { Actor } from './caller.ts'
import { type Rule, rulesToHandOn, scopeBeyondMaker } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'

/**
 * The rules of a credential, as they are stored. What a narrowed credential makes is narrowed like itself unless it is
 * narrowed further.
 * @param given undefined when the request says nothing about rules
 */
export function rulesFor(actor: Actor, given: readonly Rule[] | null | undefined): string | null {
  const rules = given === undefined ? rulesToHandOn(actor.reach.documents) : given
  return rules ? JSON.stringify(rules) : null
}

/** @throws AppError permission_denied when the rules reach documents that those of the actor do not */
export function requireRulesWithin(
  actor: Actor,
  rules: readonly Rule[],
  scopes: Iterable<Scope>,
  toDo: string,
): void {
  const scope = scopeBeyondMaker(actor.reach.documents, rules, scopes)
  if (scope === undefined) return
  throw new AppError(
    'permission_denied',
    `${toDo} needs rules for the scope '${scope}' that reach no further than those of the credential '${actor.name}'; omit 'rules' to hand on its own.`,
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
