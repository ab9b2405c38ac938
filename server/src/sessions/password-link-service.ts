import { type Actor, anonymousActor, unlimitedActor } from '../access/caller.ts'
import { type LinkSubject, replaceLink, subjectOfLink, takeLink } from '../access/one-time-links.ts'
import { AppError } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { accountNamed, findAccount, holdAccount } from '../users/accounts.ts'
import { updateUser } from '../users/service.ts'
import type { PasswordReset } from './schema.ts'
import type { Arrival, Arrived } from './sign-in.ts'
import { arrive } from './step-service.ts'

const linkLifetimeMs = hourMs

export interface PasswordLink {
  userId: number
  username: string
  link: string
  expiresAt: string
}

/**
 * A link with which somebody sets a new password for the user, once. Only operators make it: it is as good as the account.
 * The former password and all sessions work until the link is used; whatever else ends the sessions ends the link, too.
 * @param name a username or an email address
 * @throws AppError
 */
export async function newPasswordLink(context: Context, actor: Actor, name: string): Promise<PasswordLink> {
  const { database, clock, config } = context
  const nowMs = clock.now()
  return database.write(async (trx) => {
    const account = await accountNamed(trx.db, name)
    if (!account) throw new AppError('resource_not_found', `There is no user '${name}'.`)
    requireActive(account)
    const { id, username } = account
    const token = await replaceLink(trx.db, `user:${id}`, { nowMs, lifetimeMs: linkLifetimeMs })
    const expiresAt = toTimestamp(nowMs + linkLifetimeMs)
    await recordAudit(trx, actor, toTimestamp(nowMs), {
      action: 'user.reset_password',
      targetId: id,
      before: null,
      after: { expires_at: expiresAt },
    })
    return { userId: id, username, link: `${config.publicUrl}/new-password#token=${token}`, expiresAt }
  })
}

/** Sets the password, ends all sessions of the user, and signs the user in. @throws AppError */
export async function resetPassword(
  context: Context,
  { token, password }: PasswordReset,
  from: Arrival,
): Promise<Arrived> {
  const { database, clock, audit } = context
  const { ip, requestId } = from
  // Before the password is hashed: a guessed token costs nothing but its own hash.
  const userId = userIdOf(await subjectOfLink(database.read, token, clock.now()))
  const found = userId && (await findAccount(database.read, userId))
  if (!userId || !found) {
    audit.recordOutside(anonymousActor(ip, requestId), { action: 'user.refuse_reset', per: '' })
    throw invalidLink()
  }
  const actor = unlimitedActor({ type: 'operator', name: 'password link', ip, requestId }, 0)
  const changing = await updateUser(context, actor, userId, { password })
  return database.write(async (trx) => {
    // The user first, as every change of a user does, so that no two wait for each other.
    if (!(await holdAccount(trx, found)) || !(await takeLink(trx.db, token))) throw invalidLink()
    await changing(trx)
    const account = await findAccount(trx.db, userId)
    if (!account) throw invalidLink()
    requireActive(account)
    return arrive(context, trx, account, from)
  })
}

function userIdOf(subject: LinkSubject | undefined): number | undefined {
  return subject?.startsWith('user:') ? Number(subject.slice('user:'.length)) : undefined
}

function requireActive({ username, status }: { username: string; status: string }): void {
  if (status === 'active') return
  throw new AppError('conflict', `The user '${username}' is ${status}; activate the account first.`)
}

function invalidLink(): AppError {
  return new AppError(
    'authentication_failed',
    'The link is not valid: it works once and for a limited time, and only the newest one of an account does. Ask for a new one.',
    {
      message: 'The credentials are not valid',
      headers: { 'www-authenticate': 'Bearer realm="comserv"' },
    },
  )
}
