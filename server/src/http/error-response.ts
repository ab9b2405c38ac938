import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, errorBody, invalidRequest } from '../api/errors.ts'
import { bodyBytesMax } from '../api/limits.ts'
import { oauthErrorBody } from '../api/oauth-errors.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { Crowded } from '../lib/bounded-queue.ts'
import { sendErrorPage, wantsPage } from './error-page.ts'
import { noteError } from './request-record.ts'
import { acceptPatch } from './route-table.ts'

/** The one mapper from thrown errors to responses. Installed as Fastify's error handler. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const known = toAppError(error, request)
  noteError(request, known)
  // Left by a stream that failed before its first byte.
  reply.removeHeader('content-encoding').removeHeader('content-disposition').removeHeader('etag')
  for (const [name, value] of Object.entries(known.headers)) reply.header(name, value)
  if (wantsPage(request)) return sendErrorPage(known, reply)
  const isOauth = (request.routeOptions.url ?? request.url).startsWith('/api/v1/oauth/')
  return reply
    .code(known.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(isOauth ? oauthErrorBody(known) : errorBody(known)))
}

/** Logs what the caller is not shown. */
export function toAppError(error: unknown, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error
  if (error instanceof DatabaseUnavailable) {
    request.log.warn({ reason: error.message }, 'a request failed because of the database')
    return new AppError('service_unavailable', error.details, {
      headers: { 'retry-after': String(error.retryAfterSeconds) },
      cause: error,
    })
  }
  if (error instanceof Crowded) {
    return new AppError(error.byCaller ? 'rate_limit_exceeded' : 'service_unavailable', error.message, {
      headers: { 'retry-after': '5' },
      cause: error,
    })
  }
  const code = (error as FastifyError | undefined)?.code
  const framework = code === undefined ? undefined : fromFramework(code, request)
  if (framework) return framework
  request.log.error({ err: error }, 'a request failed unexpectedly')
  return new AppError('internal_error', `The failure was logged under request id ${request.id}.`)
}

/** Errors that Fastify throws, in our words. */
function fromFramework(code: string, request: FastifyRequest): AppError | undefined {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError(
        'unsupported_media_type',
        `Send the body as ${request.routeOptions.config.bodyTypes?.join(', ') ?? 'application/json'}, and say so in the Content-Type header.`,
        request.method === 'PATCH' ? { headers: { 'accept-patch': acceptPatch } } : {},
      )
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError(
        'payload_too_large',
        `The body of this request may have at most ${request.routeOptions.bodyLimit ?? bodyBytesMax} bytes.`,
      )
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalidRequest('The Content-Length header does not match the size of the body.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return invalidRequest('The request body is empty; send a JSON object.')
    case 'FST_ERR_BAD_URL':
      return invalidRequest(
        request.url.includes('%')
          ? 'The address contains a broken percent-encoding.'
          : 'The address is malformed; send a path such as /api/v1/documents.',
      )
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return invalidRequest('A part of the path is longer than any id.')
    case 'ECONNRESET':
      return invalidRequest('The connection was closed before the request was complete.')
    default:
      return undefined
  }
}
