import * as errors from './errors.ts'
import { rateLimitOf } from './rate-limit.ts'
import { retryAfterMs } from './retry.ts'

/** The class of each `error.code`; a test compares the list with the server's. */
export const errorClasses = {
  invalid_request: errors.InvalidRequestError,
  authentication_failed: errors.AuthenticationFailedError,
  permission_denied: errors.PermissionDeniedError,
  resource_not_found: errors.ResourceNotFoundError,
  method_not_allowed: errors.MethodNotAllowedError,
  conflict: errors.ConflictError,
  precondition_failed: errors.PreconditionFailedError,
  payload_too_large: errors.PayloadTooLargeError,
  unsupported_media_type: errors.UnsupportedMediaTypeError,
  idempotency_mismatch: errors.IdempotencyMismatchError,
  rate_limit_exceeded: errors.RateLimitExceededError,
  internal_error: errors.InternalError,
  service_unavailable: errors.ServiceUnavailableError,
} as const

type Code = keyof typeof errorClasses

/** For responses without the API's envelope: those of the OAuth endpoints, and of proxies. */
const codeByStatus: Readonly<Record<number, Code>> = {
  400: 'invalid_request',
  401: 'authentication_failed',
  403: 'permission_denied',
  404: 'resource_not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  502: 'service_unavailable',
  503: 'service_unavailable',
  504: 'service_unavailable',
}

export interface Refusal {
  status: number
  headers: Headers
  /** The parsed JSON; undefined if the body is not JSON. */
  body: unknown
}

/** @param nowMs the current time, for a `Retry-After` that is a date */
export function apiErrorOf({ status, headers, body }: Refusal, nowMs: number): errors.ApiError {
  const { code, message, details } = envelopeOf(body) ?? oauthErrorOf(body, status) ?? foreign(status)
  const waitMs = retryAfterMs(headers.get('retry-after'), nowMs)
  const ErrorClass = Object.hasOwn(errorClasses, code) ? errorClasses[code as Code] : errors.ApiError
  return new ErrorClass({
    status,
    code,
    message,
    details,
    requestId: headers.get('x-request-id') ?? undefined,
    rateLimit: rateLimitOf(headers),
    retryAfterSeconds: waitMs === undefined ? undefined : Math.ceil(waitMs / 1_000),
  })
}

/** A 2xx or 3xx that the API would not send: usually another server has this address. */
export function unexpectedAnswer(status: number, headers: Headers, details: string): errors.ApiError {
  return new errors.ApiError({
    status,
    code: 'unexpected_answer',
    message: 'This is not a response of the API',
    details,
    requestId: headers.get('x-request-id') ?? undefined,
    rateLimit: undefined,
    retryAfterSeconds: undefined,
  })
}

type Words = Pick<errors.ApiErrorFields, 'code' | 'message' | 'details'>

function envelopeOf(body: unknown): Words | undefined {
  const error = fieldOf(body, 'error')
  const [code, message, details] = ['code', 'message', 'details'].map((name) => fieldOf(error, name))
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return { code, message, details: typeof details === 'string' ? details : '' }
}

/** RFC 6749 §5.2, which every endpoint under /oauth returns. */
function oauthErrorOf(body: unknown, status: number): Words | undefined {
  const name = fieldOf(body, 'error')
  const description = fieldOf(body, 'error_description')
  if (typeof name !== 'string') return undefined
  return {
    code: codeByStatus[status] ?? 'unexpected_answer',
    message: `OAuth error: ${name}`,
    details: typeof description === 'string' ? description : '',
  }
}

/** By its name in RFC 6749 §5.2 or RFC 8628 §3.5; undefined for any other error. */
export function oauthErrorName(error: unknown): string | undefined {
  return error instanceof errors.ApiError ? /^OAuth error: (\w+)$/.exec(error.title)?.[1] : undefined
}

function foreign(status: number): Words {
  return {
    code: codeByStatus[status] ?? (status >= 500 ? 'internal_error' : 'unexpected_answer'),
    message: `The server returned ${status}`,
    details:
      status === 407
        ? 'A proxy wants a user name and password; put them into the address of the proxy.'
        : 'The response does not have the format of the API; it may come from a proxy.',
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
