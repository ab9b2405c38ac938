import { Type } from 'typebox'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { closed } from '../http/schemas.ts'
import { tokenLifetimeSeconds } from './access-tokens.ts'
import { readClientAuthentication, readForm } from './client-authentication.ts'
import { clientCredentialsGrant } from './client-credentials.ts'

const formType = 'application/x-www-form-urlencoded'

const TokenResponse = closed(
  {
    access_token: Type.String(),
    token_type: Type.String({ enum: ['Bearer'] }),
    expires_in: Type.Integer({ examples: [tokenLifetimeSeconds] }),
    scope: Type.String({ examples: ['read write'] }),
  },
  { title: 'TokenResponse' },
)

const TokenRequest = closed(
  {
    grant_type: Type.String({ enum: ['client_credentials'] }),
    client_id: Type.Optional(Type.String({ description: 'Unless sent by HTTP Basic' })),
    client_secret: Type.Optional(Type.String({ description: 'Unless sent by HTTP Basic' })),
    scope: Type.Optional(
      Type.String({ description: 'Space-separated; without it the token gets all scopes of the credential' }),
    ),
  },
  { title: 'TokenRequest' },
)

/** A scope of its own: these routes take forms and nothing else, as RFC 6749 asks. */
export function oauthRoutes(app: App, context: Context): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) => body)
    tokenRoute(scope as App, context)
  })
}

function tokenRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/oauth/token',
    config: { access: 'public', ownBucket: 'token', bodyType: formType, documentedBody: TokenRequest },
    schema: {
      operationId: 'createToken',
      summary: 'Get an access token',
      description:
        'OAuth 2.0 client credentials grant (RFC 6749 §4.4). Errors have the shape of RFC 6749 §5.2.',
      tags: ['OAuth'],
      response: { 200: TokenResponse },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      const form = readForm(request.body)
      const client = readClientAuthentication(form, request.headers.authorization)
      return clientCredentialsGrant(context, { ...client, ip: request.ip }, form)
    },
  })
}
