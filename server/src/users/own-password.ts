import type { Actor } from '../access/caller.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { findUser, type UserRow } from './store.ts'

/**
 * Checks the current password of a signed-in person, who gives it again for something that the session is not enough for.
 * @param field the name in the request
 * @throws AppError invalid_request
 */
export async function requireOwnPassword(
  { database, passwords, audit }: Context,
  actor: Actor,
  password: string,
  field: string,
): Promise<UserRow> {
  const found = await findUser(database.read, actor.userId)
  const isRight = await passwords.verify(password, found?.password_hash ?? null)
  if (found && isRight) return found
  audit.recordOutside(actor, { action: 'user.refuse_password', targetId: actor.userId, per: '' })
  throw invalidRequest(`The '${field}' field is not your current password.`)
}

/**
 * A person changes the own password with the current one only, in any role: a session in other hands must not keep the
 * account. Every change of a user passes here.
 * @throws AppError permission_denied
 */
export function requireOthersPassword(actor: Actor, userId: number): void {
  if (actor.type !== 'user' || actor.userId !== userId) return
  throw new AppError(
    'permission_denied',
    'Change your own password with POST /api/v1/me/password, which takes the current one.',
  )
}
