import { ConfigurationError } from './errors.ts'
import { requireKnown } from './given-values.ts'
import { createHttp } from './http.ts'
import { withOffline } from './login.ts'
import { type CommonOptions, commonNames, decideSettings, type SavedRefreshToken } from './options.ts'
import { sendable } from './secrets.ts'
import { SignInError } from './sign-in-error.ts'
import type { Token } from './types.ts'

export interface SignInOptions extends CommonOptions, SavedRefreshToken {
  /** Of an application of the kind `browser`. */
  clientId: string
  /** Where the person comes back to, as it is registered; by default this page, without query and fragment. */
  redirectUri?: string | undefined
}

export interface SignInRequest extends SignInOptions {
  /** What the page asks the person for, separated by spaces, such as `openid documents:read`. */
  scope: string
  /** `login` asks for the password again, `consent` for the permission. */
  prompt?: 'login' | 'consent' | undefined
}

/** What is used of a page. */
interface Page {
  location: { href: string; origin: string; pathname: string; assign(url: string): void }
  history: { replaceState(state: unknown, unused: string, url: string): void }
  sessionStorage: {
    getItem(name: string): string | null
    setItem(name: string, value: string): void
    removeItem(name: string): void
  }
}

interface Begun {
  state: string
  verifier: string
  redirectUri: string
}

const names = [...commonNames, 'clientId', 'redirectUri', 'loadRefreshToken', 'saveRefreshToken']
const nameOf = (clientId: string) => `comserv.sign-in.${clientId}`

/** Leaves the page for the server (authorization code with PKCE, RFC 7636). @returns never: the page is gone */
export async function leaveToSignIn(options: SignInRequest): Promise<never> {
  requireKnown(options, [...names, 'scope', 'prompt'], 'options')
  const { scope, prompt, redirectUri, ...rest } = options
  const page = pageOf()
  const { baseUrl } = decideSettings(personOf(rest, 'none'))
  if (typeof scope !== 'string' || !/^[\x21-\x7e][\x20-\x7e]*$/.test(scope))
    throw new ConfigurationError('scope must be a string of scopes, separated by spaces; it may be missing.')
  const begun: Begun = { state: random(), verifier: random(), redirectUri: redirectUri ?? here(page) }
  page.sessionStorage.setItem(nameOf(options.clientId), JSON.stringify(begun))
  const hash = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: begun.redirectUri,
    scope: withOffline(scope),
    state: begun.state,
    code_challenge: base64url(new Uint8Array(hash)),
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
  })
  page.location.assign(`${baseUrl}/oauth/authorize?${query}`)
  return new Promise<never>(() => {})
}

/**
 * The options of a client, if the person has just come back, or a refresh token was saved; undefined otherwise. The answer
 * is taken out of the address.
 * @throws SignInError where the person or the server refused
 */
export async function comeBack(options: SignInOptions) {
  requireKnown(options, names, 'options')
  const page = pageOf()
  const { redirectUri: _, ...rest } = options
  const answer = new URL(page.location.href).searchParams
  const begun = readBegun(page, options.clientId)
  if (!answer.has('state') || begun?.state !== answer.get('state')) {
    const saved = await options.loadRefreshToken?.()
    return saved === undefined ? undefined : personOf(rest, saved)
  }
  page.sessionStorage.removeItem(nameOf(options.clientId))
  page.history.replaceState(null, '', withoutAnswer(page.location.href))
  const settings = decideSettings(personOf(rest, 'none'))
  // Another server's answer must not be taken for this one's (RFC 9207).
  if (answer.get('iss') !== settings.baseUrl)
    throw new SignInError(
      'invalid_request',
      `The answer is not that of ${settings.baseUrl}. Is baseUrl right?`,
    )
  const error = answer.get('error')
  if (error !== null) throw new SignInError(error, answer.get('error_description') ?? '')
  const { refresh_token } = await createHttp(settings).call<Token>(() => ({
    method: 'POST',
    path: '/api/v1/oauth/token',
    form: {
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      redirect_uri: begun.redirectUri,
      code_verifier: begun.verifier,
    },
    isPublic: true,
  }))
  const refreshToken = sendable('refresh_token', refresh_token)
  await options.saveRefreshToken?.(refreshToken)
  return personOf(rest, refreshToken)
}

const personOf = (options: Omit<SignInOptions, 'redirectUri'>, refreshToken: string) => ({
  ...options,
  refreshToken,
})

function readBegun(page: Page, clientId: string): Begun | undefined {
  try {
    return JSON.parse(page.sessionStorage.getItem(nameOf(clientId)) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

function withoutAnswer(href: string): string {
  const url = new URL(href)
  for (const name of ['code', 'state', 'iss', 'error', 'error_description']) url.searchParams.delete(name)
  return url.href
}

function here({ location: { origin, pathname } }: Page): string {
  return origin + pathname
}

function pageOf(): Page {
  const page = globalThis as unknown as Partial<Page>
  if (page.location && page.history && page.sessionStorage) return page as Page
  throw new ConfigurationError('Signing in by a redirect needs a page in a browser; elsewhere use login.')
}

function random(): string {
  return base64url(globalThis.crypto.getRandomValues(new Uint8Array(32)))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
