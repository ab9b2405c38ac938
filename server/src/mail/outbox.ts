import { randomUUID } from 'node:crypto'
import type { Config } from '../config/decide.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Transaction } from '../db/database.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import type { MailKind } from './kinds.ts'
import { insertMail, type MailRow } from './store.ts'
import type { MailValues } from './templates.ts'

export interface NewMail {
  kind: MailKind
  to: { id: number; email: string }
  /** The default language unless given. */
  language?: MailLanguage | undefined
  values: MailValues
  /** The secret of a link, and when it expires. */
  link?: { token: string; expiresAt: string }
}

interface Dependencies {
  config: Config
  vault: Vault
}

/** Without a mail server nothing is written: what the mail would say is shown to administrators instead. */
export function sendsMail({ mail }: Pick<Config, 'mail'>): boolean {
  return mail.server !== undefined
}

/** Writes a mail in the transaction of the change that it is about; it is sent after the commit. */
export async function queueMail(
  trx: Transaction,
  { config, vault }: Dependencies,
  nowMs: number,
  { kind, to, language, values, link }: NewMail,
): Promise<MailRow> {
  const { from, language: byDefault } = config.mail
  const messageId = `<${randomUUID()}@${from.address.split('@')[1]}>`
  const row = await insertMail(trx.db, {
    kind,
    user_id: to.id,
    recipient: to.email,
    language: language ?? byDefault,
    message_id: messageId,
    data: JSON.stringify(values),
    token: link ? vault.seal(link.token, tokenContext(messageId)) : null,
    created_at: toTimestamp(nowMs),
    expires_at: link?.expiresAt ?? null,
    next_attempt_at: toInstant(nowMs),
  })
  trx.hint('work')
  return row
}

export function tokenContext(messageId: string): string {
  return `mail token ${messageId}`
}

/** An instant as people read it; always in UTC, because it is not known where they are. */
export function shownTime(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)} UTC`
}
