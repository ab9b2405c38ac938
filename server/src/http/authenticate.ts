import type { FastifyRequest } from 'fastify'
import {
  type Actor,
  actorOf,
  type CredentialPrincipal,
  missingScope,
  type PersonPrincipal,
  type Principal,
} from '../access/caller.ts'
import { whyRefused } from '../access/credential-directory.ts'
import { isDelegation } from '../access/delegations.ts'
import { expandScopes, type Scope } from '../access/scopes.ts'
import { hashSecret, isWellFormedSecret } from '../access/secret.ts'
import { sessionTokenOf } from '../access/session-cookie.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { bearerToken, readAuthorization } from '../lib/authorization.ts'
import { onBehalfOf } from '../lib/caller.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { type Soon, whenKnown } from '../lib/soon.ts'
import { callerKey } from './caller.ts'

/**
 * Who may call a route: everybody, any authenticated caller, a signed-in person, a program that shows a key or a token,
 * or callers with the scope.
 */
export type Access = 'public' | 'signed-in' | 'person' | 'program' | Scope

/** The source of a request. A refusal ends the request only where the route requires authentication. */
export type Identity =
  | { kind: 'anonymous' }
  | {
      kind: 'principal'
      principal: Principal
      /** An extension of this server. */
      isInside?: boolean
    }
  | { kind: 'refused'; error: AppError; credential?: RefusedCredential }

/** A credential that is known, but does not work now. */
interface RefusedCredential {
  targetId: number
  ownerId: number
  reason: string
}

const anonymous: Identity = { kind: 'anonymous' }

/** Until then a request counts as one of its address: wrong keys from there queue behind each other, not before others. */
export function identify(context: Context, request: FastifyRequest): Soon<Identity> {
  return identifyBy(context, request, true)
}

/** Who the caller of a request that lasts is now. @throws AppError when the caller may not call its route any more */
export async function identifyAgain(context: Context, request: FastifyRequest): Promise<Actor> {
  const identity = await identifyBy(context, request, false)
  authorize(request.routeOptions.config.access ?? 'signed-in', identity)
  if (identity.kind !== 'principal') throw new Error('A public route has no principal.')
  return actorOf(identity.principal, plainAddress(request.ip), request.id)
}

/** @param isUse false: the request was counted as a use of the session when it came */
function identifyBy(context: Context, request: FastifyRequest, isUse: boolean): Soon<Identity> {
  const { 'x-api-key': apiKey } = request.headers
  const authorization = ownAuthorization(context, request)
  // A key or token takes precedence over a cookie: the console may try out a key while its cookie is sent along.
  if (authorization === undefined && apiKey === undefined) return identifyBySession(context, request, isUse)
  if (authorization !== undefined && apiKey !== undefined) {
    return { kind: 'refused', error: invalidRequest('Send either Authorization or X-API-Key, not both.') }
  }
  if (typeof apiKey === 'string') return identifyByKey(context, apiKey, request)
  const token = bearerToken(authorization)
  if (token === undefined)
    return refused("The Authorization header must be 'Bearer' followed by an access token.")
  return identifyByToken(context, token, request)
}

const forAddress = (request: FastifyRequest) => () => ({ key: callerKey(request) })

/**
 * The `Authorization` header, as far as it is meant for us. A proxy in front that requires a password passes its header
 * on (`Basic`, `Digest`, `Negotiate`); beside a key or a cookie it is ignored. Alone it is refused: it is most likely a
 * mistake of the caller.
 */
function ownAuthorization(
  { config }: Context,
  { headers }: Pick<FastifyRequest, 'headers'>,
): string | undefined {
  const { authorization } = headers
  if (authorization === undefined || readAuthorization(authorization).scheme === 'bearer')
    return authorization
  const isForeign = headers['x-api-key'] !== undefined || sessionTokenOf(config, { headers }) !== undefined
  return isForeign ? undefined : authorization
}

/** @throws AppError authentication_failed or permission_denied */
export function authorize(access: Access, identity: Identity): void {
  if (access === 'public') return
  if (identity.kind === 'refused') throw identity.error
  if (identity.kind === 'anonymous') {
    throw new AppError(
      'authentication_failed',
      'Send an access token as Authorization: Bearer, or an API key as X-API-Key.',
      {
        headers: { 'www-authenticate': 'Bearer realm="comserv"' },
      },
    )
  }
  if (access === 'signed-in') return
  const { principal } = identity
  if (access === 'person') requirePerson(principal)
  else if (access === 'program') requireProgram(principal)
  else if (!principal.scopes.has(access)) throw missingScope(access, 'This call', principal)
}

function identifyBySession(
  { config, sessions }: Context,
  request: FastifyRequest,
  isUse: boolean,
): Soon<Identity> {
  const token = sessionTokenOf(config, request)
  if (token === undefined) return anonymous
  return onBehalfOf(forAddress(request)(), async () =>
    identityOf(await sessions.byToken(token, request.ip, isUse)),
  )
}

function identityOf(principal: PersonPrincipal | undefined): Identity {
  return principal ? { kind: 'principal', principal } : refused('The session has ended; sign in again.')
}

function identifyByKey(
  { credentials, clock }: Context,
  key: string,
  request: FastifyRequest,
): Soon<Identity> {
  // The checksum reveals a mistyped or truncated key, without a query.
  if (!isWellFormedSecret(key)) return refused('The API key is mistyped or incomplete.')
  const secretHash = hashSecret(key)
  return whenKnown(credentials.bySecretHash(secretHash, forAddress(request)), (known) => {
    if (!known) return refused('The API key is not known.')
    const reason = whyRefused(known, clock.now(), { ip: request.ip, secretHash })
    return reason === undefined
      ? { kind: 'principal', principal: known.principal }
      : refused(reason, known.principal)
  })
}

function identifyByToken(context: Context, token: string, request: FastifyRequest): Soon<Identity> {
  const { credentials, delegations, tokens, clock, extensions } = context
  const own = extensions?.inside.clientIdOf(token)
  if (own !== undefined) return identifyExtension(context, own, request)
  if (isWellFormedSecret(token))
    return refused('This is an API key: send it as X-API-Key, or exchange it for an access token first.')
  return whenKnown(tokens.check(token, forAddress(request)), (check) => {
    if (check.kind === 'refused') return refused(check.reason)
    const { clientId, scopeNames, jti } = check.claims
    if (isDelegation(check.claims)) {
      return whenKnown(delegations.of(check.claims, forAddress(request)), (principal) =>
        principal
          ? { kind: 'principal', principal }
          : refused('The access of this application has ended; its person may sign in again.'),
      )
    }
    return whenKnown(credentials.byClientId(clientId, forAddress(request)), (known) => {
      if (!known) return refused('The credential of this access token does not exist any more.')
      const reason = whyRefused(known, clock.now(), { ip: request.ip, jti })
      return reason === undefined
        ? { kind: 'principal', principal: narrowed(known.principal, scopeNames) }
        : refused(reason, known.principal)
    })
  })
}

/** An extension that calls the API from within: its credential, unless somebody has revoked that. */
function identifyExtension(
  { credentials, clock }: Context,
  clientId: string,
  request: FastifyRequest,
): Soon<Identity> {
  return whenKnown(credentials.byClientId(clientId, forAddress(request)), (known) => {
    const reason = known ? whyRefused(known, clock.now(), { ip: request.ip }) : 'It does not exist any more.'
    if (known && reason === undefined)
      return { kind: 'principal', principal: known.principal, isInside: true }
    return refused(`The credential of the extension is not valid: ${reason}`, known?.principal)
  })
}

/** A token has the scopes that it was issued for, as far as its credential still has them. */
function narrowed(
  principal: CredentialPrincipal,
  scopeNames: CredentialPrincipal['scopeNames'],
): CredentialPrincipal {
  if (sameNames(principal.scopeNames, scopeNames)) return principal
  const issued = expandScopes(scopeNames)
  return { ...principal, scopeNames, scopes: principal.scopes.intersection(issued) }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

function requirePerson(principal: Principal): void {
  if (principal.kind === 'person') return
  throw new AppError(
    'permission_denied',
    principal.kind === 'delegate'
      ? 'This route is for a person who signed in to this server; the access token of an application does not open it.'
      : 'This route is for a signed-in person; a credential is not a person.',
  )
}

/** @param known the credential, if it is */
function refused(details: string, known?: CredentialPrincipal): Identity {
  const error = new AppError('authentication_failed', details, {
    message: 'The credentials are not valid',
    headers: {
      'www-authenticate': `Bearer realm="comserv", error="invalid_token", error_description="${details}"`,
    },
  })
  if (!known) return { kind: 'refused', error }
  return {
    kind: 'refused',
    error,
    credential: { targetId: known.id, ownerId: known.ownerId, reason: details },
  }
}

function requireProgram(principal: Principal): void {
  if (principal.kind !== 'person') return
  throw new AppError(
    'permission_denied',
    'This address is for programs: they show an access token or an API key, and no session.',
  )
}
