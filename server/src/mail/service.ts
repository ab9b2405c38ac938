import { createHash } from 'node:crypto'
import type { Actor } from '../access/caller.ts'
import { replaceLink } from '../access/one-time-links.ts'
import { etagOf, type Tagged } from '../api/conditional.ts'
import { AppError, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import type { Change, Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toInstant, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { linkKinds, type MailKind } from './kinds.ts'
import { queueMail, sendsMail } from './outbox.ts'
import type { Mail } from './schema.ts'
import * as store from './store.ts'

export async function listMails(
  { database }: Context,
  filter: store.MailFilter,
  request: ListRequest,
): Promise<Listing<Mail>> {
  const { status, kind, user_id } = filter
  const [rows, total] = await Promise.all([
    store.listMails(database.read, { status, kind, user_id }, request.slice),
    store.countMails(database.read, { status, kind, user_id }),
  ])
  return listing(request, rows, total, toMail)
}

export async function getMail({ database }: Context, id: number): Promise<Tagged<Mail>> {
  const row = await store.findMail(database.read, id)
  if (!row) throw notFound('mail', id)
  const resource = toMail(row)
  // Nothing counts its changes, which come from sending, resending and erasing.
  const state = createHash('sha256').update(JSON.stringify(resource)).digest('base64url').slice(0, 16)
  return { etag: etagOf('mail', id, state), resource }
}

/**
 * A mail that waits is attempted now; one that has ended is sent again as another one, to the present address of the
 * user, with another link if it has one.
 */
export function resendMail(context: Context, actor: Actor, id: number): Change<Mail> {
  const { clock, config } = context
  return async (trx) => {
    if (!sendsMail(config))
      throw new AppError('conflict', 'This server sends no mail; set COMSERV_SMTP_URL first.')
    const before = await store.findMail(trx.db, id, { forUpdate: true })
    if (!before) throw notFound('mail', id)
    if (before.status === 'sending')
      throw new AppError('conflict', `The mail ${id} is being sent; wait until the attempt has ended.`)
    const nowMs = clock.now()
    const after =
      before.status === 'pending' && !isExpired(before, nowMs)
        ? await store.hastenMail(trx.db, id, toInstant(nowMs))
        : await sendAgain(trx, context, before, nowMs)
    if (after.id !== id) await store.noteResent(trx.db, id, after.id)
    trx.hint('work')
    await recordAudit(trx, actor, toTimestamp(nowMs), {
      action: 'mail.resend',
      targetId: id,
      before: null,
      after: { resent_as: after.id === id ? null : after.id },
    })
    return toMail(after)
  }
}

async function sendAgain(
  trx: Transaction,
  context: Context,
  mail: store.MailRow,
  nowMs: number,
): Promise<store.MailRow> {
  const to = await store.findRecipient(trx.db, mail.user_id)
  if (to?.status !== 'active')
    throw new AppError('conflict', `The user ${mail.user_id} is not active; activate the account first.`)
  const link = linkKinds[mail.kind as MailKind]
  return queueMail(trx, context, nowMs, {
    kind: mail.kind as MailKind,
    to,
    language: mail.language as MailLanguage,
    values: JSON.parse(mail.data),
    ...(link ? { link: await newLink(trx, mail.user_id, nowMs, link.lifetimeMs) } : {}),
  })
}

/** Replaces the link of the user: only the newest works. */
export async function newLink(
  trx: Transaction,
  userId: number,
  nowMs: number,
  lifetimeMs: number,
): Promise<{ token: string; expiresAt: string }> {
  const token = await replaceLink(trx.db, `user:${userId}`, { nowMs, lifetimeMs })
  return { token, expiresAt: toTimestamp(nowMs + lifetimeMs) }
}

/** Deletes sent and failed mail that is older than the retention. */
export function mailPruning(context: Context): Task {
  return dueTask(context, 'prune old mail', hourMs, {
    keptMs: context.config.mail.retentionDays * dayMs,
    run: ({ db }, dueMs, limit) => store.deleteFinished(db, toTimestamp(dueMs), limit),
  })
}

/** Age of the oldest mail that is due, in seconds. */
export async function oldestDueSeconds({ database, clock }: Context): Promise<number> {
  const nowMs = clock.now()
  const oldest = await store.oldestDue(database.read, toInstant(nowMs))
  return oldest === undefined ? 0 : Math.max(0, (nowMs - Date.parse(oldest)) / 1_000)
}

function isExpired({ expires_at }: store.MailRow, nowMs: number): boolean {
  return expires_at !== null && expires_at <= toTimestamp(nowMs)
}

function toMail({
  data: _,
  token: __,
  lease_token: ___,
  lease_until: ____,
  last_attempt_at,
  next_attempt_at,
  ...mail
}: store.MailRow): Mail {
  return {
    ...mail,
    kind: mail.kind as MailKind,
    language: mail.language as MailLanguage,
    last_attempt_at: toWholeSeconds(last_attempt_at),
    next_attempt_at: toWholeSeconds(next_attempt_at),
  }
}
