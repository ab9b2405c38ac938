/** Every `error.code` of v1, with its status and its general message (spec: Error Handling). */
export const errorCodes = {
  invalid_request: { status: 400, message: 'The request is not valid' },
  authentication_failed: { status: 401, message: 'The request needs valid credentials' },
  permission_denied: { status: 403, message: 'The credentials do not allow this' },
  resource_not_found: { status: 404, message: 'The requested resource does not exist' },
  method_not_allowed: { status: 405, message: 'The resource does not support this method' },
  conflict: { status: 409, message: 'The request conflicts with stored data' },
  precondition_failed: { status: 412, message: 'The resource was changed in the meantime' },
  payload_too_large: { status: 413, message: 'The request body is too large' },
  unsupported_media_type: { status: 415, message: 'The request body has an unsupported type' },
  idempotency_mismatch: { status: 422, message: 'The idempotency key was used for another request' },
  rate_limit_exceeded: { status: 429, message: 'Too many requests' },
  internal_error: { status: 500, message: 'The server could not complete the request' },
  service_unavailable: { status: 503, message: 'The service is not ready; try again shortly' },
} as const

export type ErrorCode = keyof typeof errorCodes

interface AppErrorOptions {
  /** Replaces the general message of the code. */
  message?: string
  /** Replaces the status of the code, where HTTP has a narrower one that clients need not distinguish. */
  status?: number
  headers?: Readonly<Record<string, string>>
  /** What was done until then, for the body of the response. */
  report?: object
  cause?: unknown
}

/** Ends a request. The caller sees `details`: one plain sentence on what is wrong and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly details: string
  readonly headers: Readonly<Record<string, string>>
  readonly report: object | undefined

  constructor(code: ErrorCode, details: string, options: AppErrorOptions = {}) {
    super(options.message ?? errorCodes[code].message, { cause: options.cause })
    this.code = code
    this.status = options.status ?? errorCodes[code].status
    this.details = details
    this.headers = options.headers ?? {}
    this.report = options.report
  }
}

export function invalidRequest(details: string, message?: string): AppError {
  return new AppError('invalid_request', details, message ? { message } : {})
}

export function notFound(kind: string, id: number): AppError {
  return new AppError('resource_not_found', `There is no ${kind.replaceAll('_', ' ')} with id ${id}.`)
}

export function errorBody({
  code,
  message,
  details,
  report,
}: Pick<AppError, 'code' | 'message' | 'details'> & { report?: object | undefined }) {
  return { error: { code, message, details }, ...(report ? { report } : {}) }
}
