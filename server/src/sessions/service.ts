import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { type Actor, actorOf, type PersonPrincipal } from '../http/caller.ts'
import { AppError, notFound } from '../http/errors.ts'
import { type Page, type PageRequest, pageOf } from '../http/paging.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { scopesOfRole } from '../users/roles.ts'
import { toUser } from '../users/service.ts'
import * as users from '../users/store.ts'
import { endOf, sessionLifetimeMs } from './lifetime.ts'
import type { ListedSession, Session, SignIn } from './schema.ts'
import * as store from './store.ts'
import { csrfTokenOf, generateToken, hashToken } from './token.ts'

const userAgentLengthMax = 256

/** Where a sign-in comes from. */
export interface Origin {
  ip: string
  userAgent: string | undefined
  requestId: string
  /** The token of a session that the same browser had before; it ends. */
  formerToken: string | undefined
}

export interface SignedIn {
  /** For the cookie, and nowhere else. */
  token: string
  session: Session
}

/**
 * Unknown names cost the same time as wrong passwords and get the same answer; that an account is suspended is told only
 * to whoever knows its password.
 * @throws AppError authentication_failed
 */
export async function signIn(context: Context, input: SignIn, from: Origin): Promise<SignedIn> {
  const found = await users.findBySignInName(context.database.read, input.username)
  const isRight = await context.passwords.verify(input.password, found?.password_hash ?? null)
  if (!found || !isRight) throw refused('The username or the password is wrong.')
  return context.database.write(async (trx) => {
    const user = await users.findUser(trx.db, found.id, { forUpdate: true })
    // The password may have been changed while it was being checked.
    if (user?.password_hash !== found.password_hash) throw refused('The username or the password is wrong.')
    if (user.status !== 'active') throw refused(`The account is ${user.status}; ask an administrator.`)
    return openSession(context, trx, user, from)
  })
}

/** A session of a user who has proved to be that user. */
export async function openSession(
  { clock }: Context,
  trx: Transaction,
  user: users.UserRow,
  { ip, userAgent, requestId, formerToken }: Origin,
): Promise<SignedIn> {
  const nowMs = clock.now()
  const now = toTimestamp(nowMs)
  const token = generateToken()
  const former = formerToken && (await store.deleteByToken(trx.db, hashToken(formerToken)))
  const row = await store.insertSession(trx.db, {
    user_id: user.id,
    token_hash: hashToken(token),
    created_at: now,
    last_seen_at: now,
    expires_at: toTimestamp(nowMs + sessionLifetimeMs),
    ip,
    user_agent: userAgent?.slice(0, userAgentLengthMax) ?? null,
  })
  await store.tidySessions(trx.db, user.id, now)
  await users.recordSignIn(trx, user.id, now)
  const session = toSession(row, { ...user, last_login: now }, token)
  const actor = actorOf(toPrincipal(row, session), ip, requestId)
  if (former) await recordAudit(trx, actor, now, deletion(former))
  await recordAudit(trx, actor, now, {
    action: 'session.create',
    targetId: row.id,
    before: null,
    after: auditView(row),
  })
  return { token, session }
}

/** @param token the one that the session was found by */
export async function currentSession(
  { database, clock }: Context,
  { sessionId, id }: PersonPrincipal,
  token: string,
): Promise<Session> {
  const [row, user] = await Promise.all([
    store.findSession(database.read, sessionId),
    users.findUser(database.read, id),
  ])
  if (!row || !user) throw refused('The session has ended; sign in again.')
  // This request is about to be written down as the last one that was seen.
  return toSession({ ...row, last_seen_at: toTimestamp(clock.now()) }, user, token)
}

export async function listSessions(
  { database, clock }: Context,
  { id, sessionId }: PersonPrincipal,
  request: PageRequest,
): Promise<Page<ListedSession>> {
  const nowMs = clock.now()
  const [rows, total] = await Promise.all([
    store.listSessions(database.read, id, nowMs, request),
    store.countSessions(database.read, id, nowMs),
  ])
  return pageOf(
    request,
    rows.map((row) => ({
      id: row.id,
      current: row.id === sessionId,
      created_at: row.created_at,
      last_seen_at: row.last_seen_at,
      expires_at: toTimestamp(endOf(row)),
      ip: row.ip,
      user_agent: row.user_agent,
    })),
    total,
  )
}

/** One of the actor's own; anybody else's might as well not exist. */
export async function endSession({ database, clock }: Context, actor: Actor, id: number): Promise<void> {
  const now = toTimestamp(clock.now())
  await database.write(async (trx) => {
    const ended = await store.deleteSession(trx.db, id, actor.userId)
    if (!ended) throw notFound('session', id)
    await recordAudit(trx, actor, now, deletion(ended))
  })
}

function toSession(row: store.SessionRow, userRow: users.UserRow, token: string): Session {
  const user = toUser(userRow)
  return {
    id: row.id,
    user,
    scopes: [...scopesOfRole(user.role)],
    csrf_token: csrfTokenOf(token),
    created_at: row.created_at,
    expires_at: toTimestamp(endOf(row)),
  }
}

function toPrincipal({ id }: store.SessionRow, { user, scopes }: Session): PersonPrincipal {
  return {
    kind: 'person',
    id: user.id,
    username: user.username,
    role: user.role,
    scopes: new Set(scopes),
    sessionId: id,
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
