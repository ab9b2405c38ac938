import type { ActorName } from '../access/caller.ts'
import { recordAudit } from '../audit/record.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { linkKinds } from '../mail/kinds.ts'
import { queueMail, sendsMail } from '../mail/outbox.ts'
import { newLink } from '../mail/service.ts'
import type { PasswordLink } from './schema.ts'
import type { UserRow } from './store.ts'

interface Linking {
  trx: Transaction
  context: Pick<Context, 'config' | 'vault'>
  actor: ActorName
  nowMs: number
}

/** Replaces the link of the user, and mails it; shows it where no mail is sent. */
export async function makeLink(
  { trx, context, actor, nowMs }: Linking,
  user: UserRow,
  language?: MailLanguage,
): Promise<PasswordLink> {
  const { config } = context
  const kind = user.password_hash === null ? 'invitation' : 'password_reset'
  const { path = '', lifetimeMs = 0 } = linkKinds[kind] ?? {}
  const link = await newLink(trx, user.id, nowMs, lifetimeMs)
  await recordAudit(trx, actor, toTimestamp(nowMs), {
    action: 'user.reset_password',
    targetId: user.id,
    before: null,
    after: { expires_at: link.expiresAt },
  })
  const made = { id: user.id, expires_at: link.expiresAt }
  if (!sendsMail(config)) return { ...made, mail_id: null, link: `${config.publicUrl}${path}${link.token}` }
  const values = { username: user.username }
  const mail = await queueMail(trx, context, nowMs, { kind, to: user, language, values, link })
  return { ...made, mail_id: mail.id, link: null }
}
