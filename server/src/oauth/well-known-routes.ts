import type { FastifyReply } from 'fastify'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { openIdMetadata, resourceMetadata, serverMetadata } from './metadata.ts'

const wellKnown = '/.well-known/oauth-authorization-server'
const tags = ['OAuth']
/** Changes only with the configuration. */
const metadataAgeSeconds = 3600
/** A new key signs at once: verifiers fetch this again, past their caches, when they meet an unknown key. */
const keysAgeSeconds = 60
const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

/** The discovery documents of a standard client, and the keys that verify our tokens. */
export function wellKnownRoutes(app: App, context: Context): void {
  const metadata = serverMetadata(context.config.publicUrl)
  app.route({
    method: 'GET',
    url: wellKnown,
    config: { access: 'public', anyHost: true, sdk: 'oauth.metadata' },
    schema: {
      operationId: 'getAuthorizationServer',
      summary: 'Get the authorization server metadata (RFC 8414)',
      tags,
      response: { 200: AnyObject },
    },
    handler: async (_, reply) => keepFor(reply, metadataAgeSeconds).send(metadata),
  })

  // For an issuer with a path, the metadata is at the root of the host, followed by that path (RFC 8414 §3.1).
  const { pathname } = new URL(context.config.publicUrl)
  if (pathname !== '/') {
    app.route({
      method: 'GET',
      url: wellKnown + pathname,
      config: { access: 'public', anyHost: true },
      handler: async (_, reply) => keepFor(reply, metadataAgeSeconds).send(metadata),
    })
  }

  resourceRoutes(app, context)

  // Below the path of the issuer, unlike the other (OpenID Connect Discovery §4); a proxy in front serves that path.
  app.route({
    method: 'GET',
    url: '/.well-known/openid-configuration',
    config: { access: 'public', anyHost: true, sdk: 'oauth.openIdConfiguration' },
    schema: {
      operationId: 'getOpenIdConfiguration',
      summary: 'Get the OpenID Connect metadata',
      tags,
      response: { 200: AnyObject },
    },
    handler: async (_, reply) =>
      keepFor(reply, metadataAgeSeconds).send(openIdMetadata(context.config.publicUrl)),
  })

  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { access: 'public', anyHost: true, sdk: 'oauth.keys' },
    schema: {
      operationId: 'getJwks',
      summary: 'Get the public keys that verify access tokens (RFC 7517)',
      description:
        'Empty while tokens are signed with HS256, which has no public half, and nobody has signed in to an application: the keys of id_tokens are here, too.',
      tags,
      response: { 200: AnyObject },
    },
    handler: async (_, reply) => {
      const keys = await context.signingKeys.alive()
      keepFor(reply, keysAgeSeconds)
      return { keys: keys.flatMap(({ publicJwk }) => (publicJwk ? [publicJwk] : [])) }
    },
  })
}

/** What a client reads when it is refused without a token. No part of the contract: libraries read it (RFC 9728 §3.1). */
function resourceRoutes(app: App, { config }: Context): void {
  const { pathname } = new URL(config.publicUrl)
  const root = pathname === '/' ? '' : pathname
  for (const place of ['', '/mcp']) {
    app.route({
      method: 'GET',
      url: `/.well-known/oauth-protected-resource${root}${place}`,
      config: { access: 'public', anyHost: true },
      handler: async (_, reply) => keepFor(reply, metadataAgeSeconds).send(resourceMetadata(config, place)),
    })
  }
}

/** The same for every caller, authenticated or not. */
function keepFor(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.header('cache-control', `public, max-age=${seconds}`)
}
