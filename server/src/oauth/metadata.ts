import { Type } from 'typebox'
import type { Context } from '../context.ts'
import { scopeNames } from '../credentials/scopes.ts'
import type { App } from '../http/pipeline.ts'
import { clientAuthenticationMethods } from './client-authentication.ts'

const wellKnown = '/.well-known/oauth-authorization-server'
const tags = ['OAuth']
const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

/** What a stock client finds everything else by, and what others verify our tokens with. */
export function metadataRoutes(app: App, context: Context): void {
  const metadata = serverMetadata(context.config.publicUrl)
  app.route({
    method: 'GET',
    url: wellKnown,
    schema: {
      operationId: 'getAuthorizationServer',
      summary: 'Authorization server metadata (RFC 8414)',
      tags,
      response: { 200: AnyObject },
    },
    handler: async () => metadata,
  })

  // An issuer with a path is asked for at the host's root, the path behind the well-known name (RFC 8414 §3.1).
  const { pathname } = new URL(context.config.publicUrl)
  if (pathname !== '/') app.route({ method: 'GET', url: wellKnown + pathname, handler: async () => metadata })

  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    schema: {
      operationId: 'getJwks',
      summary: 'Public keys of access tokens (RFC 7517)',
      description: 'Empty while tokens are signed with HS256: a symmetric key has no public half.',
      tags,
      response: { 200: AnyObject },
    },
    handler: async () => {
      const keys = await context.signingKeys.alive()
      return { keys: keys.flatMap(({ publicJwk }) => (publicJwk ? [publicJwk] : [])) }
    },
  })
}

function serverMetadata(issuer: string) {
  const endpoint = (name: string) => `${issuer}/api/v1/oauth/${name}`
  return {
    issuer,
    token_endpoint: endpoint('token'),
    token_endpoint_auth_methods_supported: clientAuthenticationMethods,
    grant_types_supported: ['client_credentials'],
    // Required by RFC 8414 §2; nothing here answers through a browser.
    response_types_supported: [],
    scopes_supported: scopeNames,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    revocation_endpoint: endpoint('revoke'),
    revocation_endpoint_auth_methods_supported: clientAuthenticationMethods,
    introspection_endpoint: endpoint('introspect'),
    introspection_endpoint_auth_methods_supported: clientAuthenticationMethods,
  }
}
