import type { Socket } from 'node:net'
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
import { type Actor, actorOf, type PersonPrincipal, type Principal } from '../access/caller.ts'
import { GrantUse } from '../access/grant-use.ts'
import { isScope } from '../access/scopes.ts'
import type { AppError, ErrorCode } from '../api/errors.ts'
import { requireCleanText } from '../api/input.ts'
import { bodyBytesMax, publicBodyBytesMax } from '../api/limits.ts'
import { closed } from '../api/schemas.ts'
import { compileSerializer } from '../api/serialize.ts'
import { createValidatorCompiler } from '../api/validate.ts'
import type { Context } from '../context.ts'
import { addressReader } from '../lib/forwarded.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { admit, identifyAndCount, refuseUnknown, writeCommonHeaders } from './admission.ts'
import type { Access, Identity } from './authenticate.ts'
import { acceptBodies, settleBody } from './bodies.ts'
import { rememberCaller } from './caller.ts'
import { createClientErrorHandler } from './client-error.ts'
import { compressResponses } from './compression.ts'
import { type Confirmation, requireConfirmedFor } from './confirmation.ts'
import { writeCorsHeaders } from './cors.ts'
import { announceDeprecations, type Deprecation } from './deprecation.ts'
import { sendError } from './error-response.ts'
import { logRequest } from './log-request.ts'
import { endAfterUnread, receiveInTurns } from './receiving.ts'
import { recordRefusal } from './refusals.ts'
import { requestIdOf } from './request-head.ts'
import { isApi } from './request-path.ts'
import { recordRequest } from './request-record.ts'
import { RequestStats } from './request-stats.ts'
import { RouteTable } from './route-table.ts'
import { createBoundedServer } from './server.ts'
import { boundUnreadResponses } from './unread-responses.ts'
import type { Shows } from './written.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; a route without it is refused at registration. */
    access?: Access
    /** A signed-in person without the scope may call it, too, for the records that they own. */
    ownersToo?: boolean
    /** Another way in, beside `access`: true admits a request without credentials. */
    admits?(request: FastifyRequest): boolean
    /** The route counts against a window of its own per address, under this name. */
    ownBucket?: string
    /** A caller authenticated in the body does not pay for others at its address: the handler decides by `overLimit`. */
    limitsFailures?: boolean
    /** The body's media types, where it is not JSON. */
    bodyTypes?: readonly string[]
    /** What an error says of the work that was done before it: the `report` beside `error`. */
    errorReport?: TSchema
    /** Documents a body that the handler reads on its own. */
    documentedBody?: TSchema
    /** The media types of the response, where it is not JSON. */
    responseTypes?: readonly string[]
    /** Returns one resource with its `ETag`: reads accept `If-None-Match`, updates and deletes `If-Match`. */
    tagged?: boolean
    /** What the response to a change shows; to callers without that scope it is 204. */
    shows?: Shows
    /** Accepts an `Idempotency-Key`. */
    idempotencyKey?: boolean
    /** The response holds a secret: it is not compressed, and has no validator. */
    confidential?: boolean
    /** The response holds the secret of such a record: a replay is recorded in the audit log. */
    showsSecret?: string
    /** Served under any host name: for programs, probes and files, never for a session. */
    anyHost?: boolean
    /** A page or a text outside the API that is compressed, too: it holds no secret. */
    compressed?: boolean
    /** The response is the same for everybody until the server ends. */
    fixed?: boolean
    /** The route hands out access: a signed-in person must have given the password lately. */
    confirm?: Confirmation
    /** The method of every client library that calls it, or why none does. Each route of the contract has one. */
    sdk?: string | { none: string }
    deprecation?: Deprecation
    /** Errors beside those that follow from its input and its access. */
    errors?: readonly ErrorCode[]
  }
  interface FastifyInstance {
    routeTable: RouteTable
    requestStats: RequestStats
    /** Records a response that the framework does not: one whose caller left before its end. */
    recordResponse(request: FastifyRequest, reply: FastifyReply): void
  }
  interface FastifyRequest {
    identity: Identity
    /** The refusal by the limit of the address, unless the handler finds that the caller has a limit of its own. */
    overLimit: AppError | undefined
    /** With an `Idempotency-Key`: what the request needs, as far as it has been carried out. */
    grantUse: GrantUse | undefined
    /** @throws AppError when nobody is signed in; a route that is not public always has a principal */
    principal(): Principal
    /** The same where the route is for people alone. */
    person(): PersonPrincipal
    /** The actor of a change. */
    actor(): Actor
  }
}

/** The path of a request, in order. Routes of the features are registered later and come last. */
export function createPipeline(context: Context): App {
  const ending = new WeakSet<Socket>()
  const app = createServer(context, ending)
  const routes = new RouteTable()
  routes.collectFrom(app)
  app.decorate('routeTable', routes)
  app.decorate('requestStats', new RequestStats())
  app.decorate('recordResponse', (request, reply) => recordResponse(context, request, reply))
  requireAccessOnEveryRoute(app)
  keepPublicBodiesShort(app)
  closeQueries(app)
  keepLengthFromUnsentBodies(app)
  announceDeprecations(app)
  app.setValidatorCompiler(createValidatorCompiler())
  app.setSerializerCompiler(compileSerializer)
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request) => refuseUnknown(routes, request))
  acceptBodies(app, context.pace)
  decorateRequests(app)

  // A promise, so that nothing is sent before the parser has seen the rest of what arrived with the head.
  app.addHook('onRequest', async (request, reply) => admit(context, routes, request, reply))
  // These wait for nothing, and a callback costs less than a promise.
  app.addHook('preValidation', (request, _, done) => {
    settleBody(request)
    done()
  })
  // After the schema, which refuses most hostile input at its first field.
  app.addHook('preHandler', (request, _, done) => {
    requireCleanText(request.query)
    requireCleanText(request.body)
    requireConfirmedFor(request)
    done()
  })
  compressResponses(app)
  receiveInTurns(app, context.pace, ending)
  rememberCaller(app, context.pace)
  // When the work is about to begin: responses that were produced while it waited count.
  boundUnreadResponses(app)
  app.addHook('onResponse', (request, reply, done) => {
    recordResponse(context, request, reply)
    done()
  })
  return app
}

/** @param ending connections whose last response is on its way */
function createServer(context: Context, ending: WeakSet<Socket>): App {
  const { trustProxy, forwardedHeader } = context.config
  const addressOf = trustProxy === false ? undefined : addressReader(trustProxy, forwardedHeader)
  const app = Fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestIdOf,
    bodyLimit: bodyBytesMax,
    // One entry, of the server itself.
    trustProxy: addressOf !== undefined && ((_: string, hop: number) => hop === 0),
    serverFactory: (handle) => createBoundedServer(handle, addressOf),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors(error, request, reply) {
      endAfterUnread(request, reply, context.pace, ending)
      respondUnroutable(context, error, request, reply)
    },
    clientErrorHandler: createClientErrorHandler(context, ending),
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Without a listener Node responds itself; the first hook reports what is wrong.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  return app
}

/** Properties set by the first hook are declared here, so that all requests have the same shape. */
function decorateRequests(app: App): void {
  // A placeholder that no handler sees: the first hook sets it, and Fastify refuses a type that admits null.
  app.decorateRequest('identity', null as never)
  app.decorateRequest('overLimit', undefined)
  app.decorateRequest('grantUse', undefined)
  app.decorateRequest('principal', principalOf)
  app.decorateRequest('person', personOf)
  app.decorateRequest('actor', function (this: FastifyRequest) {
    const actor = actorOf(this.principal(), plainAddress(this.ip), this.id)
    const { access, ownersToo } = this.routeOptions.config
    if (ownersToo && access !== undefined && isScope(access) && !actor.scopes.has(access))
      actor.reach = { ...actor.reach, ownOnly: true }
    if (this.headers['idempotency-key'] === undefined) return actor
    this.grantUse ??= new GrantUse()
    return this.grantUse.watch(actor)
  })
}

function recordResponse(context: Context, request: FastifyRequest, reply: FastifyReply): void {
  request.server.requestStats.record(request, reply)
  recordUsage(context, request, reply)
  recordRefusal(context, request, reply)
  recordRequest(context, request, reply)
  logRequest(request, reply)
}

/** A path that the router cannot decode never reaches the hooks; it is counted, responded to and logged like any other. */
function respondUnroutable(
  context: Context,
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.raw.once('finish', () => recordResponse(context, request, reply))
  writeCommonHeaders(context.config, request, reply)
  writeCorsHeaders(context.config.corsOrigins, request, reply)
  const counted = async () => identifyAndCount(context, request, reply)
  counted().then(
    () => sendError(error, request, reply),
    (limited: unknown) => sendError(limited, request, reply),
  )
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

/** No route anywhere is open by omission. */
function requireAccessOnEveryRoute(app: App): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`${method} ${url} does not say who may call it.`)
  })
}

/** Bodies on public routes are bounded before they are read; a route with a bound of its own sets `bodyLimit`. */
function keepPublicBodiesShort(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access === 'public') route.bodyLimit ??= publicBodyBytesMax
  })
}

/**
 * A route without query parameters accepts none. Not so under /oauth, where unknown parameters must be ignored (RFC
 * 6749 §3.2).
 */
function closeQueries(app: App): void {
  app.addHook('onRoute', ({ url, schema }) => {
    if (schema && isApi(url) && !url.startsWith('/api/v1/oauth/')) schema.querystring ??= closed({})
  })
}

/** A 304 to GET has no Content-Length; the framework would send 0 to HEAD, which is not the length of the resource. */
function keepLengthFromUnsentBodies(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') return
    route.onSend = [route.onSend ?? []].flat().concat((_request, reply, payload, done) => {
      if (reply.statusCode === 304) reply.removeHeader('content-length')
      done(null, payload)
    })
  })
}

/** `identity` is missing where the request ended before its caller was identified. */
function recordUsage({ usage }: Context, request: FastifyRequest, reply: FastifyReply): void {
  if (request.identity?.kind !== 'principal') return
  const { principal } = request.identity
  if (principal.kind === 'credential') usage.record(principal, reply.statusCode, plainAddress(request.ip))
}
