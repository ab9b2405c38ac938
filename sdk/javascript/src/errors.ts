import { isInstanceOf, nameClasses } from './class-names.ts'
import type { RateLimit } from './rate-limit.ts'

/**
 * The base class of every error of this package; an aborted call rejects with the reason of its signal. `instanceof`
 * also recognises an error of another copy of this package in the same program.
 */
export class ComservError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class on which instanceof is used, which inherits this
    return isInstanceOf(this, value)
  }

  override readonly name: string = 'ComservError'
}

/** The client was created or called with invalid arguments; nothing was sent. */
export class ConfigurationError extends ComservError {
  override readonly name = 'ConfigurationError'
}

/** No complete response arrived: refused, cut off, no such host. The request may or may not have been processed. */
export class ConnectionError extends ComservError {
  override readonly name: string = 'ConnectionError'
}

/** No response arrived in time. The request may or may not have been processed. */
export class TimeoutError extends ConnectionError {
  override readonly name = 'TimeoutError'
}

export interface ApiErrorFields {
  status: number
  code: string
  message: string
  details: string
  requestId: string | undefined
  rateLimit: RateLimit | undefined
  retryAfterSeconds: number | undefined
}

/**
 * The server returned an error. Each `error.code` has a subclass; codes that are newer than this package use this
 * class, as do responses that are not from the API, with the code `unexpected_answer`.
 */
export class ApiError extends ComservError {
  override readonly name: string = 'ApiError'
  /** The HTTP status. */
  readonly status: number
  /** The code of the error, to branch on. */
  readonly code: string
  /** What the server calls the error. `message` has it too, with the details, the status, the code and the request id. */
  readonly title: string
  /** One sentence on what is wrong with this request, and what to do. */
  readonly details: string
  /** Identifies the request in the server's log. */
  readonly requestId: string | undefined
  readonly rateLimit: RateLimit | undefined
  /** When to retry, if the server said so. */
  readonly retryAfterSeconds: number | undefined

  constructor(fields: ApiErrorFields) {
    super(sentenceOf(fields))
    this.title = fields.message
    this.status = fields.status
    this.code = fields.code
    this.details = fields.details
    this.requestId = fields.requestId
    this.rateLimit = fields.rateLimit
    this.retryAfterSeconds = fields.retryAfterSeconds
  }
}

/** Complete, because it is all that most logs keep of an error. */
function sentenceOf({ message, details, status, code, requestId }: ApiErrorFields): string {
  const request = requestId === undefined ? '' : `, request ${requestId}`
  return `${message}${details === '' ? '' : `: ${details}`} (${status} ${code}${request})`
}

/** 400: a field or parameter is missing or wrong; `details` names it. */
export class InvalidRequestError extends ApiError {
  override readonly name = 'InvalidRequestError'
}

/** 401: the credentials are wrong, expired or revoked, or the session has ended. */
export class AuthenticationFailedError extends ApiError {
  override readonly name = 'AuthenticationFailedError'
}

/** 403: the credentials do not allow this; `details` names the missing scope. */
export class PermissionDeniedError extends ApiError {
  override readonly name = 'PermissionDeniedError'
}

/** 404: there is no such record, or the caller may not see it. */
export class ResourceNotFoundError extends ApiError {
  override readonly name = 'ResourceNotFoundError'
}

/** 405. */
export class MethodNotAllowedError extends ApiError {
  override readonly name = 'MethodNotAllowedError'
}

/** 409: a username or email is taken, or a request with the same idempotency key is still in progress. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError'
}

/** 412: the record has changed since the `etag` in `ifMatch`; read it again and retry. */
export class PreconditionFailedError extends ApiError {
  override readonly name = 'PreconditionFailedError'
}

/** 413. */
export class PayloadTooLargeError extends ApiError {
  override readonly name = 'PayloadTooLargeError'
}

/** 415. */
export class UnsupportedMediaTypeError extends ApiError {
  override readonly name = 'UnsupportedMediaTypeError'
}

/** 422: the idempotency key was used for another request. */
export class IdempotencyMismatchError extends ApiError {
  override readonly name = 'IdempotencyMismatchError'
}

/** 429, after all retries; `rateLimit` and `retryAfterSeconds` say when to continue. */
export class RateLimitExceededError extends ApiError {
  override readonly name = 'RateLimitExceededError'
}

/** 500; search the server's log for `requestId`. */
export class InternalError extends ApiError {
  override readonly name = 'InternalError'
}

/** 502, 503 or 504, after all retries. */
export class ServiceUnavailableError extends ApiError {
  override readonly name = 'ServiceUnavailableError'
}

/** The check that failed when a webhook was verified. */
export type FailedCheck =
  | 'secret_malformed'
  | 'header_missing'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_mismatch'
  | 'body_malformed'

/** The request is not a webhook of this server; `check` says which check failed. Respond with 400. */
export class WebhookVerificationError extends ComservError {
  override readonly name = 'WebhookVerificationError'
  readonly check: FailedCheck

  constructor(check: FailedCheck, message: string) {
    super(message)
    this.check = check
  }
}

nameClasses({
  ComservError,
  ConfigurationError,
  ConnectionError,
  TimeoutError,
  ApiError,
  InvalidRequestError,
  AuthenticationFailedError,
  PermissionDeniedError,
  ResourceNotFoundError,
  MethodNotAllowedError,
  ConflictError,
  PreconditionFailedError,
  PayloadTooLargeError,
  UnsupportedMediaTypeError,
  IdempotencyMismatchError,
  RateLimitExceededError,
  InternalError,
  ServiceUnavailableError,
  WebhookVerificationError,
})
