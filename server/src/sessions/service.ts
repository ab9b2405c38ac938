import { type Actor, actorOf, type PersonPrincipal } from '../access/caller.ts'
import { type Grant, grantOfRole } from '../access/grant.ts'
import { endOf, idleSince, sessionLifetimeMs, sessionsPerUserMax } from '../access/session-lifetime.ts'
import { csrfTokenOf, generateToken, hashToken } from '../access/session-token.ts'
import { AppError, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { requireRole } from '../roles/service.ts'
import {
  type Account,
  findAccount,
  findByPassword,
  holdAccount,
  noteSignIn,
  systemAccountId,
} from '../users/accounts.ts'
import { requireOwnPassword } from '../users/own-password.ts'
import { toUser } from '../users/service.ts'
import type { ListedSession, Session, SignIn } from './schema.ts'
import type { Arrival, SignedIn } from './sign-in.ts'
import * as store from './store.ts'

const userAgentLengthMax = 256
const wrongPassword = 'The username or the password is wrong.'

/**
 * Unknown names take as long as wrong passwords and get the same response; a suspension is revealed only to a caller who
 * knows the password.
 * @throws AppError authentication_failed
 */
export async function signIn(context: Context, input: SignIn, from: Arrival): Promise<SignedIn> {
  const found = await findByPassword(context, input.username, input.password)
  if (!found) throw refused(wrongPassword)
  return context.database.write(async (trx) => {
    // The password may have changed while it was being checked.
    const account = await holdAccount(trx, found)
    if (!account) throw refused(wrongPassword)
    if (account.status !== 'active') throw refused(`The account is ${account.status}; ask an administrator.`)
    return openSession(context, trx, account, from)
  })
}

/** Opens a session for an authenticated user. */
export async function openSession(
  { clock }: Context,
  trx: Transaction,
  account: Account,
  { ip, userAgent, requestId, formerToken }: Arrival,
): Promise<SignedIn> {
  const nowMs = clock.now()
  const now = toTimestamp(nowMs)
  const token = generateToken()
  const former = formerToken && (await store.deleteByToken(trx.db, hashToken(formerToken)))
  const row = await store.insertSession(trx.db, {
    user_id: account.id,
    token_hash: hashToken(token),
    created_at: now,
    last_seen_at: now,
    expires_at: toTimestamp(nowMs + sessionLifetimeMs),
    ip,
    user_agent: userAgent?.slice(0, userAgentLengthMax) ?? null,
    confirmed_at: now,
  })
  await store.tidySessions(trx.db, account.id, now, sessionsPerUserMax)
  const systemId = await systemAccountId(trx.db)
  const grant = grantOfRole(await requireRole(trx.db, account.role))
  const session = toSession(row, await noteSignIn(trx, account, now), { systemId, token, grant })
  const actor = actorOf(toPrincipal(row, session, grant), ip, requestId)
  if (former) await recordAudit(trx, actor, now, deletion(former))
  await recordAudit(trx, actor, now, {
    action: 'session.create',
    targetId: row.id,
    before: null,
    after: auditView(row),
  })
  return { token, session }
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
  if (!row || !account) throw refused('The session has ended; sign in again.')
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
 * The person gives the password again, which opens for ten minutes what hands out access.
 * @throws AppError invalid_request
 */
export async function confirmSession(
  context: Context,
  actor: Actor,
  sessionId: number,
  password: string,
): Promise<void> {
  const { database, clock } = context
  const found = await requireOwnPassword(context, actor, password, 'password')
  const now = toTimestamp(clock.now())
  await database.write(async (trx) => {
    // The password may have changed, and the session ended, while it was being checked.
    const confirmed = (await holdAccount(trx, found)) && (await store.confirm(trx.db, sessionId, now))
    if (!confirmed) throw refused('The session has ended; sign in again.')
    await recordAudit(trx, actor, now, {
      action: 'session.confirm',
      targetId: sessionId,
      before: null,
      after: null,
    })
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

function toSession(
  row: store.SessionRow,
  account: Account,
  { systemId, token, grant }: { systemId: number | null; token: string; grant: Grant },
): Session {
  return {
    id: row.id,
    user: toUser(account),
    scopes: [...grant.scopes],
    system_account_id: systemId,
    csrf_token: csrfTokenOf(token),
    created_at: row.created_at,
    expires_at: toTimestamp(endOf(row)),
  }
}

/** Who has just signed in. */
function toPrincipal({ id }: store.SessionRow, { user }: Session, grant: Grant): PersonPrincipal {
  return {
    kind: 'person',
    id: user.id,
    username: user.username,
    role: user.role,
    ...grant,
    sessionId: id,
    isConfirmed: true,
  }
}

function deletion(row: store.SessionRow) {
  return { action: 'session.delete', targetId: row.id, before: auditView(row), after: null } as const
}

function auditView({ token_hash: _, ...session }: store.SessionRow) {
  return session
}

function refused(details: string): AppError {
  return new AppError('authentication_failed', details, {
    message: 'The credentials are not valid',
    headers: { 'www-authenticate': 'Bearer realm="comserv"' },
  })
}
