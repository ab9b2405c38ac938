import { AppError } from '../api/errors.ts'
import { type Actor, missingScope } from './caller.ts'
import { grantOfRole } from './grant.ts'
import { type StoredRole, termsOf } from './roles.ts'
import { scopeReachedBeyond } from './rules.ts'
import { scopesBeyond } from './scopes.ts'

const people: Readonly<Record<string, string>> = {
  admin: 'an administrator',
  developer: 'a developer',
  editor: 'an editor',
  normal: 'a normal user',
}

/**
 * Creating, restoring or deleting a user, or changing how the user signs in, makes it possible to act as that user. It
 * therefore requires every scope of the user's role, with at least the same reach; otherwise `users:write` would be
 * worth any role. A normal user requires none: any signed-in person may read published documents.
 *
 * Every way for an actor into `users` passes here: single requests, the batch and the import.
 * @throws AppError permission_denied
 */
export function requireAuthorityOver(actor: Actor, role: StoredRole, toDo: string): void {
  const doing = `${toDo} ${people[role.name] ?? `a user with the role '${role.name}'`}`
  if (role.name !== 'normal') requireScopesOf(actor, role, doing)
  requireReachOf(actor, role, doing)
}

/** @throws AppError permission_denied when a role may do what the actor may not */
export function requireTermsOf(actor: Actor, role: StoredRole, doing: string): void {
  requireScopesOf(actor, role, doing)
  requireReachOf(actor, role, doing)
}

function requireScopesOf(actor: Actor, role: StoredRole, doing: string): void {
  const missing = scopesBeyond(termsOf(role).scopes, actor.scopes)
  if (missing.length > 0) throw missingScope(missing, doing, actor)
}

function requireReachOf(actor: Actor, role: StoredRole, doing: string): void {
  const { scopes, reach } = grantOfRole(role)
  const beyond = scopeReachedBeyond(actor.reach.documents, reach.documents, scopes, { own: false })
  const reaches = scopes.has('credentials:read') || scopes.has('webhooks:read')
  const what =
    beyond !== undefined
      ? `all documents that the role reaches with the scope '${beyond}'`
      : reaches && actor.reach.ownOnly && !reach.ownOnly
        ? 'the credentials and webhooks of others'
        : undefined
  if (what === undefined) return
  throw new AppError('permission_denied', `${doing} needs access to ${what}, which you do not have.`, {
    message: 'Insufficient permissions',
  })
}
