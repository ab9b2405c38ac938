import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import type { TSchema } from 'typebox'
import type { TrustProxy } from '../config/env.ts'
import type { Context } from '../context.ts'
import { type Access, authorize, type Identity, identify } from './authenticate.ts'
import { type Actor, actorOf, type PersonPrincipal, type Principal } from './caller.ts'
import { requireCleanText } from './clean-text.ts'
import { answerClientError } from './client-error.ts'
import { answerPreflight, isPreflight, writeCorsHeaders } from './cors.ts'
import { requireCsrfToken } from './csrf.ts'
import { announceDeprecations, type Deprecation } from './deprecation.ts'
import { answerError } from './error-response.ts'
import { AppError, type ErrorCode, invalidRequest } from './errors.ts'
import { plainAddress } from './ip.ts'
import { parseJsonBody } from './json-body.ts'
import { bodyBytesMax, headersTimeoutMs, keepAliveTimeoutMs, requestTimeoutMs } from './limits.ts'
import { bucketFor, countRequest } from './rate-limit.ts'
import { requestIdOf } from './request-id.ts'
import { RequestStats } from './request-stats.ts'
import { RouteTable } from './route-table.ts'
import { closed } from './schemas.ts'
import { createValidatorCompiler } from './validate.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; required on every route under /api/v1. */
    access?: Access
    /** The route counts against a window of its own for each address, under this name. */
    ownBucket?: string
    /** The body's media type, where it is not JSON. */
    bodyType?: string
    /** Documents a body that the handler reads by itself. */
    documentedBody?: TSchema
    /** About one resource with an `ETag`: a reader may send `If-None-Match`, whoever changes it `If-Match`. */
    tagged?: boolean
    /** May be sent again under one `Idempotency-Key`. */
    idempotencyKey?: boolean
    deprecation?: Deprecation
    /** Errors that it answers beside those that follow from what it takes and who may call it. */
    errors?: readonly ErrorCode[]
  }
  interface FastifyInstance {
    routeTable: RouteTable
    requestStats: RequestStats
  }
  interface FastifyRequest {
    identity: Identity
    /** @throws AppError when nobody is signed in; a route that is not public always has a principal */
    principal(): Principal
    /** The same where the route is for people alone. */
    person(): PersonPrincipal
    /** Who to name for a change. */
    actor(): Actor
  }
}

/** The way of a request, in order. What is registered later (the features' routes) stands at the end of it. */
export function createPipeline(context: Context): App {
  const routes = new RouteTable()
  const { corsOrigins } = context.config
  const app = Fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    trustProxy: trustedProxies(context.config.trustProxy),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // The type widens to HTTP/2 unless the server options say otherwise.
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 2_000 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>()

  routes.collectFrom(app)
  app.decorate('routeTable', routes)
  const stats = new RequestStats()
  app.decorate('requestStats', stats)
  requireAccessOnEveryRoute(app)
  closeQueries(app)
  keepLengthFromUnsentBodies(app)
  announceDeprecations(app)
  app.setValidatorCompiler(createValidatorCompiler())
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request) => {
    throw routes.notFound(request.method, pathOf(request))
  })
  acceptBodies(app)

  // Set by the first hook; declared here so that every request has the same shape.
  app.decorateRequest('identity', null as never)
  app.decorateRequest('principal', principalOf)
  app.decorateRequest('person', personOf)
  app.decorateRequest('actor', function (this: FastifyRequest) {
    return actorOf(this.principal(), plainAddress(this.ip), this.id)
  })

  app.addHook('onRequest', async (request, reply) => {
    writeCommonHeaders(request, reply)
    const address = addressOf(request)
    if (isShared(address)) writeCorsHeaders(corsOrigins, request, reply)
    if (!isApi(address)) return
    if (isPreflight(corsOrigins, request)) {
      await countAnonymous(context, request, reply)
      return answerPreflight(reply)
    }
    await identifyAndCount(context, request, reply)
    requireDecodable(request.url)
    // Before the body is read: a wrong path or method is told apart from a wrong body.
    if (request.is404) throw routes.notFound(request.method, pathOf(request))
    authorize(request.routeOptions.config.access ?? 'signed-in', request.identity)
    if (actsByCookie(request)) requireCsrfToken(context.config, request)
  })
  app.addHook('preValidation', async (request) => {
    requireCleanText(request.query)
    requireCleanText(request.body)
    refuseUnusedBody(request)
  })
  app.addHook('onResponse', async (request, reply) => {
    stats.record(request, reply)
    logRequest(request, reply)
  })

  /** A path that the router cannot decode never reaches the hooks; it is counted, answered and logged like any other. */
  function answerUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('finish', () => {
      stats.record(request, reply)
      logRequest(request, reply)
    })
    writeCommonHeaders(request, reply)
    writeCorsHeaders(corsOrigins, request, reply)
    identifyAndCount(context, request, reply).then(
      () => answerError(error, request, reply),
      (limited: unknown) => answerError(limited, request, reply),
    )
  }
  return app
}

async function identifyAndCount(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  request.identity = await identify(context, request)
  const principal = request.identity.kind === 'principal' ? request.identity.principal : undefined
  await count(context, principal, request, reply)
}

async function countAnonymous(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  request.identity = { kind: 'anonymous' }
  await count(context, undefined, request, reply)
}

function count(
  { limiter, clock, config }: Context,
  principal: Principal | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  return countRequest(limiter, clock, bucketFor(config.rateLimits, principal, request), reply)
}

function writeCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
  reply.header('cache-control', 'private, no-cache')
  reply.header('vary', 'Authorization, X-API-Key, Cookie')
}

/** JSON everywhere; `application/merge-patch+json` (RFC 7396) where a resource is patched. */
function acceptBodies(app: App): void {
  app.removeAllContentTypeParsers()
  const types = ['application/json', 'application/merge-patch+json']
  app.addContentTypeParser(types, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
    if (isMergePatch(request) && request.method !== 'PATCH') {
      throw new AppError(
        'unsupported_media_type',
        'Send the body as application/json; a merge patch is for PATCH.',
      )
    }
    // Some clients announce JSON where there is nothing to send.
    return bytes.length === 0 && !takesBody(request) ? undefined : parseJsonBody(bytes)
  })
}

function takesBody(request: FastifyRequest): boolean {
  const { schema, config } = request.routeOptions
  return schema?.body !== undefined || config.bodyType !== undefined
}

/** A field that nobody reads is a mistake of the caller's, here as in every other body. */
function refuseUnusedBody(request: FastifyRequest): void {
  const { body } = request
  if (body === undefined || body === null || takesBody(request)) return
  if (typeof body === 'object' && Object.keys(body).length === 0) return
  throw invalidRequest('This call takes no body.')
}

function isMergePatch(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith('application/merge-patch+json') ?? false
}

function principalOf(this: FastifyRequest): Principal {
  if (this.identity.kind !== 'principal') throw new Error('A public route has no principal.')
  return this.identity.principal
}

function personOf(this: FastifyRequest): PersonPrincipal {
  const principal = this.principal()
  if (principal.kind !== 'person') throw new Error('Only a route for people has a person.')
  return principal
}

/** A public route does nothing in the name of whoever is signed in. */
function actsByCookie({ identity, routeOptions }: FastifyRequest): boolean {
  const isPerson = identity.kind === 'principal' && identity.principal.kind === 'person'
  return isPerson && routeOptions.config.access !== 'public'
}

function requireAccessOnEveryRoute(app: App): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (isApi(url) && config?.access === undefined)
      throw new Error(`The route ${url} does not say who may call it.`)
  })
}

/**
 * A route that names no query parameters takes none. Not so under /oauth: there unknown parameters are to be ignored
 * (RFC 6749 §3.2).
 */
function closeQueries(app: App): void {
  app.addHook('onRoute', ({ url, schema }) => {
    if (schema && isApi(url) && !isOauth(url)) schema.querystring ??= closed({})
  })
}

/** A 304 to GET names no length; the framework's answer to HEAD would name 0, which is not the length of the resource. */
function keepLengthFromUnsentBodies(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') return
    route.onSend = [route.onSend ?? []].flat().concat((_request, reply, payload, done) => {
      if (reply.statusCode === 304) reply.removeHeader('content-length')
      done(null, payload)
    })
  })
}

/** A number of hops becomes the question that Fastify asks of each address on the way, the nearest first. */
function trustedProxies(trust: TrustProxy) {
  return typeof trust === 'number' ? (_: string, hop: number) => hop < trust : trust
}

function requireDecodable(url: string): void {
  if (!url.includes('%')) return
  try {
    decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    throw invalidRequest('The address contains a broken percent-encoding.')
  }
}

/**
 * The pattern of the route that the router chose. The text of the address decides nothing where there is one: the router
 * decodes `/%61pi/v1` and drops the host of `http://host/api/v1`, so that one route has many spellings.
 */
function addressOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url
}

function isApi(url: string): boolean {
  return url.startsWith('/api/v1') && (url.length === 7 || url[7] === '/' || url[7] === '?')
}

function isOauth(url: string): boolean {
  return url.startsWith('/api/v1/oauth/')
}

/** What other origins may be allowed to read: the API, and what an OAuth client is told about it. */
function isShared(url: string): boolean {
  return isApi(url) || url.startsWith('/.well-known/')
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** The path without its query: a query can hold anything, also what a caller should not have put there. */
function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const principal = request.identity?.kind === 'principal' ? request.identity.principal : undefined
  request.log.info(
    {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: plainAddress(request.ip),
      ...nameOf(principal),
    },
    'request',
  )
}

function nameOf(principal: Principal | undefined) {
  if (!principal) return {}
  return principal.kind === 'person'
    ? { user: principal.id, session: principal.sessionId }
    : { credential: principal.id }
}
