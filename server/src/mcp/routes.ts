import type { FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'
import { bodyBytesMax } from '../api/limits.ts'
import type { Context } from '../context.ts'
import { sendError, toAppError } from '../http/error-response.ts'
import type { App } from '../http/pipeline.ts'
import type { Resource } from '../resource/resource.ts'
import type { McpServer } from './server.ts'

/** The metadata of this address (RFC 9728); see oauth/well-known-routes.ts. */
export const metadataPath = '/.well-known/oauth-protected-resource/mcp'

/** The Model Context Protocol: what assistants do with the records of this server. */
export function mcpRoutes(app: App, context: Context, resources: readonly Resource[]): void {
  let server: McpServer | undefined
  app.route({
    method: 'POST',
    url: '/mcp',
    bodyLimit: bodyBytesMax,
    config: { access: 'program', anyHost: true, bodyTypes: ['application/json'] },
    onRequest: async (request, reply) =>
      requireKnownOrigin(context, request, reply.getHeader('access-control-allow-origin')),
    errorHandler(error, request, reply) {
      return sendError(challenging(context, toAppError(error, request)), request, reply)
    },
    async handler(request, reply) {
      if (!server) {
        const { McpServer } = await import('./server.ts')
        server = new McpServer(app, context, resources)
      }
      const { status, body } = await server.answer(request)
      return body === undefined ? reply.code(status).send() : reply.code(status).send(body)
    },
  })
}

/**
 * A page of another website must not use a token that it got hold of, nor reach this server under a name of its own (DNS
 * rebinding). Programs outside of a browser send no origin.
 * @param shared the origin that may read the response, if it is that of the request
 * @throws AppError permission_denied
 */
function requireKnownOrigin({ config }: Context, { headers: { origin } }: FastifyRequest, shared: unknown) {
  if (origin === undefined || origin === new URL(config.publicUrl).origin || shared === origin) return
  throw new AppError(
    'permission_denied',
    'The Origin header names another website. An administrator can add it to the origins of the application, or to COMSERV_CORS_ORIGINS.',
  )
}

/** Tells a client where it learns how to sign in (RFC 9728 §5.1). */
function challenging({ config }: Context, error: AppError): AppError {
  const challenge = error.headers['www-authenticate']
  if (error.status !== 401 || challenge === undefined) return error
  const { code, message, details, headers } = error
  const value = `${challenge}, resource_metadata="${metadataUrl(config.publicUrl)}"`
  return new AppError(code, details, { message, headers: { ...headers, 'www-authenticate': value } })
}

/** At the root of the host, before the path of the server (RFC 9728 §3.1). */
function metadataUrl(publicUrl: string): string {
  const { origin, pathname } = new URL(publicUrl)
  const path = pathname === '/' ? '' : pathname
  return origin + metadataPath.replace(/\/mcp$/, `${path}/mcp`)
}
