import type { Actor, PersonPrincipal } from '../access/caller.ts'
import { grantOfRole } from '../access/grant.ts'
import { endOf, idleSince } from '../access/session-lifetime.ts'
import { invalidRequest, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { requireRole } from '../roles/service.ts'
import { checkCode } from '../second-factors/check-code.ts'
import { checkPasskey, usePasskey } from '../second-factors/passkey-check.ts'
import { findAccount, findByPassword, holdAccount, systemAccountId } from '../users/accounts.ts'
import { requireOwnPassword } from '../users/own-password.ts'
import { deletion, toSession } from './open-session.ts'
import { recordRefusedPasskey, recordWrongCode, refused } from './refused-sign-in.ts'
import type { ListedSession, Session, SessionConfirm, SignIn } from './schema.ts'
import type { Arrival, Arrived } from './sign-in.ts'
import { arrive } from './step-service.ts'
import * as store from './store.ts'

const wrongPassword = 'The username or the password is wrong.'

/**
 * Unknown names take as long as wrong passwords and get the same response; a suspension is revealed only to a caller who
 * knows the password.
 * @throws AppError authentication_failed
 */
export async function signIn(context: Context, input: SignIn, from: Arrival): Promise<Arrived> {
  const found = await findByPassword(context, input.username, input.password)
  if (!found) throw refused(wrongPassword)
  return context.database.write(async (trx) => {
    // The password may have changed while it was being checked.
    const account = await holdAccount(trx, found)
    if (!account) throw refused(wrongPassword)
    if (account.status !== 'active') throw refused(`The account is ${account.status}; ask an administrator.`)
    return arrive(context, trx, account, from)
  })
}

/** @param token the token of the session */
export async function currentSession(
  { database, clock }: Context,
  { sessionId, id }: PersonPrincipal,
  token: string,
): Promise<Session> {
  const [row, account, systemId] = await Promise.all([
    store.findSession(database.read, sessionId),
    findAccount(database.read, id),
    systemAccountId(database.read),
  ])
  if (!row || !account) throw ended()
  // The time of this request is about to be recorded as the last use.
  const grant = grantOfRole(await requireRole(database.read, account.role))
  return toSession({ ...row, last_seen_at: toTimestamp(clock.now()) }, account, { systemId, token, grant })
}

/** @param current the session of the request, if any */
export async function listSessionsOf(
  { database, clock }: Context,
  userId: number,
  current: number | undefined,
  request: ListRequest,
): Promise<Listing<ListedSession>> {
  const nowMs = clock.now()
  const living = { seenAfter: idleSince(nowMs), now: toTimestamp(nowMs) }
  const [account, rows, total] = await Promise.all([
    findAccount(database.read, userId),
    store.listSessions(database.read, userId, living, request.slice),
    store.countSessions(database.read, userId, living),
  ])
  if (!account) throw notFound('user', userId)
  return listing(request, rows, total, (row) => ({
    id: row.id,
    current: row.id === current,
    created_at: row.created_at,
    last_seen_at: row.last_seen_at,
    expires_at: toTimestamp(endOf(row)),
    ip: row.ip,
    user_agent: row.user_agent,
  }))
}

/**
 * The person gives the password, a code or a passkey again, which opens for ten minutes what hands out access.
 * @param passkeyToken of the browser that was asked for a passkey
 * @throws AppError invalid_request
 */
export async function confirmSession(
  context: Context,
  actor: Actor,
  sessionId: number,
  { password, code, passkey }: SessionConfirm,
  passkeyToken: string | undefined,
): Promise<void> {
  if ([password, code, passkey].filter((given) => given !== undefined).length !== 1)
    throw invalidRequest("Send one of the 'password', 'code' and 'passkey' fields.")
  if (password !== undefined) return confirmByPassword(context, actor, sessionId, password)
  if (code !== undefined) return confirmByCode(context, actor, sessionId, code)
  return confirmByPasskey(context, actor, sessionId, passkey ?? {}, passkeyToken)
}

async function confirmByPasskey(
  context: Context,
  actor: Actor,
  sessionId: number,
  response: Record<string, unknown>,
  token: string | undefined,
): Promise<void> {
  const proof = await checkPasskey(context, `use ${token ?? ''}`, response)
  // A response that was used is used up also where it is refused.
  const refusal =
    'reason' in proof
      ? proof
      : await context.database.write(async (trx) => {
          if (proof.userId !== actor.userId)
            return { reason: 'This passkey belongs to somebody else.', userId: proof.userId }
          const refusal = await usePasskey(context, trx, proof)
          if (!refusal) await noteConfirmed(context, trx, actor, sessionId)
          return refusal
        })
  if (!refusal) return
  recordRefusedPasskey(context, actor, actor.userId, refusal.reason)
  throw invalidRequest(refusal.reason)
}

async function confirmByPassword(
  context: Context,
  actor: Actor,
  sessionId: number,
  password: string,
): Promise<void> {
  const found = await requireOwnPassword(context, actor, password, 'password')
  await context.database.write(async (trx) => {
    // The password may have changed, and the session ended, while it was being checked.
    if (!(await holdAccount(trx, found))) throw ended()
    await noteConfirmed(context, trx, actor, sessionId)
  })
}

/** A wrong code is counted, so the transaction is committed before it is refused. */
async function confirmByCode(context: Context, actor: Actor, sessionId: number, code: string): Promise<void> {
  const checked = await context.database.write(async (trx) => {
    const checked = await checkCode(context, trx, actor, actor.userId, code)
    if (checked.isRight) await noteConfirmed(context, trx, actor, sessionId)
    return checked
  })
  if (checked.isRight) return
  recordWrongCode(context, actor, actor.userId, checked.reason)
  throw invalidRequest(checked.reason)
}

async function noteConfirmed(
  { clock }: Context,
  trx: Transaction,
  actor: Actor,
  sessionId: number,
): Promise<void> {
  const now = toTimestamp(clock.now())
  if (!(await store.confirm(trx.db, sessionId, now))) throw ended()
  await recordAudit(trx, actor, now, {
    action: 'session.confirm',
    targetId: sessionId,
    before: null,
    after: null,
  })
}

/** Only the actor's own sessions; all others look as if they did not exist. */
export function endOwnSession(context: Context, actor: Actor, id: number): Promise<void> {
  return endSession(context, actor, actor.userId, id)
}

export async function endSession(
  { database, clock }: Context,
  actor: Actor,
  userId: number,
  id: number,
): Promise<void> {
  const now = toTimestamp(clock.now())
  await database.write(async (trx) => {
    const ended = await store.deleteSession(trx.db, id, userId)
    if (!ended) throw notFound('session', id)
    await recordAudit(trx, actor, now, deletion(ended))
  })
}

export async function endSessionsOfUser(
  { database, clock }: Context,
  actor: Actor,
  userId: number,
): Promise<void> {
  const now = toTimestamp(clock.now())
  await database.write(async (trx) => {
    if (!(await findAccount(trx.db, userId))) throw notFound('user', userId)
    for (const ended of await store.deleteSessionsOf(trx.db, userId))
      await recordAudit(trx, actor, now, deletion(ended))
  })
}

function ended() {
  return refused('The session has ended; sign in again.')
}
