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
 * Creating, restoring or deleting a user, or changing how the user signs in, makes it possible to act as that user. It
 * therefore requires every scope of the user's role; otherwise `users:write` would be worth any role. A normal user
 * requires none: any signed-in person may read published documents.
 *
 * Every way for an actor into `users` passes here: single requests, the batch and the import.
 * @throws AppError permission_denied
 */
export function requireAuthorityOver(actor: Actor, role: Role, toDo: string): void {
  const missing = scopesBeyond(scopesToAnswerFor(role), actor.scopes)
  if (missing.length > 0) throw missingScope(missing, `${toDo} ${people[role]}`, actor)
}

function scopesToAnswerFor(role: Role): readonly ScopeName[] {
  return role === 'normal' ? [] : scopeNamesOfRole(role)
}
