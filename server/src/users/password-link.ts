import { requireAuthorityOver } from '../access/authority.ts'
import type { Actor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { requireRole } from '../roles/service.ts'
import { makeLink } from './make-link.ts'
import { requireOthersPassword } from './own-password.ts'
import type { PasswordLink } from './schema.ts'
import { record } from './service.ts'

/**
 * A link with which the user sets a password, once: an invitation if the user has none yet. It goes by mail; without a
 * mail server it is shown to the administrator, to be handed over. It is as good as the account, so it takes what setting
 * the password of the user takes.
 */
export function passwordLinkFor(
  context: Context,
  actor: Actor,
  id: number,
  language: MailLanguage | undefined,
): Change<PasswordLink> {
  requireOthersPassword(actor, id)
  return async (trx) => {
    const nowMs = context.clock.now()
    const user = await record.read(context, trx.db, actor, id, { forUpdate: true })
    requireAuthorityOver(actor, await requireRole(trx.db, user.role), 'Making a password link for')
    if (user.status !== 'active')
      throw new AppError('conflict', `The user ${id} is ${user.status}; activate the account first.`)
    return makeLink({ trx, context, actor, nowMs }, user, language)
  }
}
