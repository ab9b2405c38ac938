import { actorOf, type PersonPrincipal } from '../access/caller.ts'
import { type Grant, grantOfRole } from '../access/grant.ts'
import { endOf, sessionLifetimeMs, sessionsPerUserMax } from '../access/session-lifetime.ts'
import { csrfTokenOf, generateToken, hashToken } from '../access/session-token.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { requireRole } from '../roles/service.ts'
import { type Account, noteSignIn, systemAccountId } from '../users/accounts.ts'
import { toUser } from '../users/service.ts'
import type { Session } from './schema.ts'
import type { Arrival, SignedIn } from './sign-in.ts'
import * as store from './store.ts'

const userAgentLengthMax = 256

/** Opens a session for a user who has passed every step. */
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

export function toSession(
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

export function deletion(row: store.SessionRow) {
  return { action: 'session.delete', targetId: row.id, before: auditView(row), after: null } as const
}

function auditView({ token_hash: _, ...session }: store.SessionRow) {
  return session
}
