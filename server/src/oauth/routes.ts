import type { FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, type CredentialPrincipal } from '../access/caller.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { tokenLifetimeSeconds } from './access-tokens.ts'
import { type ApplicationGrants, applicationShown, type ClientShown } from './application-grants.ts'
import {
  authenticateClient,
  type ClientAuthentication,
  type Form,
  readClientAuthentication,
  readForm,
} from './client-authentication.ts'
import { clientCredentialsGrant } from './client-credentials.ts'
import { countClient, countFailure } from './client-limits.ts'
import { Introspection, introspectToken } from './introspection.ts'
import { requireOwnResource } from './resource-indicator.ts'
import { revokeToken } from './revocation.ts'

const formType = 'application/x-www-form-urlencoded'
const tags = ['OAuth']
const clientConfig = {
  access: 'public',
  anyHost: true,
  ownBucket: 'token',
  limitsFailures: true,
  bodyTypes: [formType],
} as const

const clientFields = {
  client_id: Type.Optional(Type.String({ description: 'Unless sent by HTTP Basic' })),
  client_secret: Type.Optional(Type.String({ description: 'Unless sent by HTTP Basic' })),
}

const TokenResponse = closed(
  {
    access_token: Type.String(),
    token_type: Type.String({ enum: ['Bearer'] }),
    expires_in: Type.Integer({ examples: [tokenLifetimeSeconds] }),
    scope: Type.String({ examples: ['read write'] }),
    refresh_token: Type.Optional(
      Type.String({ description: 'With the scope `offline_access`: gets the next tokens, once' }),
    ),
    id_token: Type.Optional(
      Type.String({ description: 'With the scope `openid`: who signed in (OpenID Connect Core §2)' }),
    ),
  },
  { title: 'TokenResponse' },
)

/**
 * Open, because unknown parameters are ignored (RFC 6749 §3.2). Applications use a library for their grants, whose
 * parameters stand in the description.
 */
const TokenRequest = Type.Object(
  {
    grant_type: Type.String({ enum: ['client_credentials'] }),
    ...clientFields,
    scope: Type.Optional(
      Type.String({
        description: 'Space-separated; default: all scopes of the credential',
      }),
    ),
  },
  { title: 'TokenRequest' },
)

const TokenQuestion = Type.Object(
  {
    token: Type.String({ minLength: 1, description: 'The access token, or to revoke it, the refresh token' }),
    token_type_hint: Type.Optional(Type.String({ description: 'Ignored: a token shows what it is' })),
    ...clientFields,
  },
  { title: 'TokenQuestion' },
)

const DeviceRequest = Type.Object(
  {
    client_id: Type.String({ description: 'Of an application of the kind `native`' }),
    scope: Type.Optional(
      Type.String({ description: 'Space-separated; default: all scopes that the application may ask for' }),
    ),
  },
  { title: 'DeviceRequest' },
)

const DeviceAuthorization = closed(
  {
    device_code: Type.String({ description: 'What the program asks with; shown to nobody' }),
    user_code: Type.String({ examples: ['BCDF-GHJK'] }),
    verification_uri: Type.String({ description: 'Where a person enters the code' }),
    verification_uri_complete: Type.String({ description: 'The same with the code, to show as a QR code' }),
    expires_in: Type.Integer({ description: 'In seconds', examples: [600] }),
    interval: Type.Integer({ description: 'In seconds', examples: [5] }),
  },
  { title: 'DeviceAuthorization' },
)

/** Empty: RFC 7009 §2.2 leaves the body open, and some clients parse every response as JSON. */
const Revoked = closed({})

/** A Fastify scope of its own: these routes take only forms, as RFC 6749 requires. */
export function oauthRoutes(app: App, context: Context, applications: ApplicationGrants): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) => body)
    tokenRoute(scope as App, context, applications)
    revocationRoute(scope as App, context, applications)
    introspectionRoute(scope as App, context, applications)
    deviceRoute(scope as App, context, applications)
  })
}

function tokenRoute(app: App, context: Context, applications: ApplicationGrants): void {
  app.route({
    method: 'POST',
    url: '/api/v1/oauth/token',
    config: { ...clientConfig, sdk: 'oauth.createToken', documentedBody: TokenRequest },
    schema: {
      operationId: 'createToken',
      summary: 'Get an access token',
      description:
        'OAuth 2.0 grants: client credentials (RFC 6749 §4.4) for programs of their own, and for applications that people sign in to authorization code with PKCE (`grant_type=authorization_code` with `code`, `redirect_uri` and `code_verifier`; §4.1, RFC 7636) and refresh token (`grant_type=refresh_token` with `refresh_token`; §6), and device code (`grant_type=urn:ietf:params:oauth:grant-type:device_code` with `device_code`; RFC 8628).\n\nEach request returns a new token; an `Idempotency-Key` has no effect. Errors have the shape of RFC 6749 §5.2.',
      tags,
      response: { 200: TokenResponse },
    },
    handler: (request, reply) =>
      forClient(
        context,
        request,
        reply,
        (form, authenticate) => clientCredentialsGrant(context, form, authenticate),
        (form, shown) => {
          requireOwnResource(context.config, form)
          return applications.grant(request, reply, form, shown)
        },
      ),
  })
}

function revocationRoute(app: App, context: Context, applications: ApplicationGrants): void {
  app.route({
    method: 'POST',
    url: '/api/v1/oauth/revoke',
    config: { ...clientConfig, sdk: 'oauth.revokeToken', documentedBody: TokenQuestion },
    schema: {
      operationId: 'revokeToken',
      summary: 'Revoke a token',
      description:
        'RFC 7009. A client can revoke its own tokens; any other token is ignored, without an error. Of an application, an access or refresh token ends the sign-in that it came of, with all its tokens.\n\nErrors have the shape of RFC 6749 §5.2.',
      tags,
      response: { 200: Revoked },
    },
    handler: (request, reply) =>
      forClient(
        context,
        request,
        reply,
        async (form, authenticate) => {
          const client = await authenticate()
          await revokeToken(context, client, tokenIn(form))
          return {}
        },
        async (form, shown) => {
          await applications.revoke(request, reply, shown, tokenIn(form))
          return {}
        },
      ),
  })
}

function introspectionRoute(app: App, context: Context, applications: ApplicationGrants): void {
  app.route({
    method: 'POST',
    url: '/api/v1/oauth/introspect',
    config: { ...clientConfig, sdk: 'oauth.introspectToken', documentedBody: TokenQuestion },
    schema: {
      operationId: 'introspectToken',
      summary: 'Introspect an access token',
      description:
        'RFC 7662. A client can introspect its own tokens, and with the scope `admin` any token; any other is reported as not active.\n\nErrors have the shape of RFC 6749 §5.2.',
      tags,
      response: { 200: Introspection },
    },
    handler: (request, reply) =>
      forClient(
        context,
        request,
        reply,
        async (form, authenticate) => {
          const client = await authenticate()
          const token = tokenIn(form)
          const found = await introspectToken(context, client, token)
          return found.active || !client.scopes.has('admin') ? found : applications.introspectAny(token)
        },
        (form, shown) => applications.introspect(request, reply, shown, tokenIn(form)),
      ),
  })
}

const deviceHasNoMethod = 'a client acts as a credential; programs sign people in by a library for OAuth 2.0'

function deviceRoute(app: App, context: Context, applications: ApplicationGrants): void {
  app.route({
    method: 'POST',
    url: '/api/v1/oauth/device_authorization',
    config: { ...clientConfig, sdk: { none: deviceHasNoMethod }, documentedBody: DeviceRequest },
    schema: {
      operationId: 'authorizeDevice',
      summary: 'Get a code for a device',
      description:
        'RFC 8628, for applications of the kind `native`: a program shows `user_code` and `verification_uri`, a person enters the code in a browser anywhere, and meanwhile the program asks `POST /api/v1/oauth/token` every `interval` seconds.\n\nErrors have the shape of RFC 6749 §5.2.',
      tags,
      response: { 200: DeviceAuthorization },
    },
    handler: (request, reply) =>
      forClient(
        context,
        request,
        reply,
        async (_, authenticate) => {
          await authenticate()
          throw new OAuthError(
            'unauthorized_client',
            'Device codes are for applications: send the client_id of one, which begins with cs_app_.',
          )
        },
        (form, shown) => applications.authorizeDevice(request, reply, form, shown),
      ),
  })
}

/**
 * Runs a client's request. Failed authentication counts against the rate limits of the address and of the client id;
 * authenticated clients have their own, so no neighbour can lock them out.
 * @param respond authenticates before it reveals anything else about the request (RFC 7009 §2.1)
 * @param forApplication the same for an application, which authenticates in its own way
 */
async function forClient<T>(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  respond: (form: Form, authenticate: () => Promise<CredentialPrincipal>) => Promise<T>,
  forApplication: (form: Form, shown: ClientShown) => Promise<T>,
): Promise<T> {
  forbidStoring(reply)
  let shown: Pick<ClientAuthentication, 'clientId'> | undefined
  let authenticated: CredentialPrincipal | undefined
  try {
    const form = readForm(request.body)
    const application = applicationShown(form, request.headers.authorization)
    if (application) {
      shown = application
      return await forApplication(form, application)
    }
    const client = readClientAuthentication(form, request.headers.authorization)
    shown = client
    return await respond(form, async () => {
      authenticated = await authenticateClient(context, client, request)
      await countClient(context, request, reply, authenticated)
      return authenticated
    })
  } catch (error) {
    if (isPolling(error)) throw error
    if (!authenticated) await countFailure(context, request, reply, shown?.clientId)
    else if (error instanceof OAuthError) recordRefusedToken(context, request, authenticated, error)
    throw error
  }
}

/** A device that waits for its person has guessed nothing. */
function isPolling(error: unknown): boolean {
  return (
    error instanceof OAuthError &&
    (error.oauthError === 'authorization_pending' || error.oauthError === 'slow_down')
  )
}

/** The client is who it says, but may not have what it requested. */
function recordRefusedToken(
  { audit }: Context,
  request: FastifyRequest,
  client: CredentialPrincipal,
  error: OAuthError,
): void {
  audit.recordOutside(actorOf(client, plainAddress(request.ip), request.id), {
    action: 'credential.refuse_token',
    targetId: client.id,
    details: { reason: error.details },
    per: error.oauthError,
  })
}

function tokenIn(form: Form): string {
  const token = form.get('token')
  if (!token) throw new OAuthError('invalid_request', "The parameter 'token' is required.")
  return token
}

function forbidStoring(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}
