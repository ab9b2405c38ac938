import { type StoredRole, termsOf } from '../access/roles.ts'
import type { Rule } from '../access/rules.ts'
import { expandScopes, type Scope, type ScopeName } from '../access/scopes.ts'
import { invalidRequest } from '../api/errors.ts'

/**
 * The rules of the requester's role, for a credential that somebody else will own: their role would not narrow it, and a
 * request for one scope more would shed the rules of all others. What belongs to the requester needs none, because the
 * role narrows it at each request. Scopes that the role lacks are the choice of whoever approves.
 * @throws AppError invalid_request where they cannot be handed on, and the approval has to say what applies instead
 */
export function rulesHandedTo(role: StoredRole, granted: readonly ScopeName[]): readonly Rule[] {
  const terms = termsOf(role)
  const kept = expandScopes(granted).intersection(expandScopes(terms.scopes))
  const rules = terms.rules.filter(({ scope }) => kept.has(scope))
  if (rules.length === 0) return []
  if (granted.includes('admin')) {
    throw invalidRequest(
      `The role '${role.name}' of the requester has rules, which cannot narrow the scope 'admin'. Name the scopes that the credential needs instead, or send "rules": null to grant it without rules.`,
    )
  }
  // Own documents would be those of the owner.
  const usable = rules.filter(({ where }) => !where.own)
  const lost = rules.find(({ scope }) => !usable.some((rule) => rule.scope === scope))
  if (!lost) return usable
  throw invalidRequest(
    `The role '${role.name}' of the requester narrows '${lost.scope}' to their own documents, and the credential would belong to somebody else. Send 'rules' to say which documents it reaches, null for all.`,
  )
}

const owned: readonly Scope[] = ['credentials:read', 'credentials:write', 'webhooks:read', 'webhooks:write']

/** @throws AppError invalid_request where a scope for own records would silently become one for those of everybody */
export function requireOwnReach(role: StoredRole, granted: readonly ScopeName[]): void {
  const terms = termsOf(role)
  if (!terms.ownOnly || granted.includes('admin')) return
  const held = expandScopes(terms.scopes)
  const widened = owned.filter((scope) => granted.includes(scope) && held.has(scope))
  if (widened.length === 0) return
  throw invalidRequest(
    `The credential would belong to the system account, and reach the credentials and webhooks of everybody with '${widened.join("' and '")}', not only those of the requester. Leave these scopes out, or name the owner in 'owner_id'.`,
  )
}
