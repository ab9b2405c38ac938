import { dayMs, hourMs } from '../lib/timestamps.ts'

/** Every kind of mail, with the values that its templates may name. */
export const mailKinds = {
  invitation: ['username', 'link', 'expires_at'],
  password_reset: ['username', 'link', 'expires_at'],
  webhook_failing: ['webhook_id', 'host', 'since', 'page'],
  webhook_disabled: ['webhook_id', 'host', 'reason', 'page'],
  key_expires: ['key', 'expires_at', 'page'],
  backup_old: ['since'],
  backup_failed: ['since', 'reason'],
  automation: ['subject', 'text'],
} as const satisfies Record<string, readonly string[]>

export type MailKind = keyof typeof mailKinds
export const mailKindNames = Object.keys(mailKinds) as MailKind[]

/** Those with a link that sets a password: where it leads, in front of its secret, and for how long. */
export const linkKinds: Partial<Record<MailKind, { path: string; lifetimeMs: number }>> = {
  invitation: { path: '/new-password#token=', lifetimeMs: 7 * dayMs },
  password_reset: { path: '/new-password#token=', lifetimeMs: hourMs },
}

/** Values with several lines, which stand in the text of a mail and never before it. */
export const multiLine: readonly string[] = ['text']

/** Values of every mail. */
export const commonValues = ['site', 'url'] as const
