import type { FastifyReply, FastifyRequest } from 'fastify'
import { placeOf } from './request-path.ts'

/**
 * Cross-origin use from a browser (WHATWG Fetch §3.3), for allow-listed origins only, and never with the browser's own
 * credentials: `Access-Control-Allow-Credentials` is not sent and the CSRF header not allowed, so that a session's
 * cookie opens nothing for another origin. A program in a page shows a key or a token, as everywhere else.
 */
const allowedMethods = 'GET, HEAD, POST, PATCH, DELETE'
const allowedHeaders = [
  'Authorization',
  'X-API-Key',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'X-Request-Id',
  // Of the Model Context Protocol.
  'Mcp-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  // Added to every request by tracing in a page (OpenTelemetry, Sentry, Datadog, AWS X-Ray); not read here.
  'traceparent',
  'tracestate',
  'baggage',
  'sentry-trace',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-origin',
  'x-datadog-sampling-priority',
  'x-datadog-tags',
  'x-amzn-trace-id',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
].join(', ')
const exposedHeaders = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Idempotency-Replayed',
  'Content-Disposition',
  'X-Export-End',
  'Accept-Patch',
  'Allow',
  'WWW-Authenticate',
  'Deprecation',
  'Sunset',
].join(', ')
/** The longest time that any browser caches a preflight response. */
const preflightAgeSeconds = 86_400

/** Written before anything can fail, so that a page can read errors as well. */
export function writeCorsHeaders(
  origins: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  // What is public is kept by caches, which must not give the answer for one origin to another.
  if (origins.length === 0 && !placeOf(request).startsWith('/.well-known/')) return
  reply.header('vary', `${reply.getHeader('vary')}, Origin`)
  const { origin } = request.headers
  if (origin === undefined || !origins.includes(origin)) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', exposedHeaders)
}

/** A browser checks whether a page may send a request. From an origin that is not allowed it counts as any OPTIONS request. */
export function isPreflight(origins: readonly string[], { method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined &&
    origins.includes(headers.origin)
  )
}

/** Always allows. Whether the route exists, and who may call it, is for the request itself to show. */
export function sendPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', allowedMethods)
    .header('access-control-allow-headers', allowedHeaders)
    .header('access-control-max-age', preflightAgeSeconds)
    .send()
}
