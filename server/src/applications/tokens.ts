import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ActorName, anonymousActor } from '../access/caller.ts'
import { apiScopesOf, delegateOf } from '../access/delegations.ts'
import { scopesWithin } from '../access/scopes.ts'
import { sameHash } from '../access/secret.ts'
import { hashToken } from '../access/session-token.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { countRequest } from '../http/rate-limit.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { dayMs, fromTimestamp, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { tokenLifetimeSeconds } from '../oauth/access-tokens.ts'
import type { ApplicationGrants, ApplicationTokens, ClientShown } from '../oauth/application-grants.ts'
import type { Form } from '../oauth/client-authentication.ts'
import type { Introspection } from '../oauth/introspection.ts'
import { authenticateApplication } from './client.ts'
import { beginDevice, redeemDevice } from './device.ts'
import { idToken } from './identity.ts'
import { exchange, newRefreshToken, type RefreshState, readRefreshToken } from './refresh-tokens.ts'
import { wordsOf } from './service.ts'
import * as store from './sign-in-store.ts'
import type { ApplicationRow } from './store.ts'

/** A change, and what the client hears: a refusal must not undo what the change ended. */
type Outcome =
  | { kind: 'granted'; sign(): Promise<ApplicationTokens> }
  | { kind: 'refused'; error: OAuthError }

type Grant = (
  context: Context,
  trx: Transaction,
  application: ApplicationRow,
  form: Form,
  by: ActorName,
) => Promise<Outcome>

/** By `grant_type`. */
const grants: Readonly<Record<string, Grant | undefined>> = {
  authorization_code: byCode,
  refresh_token: byRefresh,
  'urn:ietf:params:oauth:grant-type:device_code': byDevice,
}

/** The token endpoint and its companions, for applications. */
export function applicationGrants(context: Context): ApplicationGrants {
  return {
    async grant(request, reply, form, shown) {
      const type = form.get('grant_type')
      if (type === undefined)
        throw new OAuthError('invalid_request', "The parameter 'grant_type' is required.")
      const grant = grants[type]
      if (!grant) {
        throw new OAuthError(
          type === 'client_credentials' ? 'unauthorized_client' : 'unsupported_grant_type',
          `An application has the grant types ${Object.keys(grants)
            .map((name) => `'${name}'`)
            .join(', ')}; programs of their own use a credential.`,
        )
      }
      const application = await admitted(context, request, reply, shown)
      const by = anonymousActor(plainAddress(request.ip), request.id)
      const outcome = await context.database.write((trx) => grant(context, trx, application, form, by))
      if (outcome.kind === 'refused') throw outcome.error
      // After the transaction: the first signature makes a key, in a transaction of its own.
      return outcome.sign()
    },
    async authorizeDevice(request, reply, form, shown) {
      return beginDevice(context, await admitted(context, request, reply, shown), form)
    },
    async revoke(request, reply, shown, token) {
      const application = await admitted(context, request, reply, shown)
      const refresh = readRefreshToken(token)
      const check = refresh ? undefined : await context.tokens.check(token)
      const sid = check?.kind === 'valid' ? check.claims.sid : undefined
      await context.database.write(async ({ db }) => {
        const row = refresh
          ? await store.holdSignIn(db, 'refresh_handle', refresh.handle)
          : sid === undefined
            ? undefined
            : await store.holdSignIn(db, 'sid', sid)
        if (row?.application_id === application.id) await store.deleteSignIn(db, row.id)
      })
    },
    async introspect(request, reply, shown, token) {
      const application = await admitted(context, request, reply, shown)
      // A program that proves nothing about itself could ask about whatever it was shown.
      if (application.secret_hash === null) return { active: false }
      const found = await introspected(context, token)
      return found.client_id === application.client_id ? found : { active: false }
    },
    introspectAny: (token) => introspected(context, token),
  }
}

/**
 * One that shows its secret has a window of its own. Others share that of their address: anybody can name their id.
 * @throws OAuthError invalid_client
 */
async function admitted(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: ClientShown,
): Promise<ApplicationRow> {
  const application = await authenticateApplication(context, shown, request)
  requireOrigin(context, application, request)
  if (application.secret_hash === null) {
    if (request.overLimit) throw request.overLimit
    return application
  }
  request.overLimit = undefined
  const bucket = {
    policy: 'token',
    key: `token:application:${application.id}`,
    limit: context.config.rateLimits.session,
  }
  await countRequest(context.limiter, context.clock, bucket, reply)
  return application
}

/** A page of another application must not use the codes and tokens of this one. */
function requireOrigin(
  { config }: Context,
  { origins }: ApplicationRow,
  { headers: { origin } }: FastifyRequest,
): void {
  const isOwn = origin === new URL(config.publicUrl).origin
  if (
    origin === undefined ||
    isOwn ||
    config.corsOrigins.includes(origin) ||
    wordsOf(origins).includes(origin)
  )
    return
  throw new OAuthError('invalid_client', 'The origin of this page is not among those of the application.')
}

async function byCode(
  context: Context,
  trx: Transaction,
  application: ApplicationRow,
  form: Form,
  by: ActorName,
): Promise<Outcome> {
  const code = required(form, 'code')
  const verifier = form.get('code_verifier')
  const row = await store.holdSignIn(trx.db, 'code_hash', hashToken(code))
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  if (!row || row.application_id !== application.id) return refused('The code is not known, or has ended.')
  if (row.redeemed_at !== null) {
    await endReplayed(trx, row, by, now, 'code')
    return refused('The code was used before; the tokens of its first use have ended.')
  }
  if (row.expires_at <= now) return refused('The code has expired; a code is valid for a minute.')
  const redirectUri = form.get('redirect_uri')
  if (redirectUri !== row.redirect_uri)
    return refused("The 'redirect_uri' is not the one that the code was sent to.")
  if (verifier === undefined || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))
    throw new OAuthError(
      'invalid_request',
      "The parameter 'code_verifier' must have 43 to 128 letters, digits and -._~ (RFC 7636, section 4.1).",
    )
  if (!sameHash(createHash('sha256').update(verifier).digest('base64url'), row.code_challenge ?? ''))
    return refused("The 'code_verifier' does not belong to the 'code_challenge' of the code.")
  return begin(context, trx, application, row)
}

async function byDevice(
  context: Context,
  trx: Transaction,
  application: ApplicationRow,
  form: Form,
): Promise<Outcome> {
  const row = await redeemDevice(trx, application, required(form, 'device_code'), context.clock.now())
  return row instanceof OAuthError ? { kind: 'refused', error: row } : begin(context, trx, application, row)
}

/** The first tokens of a sign-in. */
async function begin(
  context: Context,
  trx: Transaction,
  application: ApplicationRow,
  row: store.SignInRow,
): Promise<Outcome> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const refresh = wordsOf(row.scopes).includes('offline_access') ? newRefreshToken() : undefined
  await store.updateSignIn(trx.db, row.id, {
    redeemed_at: now,
    last_used_at: now,
    expires_at: refresh ? endOf(context, nowMs, nowMs) : toTimestamp(nowMs + tokenLifetimeSeconds * secondMs),
    ...(refresh
      ? {
          refresh_handle: refresh.handle,
          refresh_hash: refresh.state.hash,
          refresh_spent: JSON.stringify(refresh.state.spent),
        }
      : {}),
  })
  return granted(context, trx, application, row, { scope: row.scopes, refreshToken: refresh?.token })
}

async function byRefresh(
  context: Context,
  trx: Transaction,
  application: ApplicationRow,
  form: Form,
  by: ActorName,
): Promise<Outcome> {
  const shown = readRefreshToken(required(form, 'refresh_token'))
  const row = shown && (await store.holdSignIn(trx.db, 'refresh_handle', shown.handle))
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  if (!row || row.application_id !== application.id || row.expires_at <= now)
    return refused('The refresh token is not known, or has ended; the person has to sign in again.')
  const scope = narrowed(row.scopes, form.get('scope'))
  const state: RefreshState = { hash: row.refresh_hash ?? '', spent: JSON.parse(row.refresh_spent ?? '[]') }
  const exchanged = exchange(shown, state, nowMs)
  if (exchanged.kind === 'replayed') {
    await endReplayed(trx, row, by, now, 'refresh_token')
    return refused('The refresh token was used before; the sign-in has ended.')
  }
  const outcome = await granted(context, trx, application, row, { scope, refreshToken: exchanged.token })
  if (outcome.kind === 'refused') return outcome
  await store.updateSignIn(trx.db, row.id, {
    last_used_at: now,
    ...(exchanged.kind === 'rotated'
      ? {
          refresh_hash: exchanged.state.hash,
          refresh_spent: JSON.stringify(exchanged.state.spent),
          expires_at: endOf(context, fromTimestamp(row.created_at), nowMs),
        }
      : {}),
  })
  return outcome
}

/** Tokens for what the person and the application may do now. */
async function granted(
  { tokens, signingKeys, clock }: Context,
  trx: Transaction,
  application: ApplicationRow,
  row: store.SignInRow,
  { scope, refreshToken }: { scope: string; refreshToken: string | undefined },
): Promise<Outcome> {
  const clientId = application.client_id
  const asked = wordsOf(scope)
  const now = toTimestamp(clock.now())
  const [person, found] = await Promise.all([
    store.findPerson(trx.db, row.user_id),
    delegateOf(trx.db, { sid: row.sid, clientId, scope }, now),
  ])
  const delegate = found?.principal
  if (!person || !delegate) return refused('The person may not sign in to the application any more.')
  const subject = await store.subjectOf(trx.db, person.id)
  const held = [...delegate.known, ...scopesWithin(apiScopesOf(asked), delegate.scopes)].join(' ')
  const about = { clientId, subject, sid: row.sid }
  return {
    kind: 'granted',
    sign: async () => ({
      access_token: await tokens.issueFor(about, held),
      token_type: 'Bearer',
      expires_in: tokenLifetimeSeconds,
      scope: held,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...(asked.includes('openid')
        ? { id_token: await idToken({ tokens, signingKeys, clock }, application, row, person, subject) }
        : {}),
    }),
  }
}

/** Of a token or code that is used twice, one use is a thief's; nobody knows which. */
async function endReplayed(
  trx: Transaction,
  row: store.SignInRow,
  by: ActorName,
  now: string,
  reason: 'code' | 'refresh_token',
): Promise<void> {
  await store.deleteSignIn(trx.db, row.id)
  await recordAudit(trx, by, now, {
    action: 'application.end_replayed',
    targetId: row.application_id,
    before: null,
    after: { user_id: row.user_id, replayed: reason },
  })
}

/** @param asked part of what the sign-in has @throws OAuthError invalid_scope */
function narrowed(scopes: string, asked: string | undefined): string {
  if (asked === undefined) return scopes
  const [names, held] = [wordsOf(asked), wordsOf(scopes)]
  const beyond = names.find((name) => !held.includes(name))
  if (beyond !== undefined)
    throw new OAuthError('invalid_scope', `The sign-in was not for the scope '${beyond.slice(0, 100)}'.`)
  return held.filter((name) => names.includes(name)).join(' ')
}

function endOf({ config }: Context, beganMs: number, usedMs: number): string {
  const { refreshIdleDays, refreshDays } = config.applications
  return toTimestamp(Math.min(usedMs + refreshIdleDays * dayMs, beganMs + refreshDays * dayMs))
}

async function introspected(
  { tokens, database, clock }: Pick<Context, 'tokens' | 'database' | 'clock'>,
  token: string,
): Promise<Introspection> {
  const check = await tokens.check(token)
  if (check.kind === 'refused' || check.claims.sid === undefined) return { active: false }
  const { sid, clientId, scopeNames, subject, jti, issuedAtMs, expiresAtMs, scope } = check.claims
  const now = toTimestamp(clock.now())
  const delegate = (await delegateOf(database.read, { sid, clientId, scope }, now))?.principal
  if (!delegate) return { active: false }
  return {
    active: true,
    scope: [...delegate.known, ...scopesWithin(scopeNames, delegate.scopes)].join(' '),
    client_id: clientId,
    token_type: 'Bearer',
    exp: expiresAtMs / secondMs,
    iat: issuedAtMs / secondMs,
    sub: subject,
    aud: tokens.audience,
    iss: tokens.issuer,
    jti,
  }
}

function required(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter '${name}' is required.`)
  return value
}

function refused(details: string): Outcome {
  return { kind: 'refused', error: new OAuthError('invalid_grant', details) }
}
