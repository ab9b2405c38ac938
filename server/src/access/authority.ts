import { type Actor, missingScope } from './caller.ts'
import { type Role, scopeNamesOfRole } from './roles.ts'
import { type ScopeName, scopesBeyond } from './scopes.ts'

const people: Readonly<Record<Role, string>> = {
  admin: 'an administrator',
  developer: 'a developer',
  editor: 'an editor',
  normal: 'a normal user',
}

/**
 * Whoever makes, restores or deletes a person, or sets what leads to the account, could act as that person. So it takes
 * every scope that the person's role opens; otherwise `users:write` would be worth any role. A normal user opens nothing
 * by this rule: published documents are for every signed-in person to read.
 *
 * Every way into `users` that an actor has passes here: the calls, the batch and the import.
 * @throws AppError permission_denied
 */
export function requireAuthorityOver(actor: Actor, role: Role, toDo: string): void {
  const missing = scopesBeyond(scopesToAnswerFor(role), actor.scopes)
  if (missing.length > 0) throw missingScope(missing, `${toDo} ${people[role]}`, actor)
}

function scopesToAnswerFor(role: Role): readonly ScopeName[] {
  return role === 'normal' ? [] : scopeNamesOfRole(role)
}
