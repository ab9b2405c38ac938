import { AppError, type ErrorCode } from './errors.ts'
import { closed } from './schemas.ts'
import { Type } from './type.ts'

/** The `error` values of RFC 6749 §5.2, those of §4.1.2.1 that §5.2 lacks, and those of RFC 8628 §3.5 and RFC 8707 §2. */
export type OAuthErrorName =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'server_error'
  | 'temporarily_unavailable'

/** An error whose name in RFC 6749 is narrower than its code in our envelope. */
export class OAuthError extends AppError {
  readonly oauthError: OAuthErrorName

  constructor(oauthError: OAuthErrorName, details: string, headers: Readonly<Record<string, string>> = {}) {
    super(oauthError === 'invalid_client' ? 'authentication_failed' : 'invalid_request', details, { headers })
    this.oauthError = oauthError
  }
}

const names: Partial<Record<ErrorCode, OAuthErrorName>> = {
  authentication_failed: 'invalid_client',
  permission_denied: 'unauthorized_client',
  rate_limit_exceeded: 'temporarily_unavailable',
  service_unavailable: 'temporarily_unavailable',
  internal_error: 'server_error',
}

export const oauthErrorStatuses = [400, 401, 413, 415, 429, 500, 503] as const

export const OAuthErrorBody = closed(
  { error: Type.String({ examples: ['invalid_client'] }), error_description: Type.String() },
  { title: 'OAuthError' },
)

/** RFC 6749 §5.2 allows only printable ASCII without `"` and `\` in `error_description`. */
export function oauthErrorBody(error: AppError): { error: OAuthErrorName; error_description: string } {
  const name = error instanceof OAuthError ? error.oauthError : (names[error.code] ?? 'invalid_request')
  return { error: name, error_description: error.details.replaceAll(/[^\x20-\x7e]|["\\]/g, "'") }
}
