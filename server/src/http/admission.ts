import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import { type Soon, whenKnown } from '../lib/soon.ts'
import { authorize, type Identity, identify } from './authenticate.ts'
import { requireUncoded, requireUtf8 } from './bodies.ts'
import { requireConfirmedAlways } from './confirmation.ts'
import { isPreflight, sendPreflight, writeCorsHeaders } from './cors.ts'
import { requireCsrfToken } from './csrf.ts'
import { requireOwnHost, writeTransportHeaders } from './own-host.ts'
import { bucketFor, countRequest } from './rate-limit.ts'
import { requireUnderstood } from './request-head.ts'
import { isApi, isShared, pathOf, placeOf } from './request-path.ts'
import type { RouteTable } from './route-table.ts'

/** The first hook: all that is known of a request before its body. */
export function admit(
  context: Context,
  routes: RouteTable,
  request: FastifyRequest,
  reply: FastifyReply,
): Soon<unknown> {
  writeCommonHeaders(context.config, request, reply)
  return whenKnown(originsFor(context, request), (origins) =>
    admitFrom(context, routes, origins, request, reply),
  )
}

/** @param origins those that may read the response */
function admitFrom(
  context: Context,
  routes: RouteTable,
  origins: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): Soon<unknown> {
  const place = placeOf(request)
  if (isShared(place)) writeCorsHeaders(origins, request, reply)
  if (!isApi(place)) return admitToRoute(context, routes, request)
  if (isPreflight(origins, request)) return allowPreflight(context, request, reply)
  return whenKnown(identifyAndCount(context, request, reply), () => {
    forbidOthers(context.config, request, reply)
    return admitToRoute(context, routes, request)
  })
}

/** Those of the settings, and that of the request if an application has it. */
function originsFor(
  { config, origins }: Context,
  { headers: { origin } }: FastifyRequest,
): Soon<readonly string[]> {
  const { corsOrigins } = config
  if (origin === undefined || corsOrigins.includes(origin)) return corsOrigins
  return whenKnown(origins.all(), (known) => (known.has(origin) ? [...corsOrigins, origin] : corsOrigins))
}

/** The origin of an application may use the tokens of that application, and no other key or token. */
function forbidOthers(
  { corsOrigins }: Config,
  { headers, identity }: FastifyRequest,
  reply: FastifyReply,
): void {
  const { origin } = headers
  if (origin === undefined || corsOrigins.includes(origin) || identity.kind !== 'principal') return
  const { principal } = identity
  if (principal.kind === 'delegate' && principal.application.origins.includes(origin)) return
  reply.removeHeader('access-control-allow-origin')
}

function admitToRoute(context: Context, routes: RouteTable, request: FastifyRequest): Soon<void> {
  requireUnderstood(request)
  // Before the body is read: a wrong path or method is told apart from a wrong body.
  const isMistaken = routes.isTakenFor(request.routeOptions.url ?? '', pathOf(request))
  if (request.is404 || hasEmptyParameter(request) || isMistaken) refuseUnknown(routes, request)
  return whenKnown(guard(context, request), () => {
    requireUncoded(request)
    requireUtf8(request)
  })
}

function allowPreflight(context: Context, request: FastifyRequest, reply: FastifyReply): Soon<FastifyReply> {
  request.identity = { kind: 'anonymous' }
  return whenKnown(count(context, undefined, request, reply), () => sendPreflight(reply))
}

export function refuseUnknown(routes: RouteTable, request: FastifyRequest): never {
  throw routes.notFound(request.method, pathOf(request))
}

/** Admits a request to its route, or throws. Outside the API its caller has not been identified yet. */
function guard(context: Context, request: FastifyRequest): Soon<void> {
  const { access, admits, anyHost = false } = request.routeOptions.config
  if (access === 'public' || admits?.(request)) {
    if (!anyHost) requireOwnHost(context.config, request)
    return
  }
  return whenKnown(request.identity ?? identify(context, request), (identity) => {
    request.identity = identity
    requireAccess(context, request)
  })
}

function requireAccess(context: Context, request: FastifyRequest): void {
  const { access = 'signed-in', ownersToo, anyHost = false } = request.routeOptions.config
  authorize(ownersToo && isPerson(request.identity) ? 'signed-in' : access, request.identity)
  if (isDelegate(request.identity)) requireConfirmedAlways(request)
  if (!actsByCookie(request)) return
  if (!anyHost) requireOwnHost(context.config, request)
  requireCsrfToken(context.config, request)
  requireConfirmedAlways(request)
}

function isDelegate(identity: Identity): boolean {
  return identity.kind === 'principal' && identity.principal.kind === 'delegate'
}

function isPerson(identity: Identity): boolean {
  return identity.kind === 'principal' && identity.principal.kind === 'person'
}

export function identifyAndCount(context: Context, request: FastifyRequest, reply: FastifyReply): Soon<void> {
  return whenKnown(identify(context, request), (identity) => {
    request.identity = identity
    if (identity.kind === 'principal' && identity.isInside) return undefined
    const principal = identity.kind === 'principal' ? identity.principal : undefined
    return count(context, principal, request, reply)
  })
}

function count(
  { limiter, clock, config }: Context,
  principal: Principal | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Soon<void> {
  const refuse = (error: unknown) => {
    if (!request.routeOptions.config.limitsFailures || !(error instanceof AppError)) throw error
    request.overLimit = error
  }
  try {
    const counted = countRequest(limiter, clock, bucketFor(config.rateLimits, principal, request), reply)
    return counted instanceof Promise ? counted.catch(refuse) : counted
  } catch (error) {
    refuse(error)
  }
}

export function writeCommonHeaders(config: Config, request: FastifyRequest, reply: FastifyReply): void {
  writeTransportHeaders(config, reply)
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
  reply.header('cache-control', 'private, no-cache')
  reply.header('vary', 'Authorization, X-API-Key, Cookie')
}

function actsByCookie({ identity }: FastifyRequest): boolean {
  return identity.kind === 'principal' && identity.principal.kind === 'person'
}

/** The router treats `/users/` as a user without an id. A `*` may match an empty text. */
function hasEmptyParameter({ params }: FastifyRequest): boolean {
  for (const name in params as Record<string, string>)
    if ((params as Record<string, string>)[name] === '' && name !== '*') return true
  return false
}
