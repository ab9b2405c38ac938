import { type ScopeName, scopeNames } from '../access/scopes.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import { type Form, readForm } from '../oauth/client-authentication.ts'
import { requireOwnResource } from '../oauth/resource-indicator.ts'
import { isRegistered } from './redirect-uris.ts'
import { type IdentityScope, identityScopes } from './schema.ts'
import { applicationOf, wordsOf } from './service.ts'
import type { ApplicationRow } from './store.ts'

export type AskedScope = IdentityScope | ScopeName
export const askable: readonly AskedScope[] = [...identityScopes, ...scopeNames]

/** Where an answer goes, and what it repeats. */
export interface ReturnPath {
  redirectUri: string
  state: string | undefined
  mode: 'query' | 'form_post'
}

/** What an application asks a person for (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1). */
export interface AuthorizationRequest extends ReturnPath {
  application: ApplicationRow
  scopes: readonly AskedScope[]
  codeChallenge: string
  nonce: string | undefined
  prompts: ReadonlySet<string>
  maxAgeSeconds: number | undefined
}

export type ReadRequest =
  | { kind: 'understood'; request: AuthorizationRequest }
  /** The application learns of it. */
  | { kind: 'refused'; to: ReturnPath; error: OAuthError | AuthorizationError }
  /** The person does: nobody knows where an answer belongs, and a redirect could lead anywhere. */
  | { kind: 'astray'; problem: 'form' | 'client' | 'redirect'; details: string }

type AuthorizationErrorName =
  | 'access_denied'
  | 'unsupported_response_type'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'

/** What only the authorization endpoint answers (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
export class AuthorizationError extends Error {
  readonly oauthError: AuthorizationErrorName
  readonly details: string
  constructor(oauthError: AuthorizationErrorName, details: string) {
    super(details)
    this.oauthError = oauthError
    this.details = details
  }
}

/** @param query as it stands in the address */
export async function readRequest(
  { database, config }: Pick<Context, 'database' | 'config'>,
  query: string,
): Promise<ReadRequest> {
  let form: Form
  try {
    form = readForm(query)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return { kind: 'astray', problem: 'form', details: error.details }
  }
  const clientId = form.get('client_id') ?? ''
  const application = await applicationOf(database.read, clientId)
  if (!application) return { kind: 'astray', problem: 'client', details: clientId }
  const redirectUri = redirectUriOf(application, form.get('redirect_uri'))
  if (redirectUri === undefined)
    return { kind: 'astray', problem: 'redirect', details: form.get('redirect_uri') ?? '' }
  const mode = form.get('response_mode') === 'form_post' ? 'form_post' : 'query'
  const to: ReturnPath = { redirectUri, state: form.get('state'), mode }
  try {
    requireOwnResource(config, form)
    return { kind: 'understood', request: { ...to, ...understood(application, form) } }
  } catch (error) {
    if (error instanceof OAuthError || error instanceof AuthorizationError)
      return { kind: 'refused', to, error }
    throw error
  }
}

/** It may be left out where there is only one. */
function redirectUriOf(
  { redirect_uris, kind }: ApplicationRow,
  given: string | undefined,
): string | undefined {
  const registered = wordsOf(redirect_uris)
  if (given === undefined) return registered.length === 1 ? registered[0] : undefined
  return isRegistered(registered, kind, given) ? given : undefined
}

function understood(application: ApplicationRow, form: Form): Omit<AuthorizationRequest, keyof ReturnPath> {
  refuseUnsupported(form)
  const codeChallenge = form.get('code_challenge')
  if (codeChallenge === undefined)
    throw new OAuthError('invalid_request', "The parameter 'code_challenge' is required (PKCE, RFC 7636).")
  if (form.get('code_challenge_method') !== 'S256')
    throw new OAuthError('invalid_request', "The parameter 'code_challenge_method' must be 'S256'.")
  if (!/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new OAuthError('invalid_request', "The parameter 'code_challenge' must be a SHA-256 in base64url.")
  const nonce = form.get('nonce')
  if (nonce !== undefined && nonce.length > 500)
    throw new OAuthError('invalid_request', "The parameter 'nonce' may have at most 500 characters.")
  return {
    application,
    scopes: scopesOf(application, form.get('scope')),
    codeChallenge,
    nonce,
    prompts: promptsOf(form.get('prompt')),
    maxAgeSeconds: maxAgeOf(form.get('max_age')),
  }
}

function refuseUnsupported(form: Form): void {
  if (form.has('request'))
    throw new AuthorizationError('request_not_supported', "The parameter 'request' is not supported.")
  if (form.has('request_uri'))
    throw new AuthorizationError('request_uri_not_supported', "The parameter 'request_uri' is not supported.")
  const type = form.get('response_type')
  if (type === undefined)
    throw new OAuthError('invalid_request', "The parameter 'response_type' is required.")
  if (type !== 'code')
    throw new AuthorizationError('unsupported_response_type', "The only response type is 'code'.")
  const mode = form.get('response_mode') ?? 'query'
  if (mode !== 'query' && mode !== 'form_post')
    throw new OAuthError('invalid_request', "The parameter 'response_mode' must be 'query' or 'form_post'.")
}

/**
 * What the application asks for, in one order. Without a scope: all that it may ask for.
 * @throws OAuthError invalid_scope
 */
export function scopesOf({ scopes }: ApplicationRow, text: string | undefined): readonly AskedScope[] {
  const allowed = new Set<string>([...identityScopes, ...wordsOf(scopes)])
  const asked = new Set(text === undefined ? wordsOf(scopes) : wordsOf(text))
  const unknown = [...asked].find((name) => !askable.some((known) => known === name))
  if (unknown !== undefined)
    throw new OAuthError('invalid_scope', `'${unknown.slice(0, 100)}' is not a scope.`)
  const beyond = [...asked].find((name) => !allowed.has(name))
  if (beyond !== undefined)
    throw new OAuthError('invalid_scope', `The application may not ask for the scope '${beyond}'.`)
  if (asked.size === 0) throw new OAuthError('invalid_scope', "The parameter 'scope' is required.")
  return askable.filter((name) => asked.has(name))
}

function promptsOf(text: string | undefined): ReadonlySet<string> {
  const prompts = new Set(wordsOf(text ?? ''))
  if (prompts.has('none') && prompts.size > 1)
    throw new OAuthError('invalid_request', "The prompt 'none' stands alone.")
  return prompts
}

function maxAgeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text))
    throw new OAuthError('invalid_request', "The parameter 'max_age' must be a number of seconds.")
  return Number(text)
}
