import type { PersonPrincipal } from '../access/caller.ts'
import { type Actor, actorOf } from '../access/caller.ts'
import { apiScopesOf } from '../access/delegations.ts'
import { scopesWithin } from '../access/scopes.ts'
import { randomBase62 } from '../access/secret.ts'
import { generateToken, hashToken } from '../access/session-token.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { fromTimestamp, minuteMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { mayBeTakenByAnother } from './redirect-uris.ts'
import { type AskedScope, AuthorizationError, type AuthorizationRequest, askable } from './request.ts'
import { wordsOf } from './service.ts'
import * as store from './sign-in-store.ts'

export const codeLifetimeMs = minuteMs

/** What has to happen before a person's answer is known. */
export type Step = 'allowed' | 'ask' | 'sign-in' | 'sign-in-again'

/**
 * What comes next for a person, who may not have signed in.
 * @throws AuthorizationError where the application wants no page shown, or the person may not use it
 */
export async function nextStep(
  { database, clock }: Context,
  request: AuthorizationRequest,
  person: PersonPrincipal | undefined,
): Promise<Step> {
  const { application, prompts, maxAgeSeconds, scopes, redirectUri } = request
  const isSilent = prompts.has('none')
  if (!person) {
    if (isSilent) throw new AuthorizationError('login_required', 'Nobody is signed in.')
    return 'sign-in'
  }
  const signedInMs = fromTimestamp(await store.confirmedAt(database.read, person.sessionId))
  const isTooOld = maxAgeSeconds !== undefined && clock.now() - signedInMs > maxAgeSeconds * secondMs
  if (isTooOld || prompts.has('login')) {
    if (isSilent) throw new AuthorizationError('login_required', 'The person has to sign in again.')
    return 'sign-in-again'
  }
  requireAllowed(request, person)
  if (application.trusted === 1) return 'allowed'
  const consent = await store.consentOf(database.read, application.id, person.id)
  const allowed = new Set(wordsOf(consent ?? ''))
  const isRemembered = consent !== undefined && scopes.every((scope) => allowed.has(scope))
  // Another program may have taken the address (RFC 8252 §8.6), so that a person has to press the button.
  if (isRemembered && !prompts.has('consent') && !mayBeTakenByAnother(redirectUri)) return 'allowed'
  if (isSilent) throw new AuthorizationError('consent_required', 'The person has to allow it.')
  return 'ask'
}

/** @throws AuthorizationError access_denied */
export function requireAllowed(
  { application }: Pick<AuthorizationRequest, 'application'>,
  { role }: PersonPrincipal,
): void {
  if (application.roles === null || wordsOf(application.roles).includes(role)) return
  throw new AuthorizationError(
    'access_denied',
    `People with the role '${role}' may not use this application.`,
  )
}

/** The rights among them that the person has now: what the application will be able to do. */
export function heldBy(person: PersonPrincipal, scopes: readonly AskedScope[]): AskedScope[] {
  const rights = apiScopesOf(scopes)
  return [
    ...scopes.filter((scope) => !rights.some((right) => right === scope)),
    ...scopesWithin(rights, person.scopes),
  ]
}

/** Remembers what the person allows, and makes a code. @returns the code */
export async function allow(
  { database, clock }: Context,
  { application, scopes, codeChallenge, redirectUri, nonce }: AuthorizationRequest,
  person: PersonPrincipal,
  { ip, requestId }: { ip: string; requestId: string },
): Promise<string> {
  const code = generateToken()
  const nowMs = clock.now()
  const now = toTimestamp(nowMs)
  await database.write(async (trx) => {
    await remember(trx.db, { applicationId: application.id, userId: person.id, now }, scopes)
    await store.insertSignIn(trx.db, {
      application_id: application.id,
      user_id: person.id,
      sid: randomBase62(22),
      scopes: scopes.join(' '),
      code_hash: hashToken(code),
      code_challenge: codeChallenge,
      redirect_uri: redirectUri,
      nonce: nonce ?? null,
      signed_in_at: await store.confirmedAt(trx.db, person.sessionId),
      created_at: now,
      redeemed_at: null,
      refresh_handle: null,
      refresh_hash: null,
      refresh_spent: null,
      last_used_at: null,
      expires_at: toTimestamp(nowMs + codeLifetimeMs),
    })
    await recordAudit(trx, actorOf(person, ip, requestId), now, {
      action: 'application.sign_in',
      targetId: application.id,
      before: null,
      after: { scopes },
    })
  })
  return code
}

/** What a person allows is added to what they allowed before. */
export async function remember(
  db: Db,
  { applicationId, userId, now }: { applicationId: number; userId: number; now: string },
  scopes: readonly AskedScope[],
): Promise<void> {
  const before = await store.consentOf(db, applicationId, userId)
  const allowed = new Set([...wordsOf(before ?? ''), ...scopes])
  const remembered = askable.filter((scope) => allowed.has(scope)).join(' ')
  if (remembered !== before) await store.keepConsent(db, { applicationId, userId, scopes: remembered, now })
}

/** A person takes an application's access away: its tokens end at once. @returns whether it had any */
export function withdraw(
  { database, clock }: Context,
  actor: Actor,
  applicationId: number,
): Promise<boolean> {
  return database.write(async (trx) => {
    if (!(await store.withdrawConsent(trx.db, applicationId, actor.userId))) return false
    await recordAudit(trx, actor, toTimestamp(clock.now()), {
      action: 'application.withdraw',
      targetId: applicationId,
      before: null,
      after: null,
    })
    return true
  })
}
