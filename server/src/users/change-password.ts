import type { Actor } from '../access/caller.ts'
import { endSessionsOf } from '../access/store.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { requireOwnPassword } from './own-password.ts'
import { requireGoodPassword } from './password-rules.ts'
import { findUser, updateUser } from './store.ts'

/**
 * Changes a person's own password and ends all other sessions, which may belong to somebody who knew the old one.
 * No event: nothing that programs see of the user has changed.
 * @param sessionId the session that goes on
 */
export async function changePassword(
  context: Context,
  actor: Actor,
  sessionId: number,
  { current_password, new_password }: { current_password: string; new_password: string },
): Promise<Change<void>> {
  const { passwords, clock } = context
  const found = await requireOwnPassword(context, actor, current_password, 'current_password')
  if (new_password === current_password)
    throw invalidRequest("The 'new_password' field must differ from the current password.")
  requireGoodPassword(context.config, new_password, found, 'new_password')
  const passwordHash = await passwords.hash(new_password)
  const now = toTimestamp(clock.now())

  return async (trx) => {
    const before = await findUser(trx.db, actor.userId, { forUpdate: true })
    if (before?.password_hash !== found.password_hash)
      throw new AppError('conflict', 'The password was changed in the meantime; sign in with the new one.')
    await updateUser(trx, before, { password_hash: passwordHash, updated_at: now })
    await endSessionsOf(trx, before.id, sessionId)
    await recordAudit(trx, actor, now, {
      action: 'user.password',
      targetId: before.id,
      before: null,
      after: null,
    })
  }
}
