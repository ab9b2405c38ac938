import { onAbort, reasonOfAbort } from './abort.ts'
import { ConfigurationError } from './errors.ts'
import { requireKnown } from './given-values.ts'
import { retriesDefault } from './retry.ts'
import { sendable } from './secrets.ts'
import { shown } from './shown.ts'
import { checkedStore, type TokenStore } from './stored-token.ts'

const timeoutMsDefault = 30_000
/** A longer timer fires at once, on every platform. */
const timeoutMsMax = 2 ** 31 - 1

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface CommonOptions {
  /** The address of the server, such as `https://comserv.example.org`. */
  baseUrl: string | undefined
  /** Timeout of one attempt, up to the complete response; by default 30 s. */
  timeoutMs?: number | undefined
  /** Retries after a temporary failure; by default 2. */
  maxRetries?: number | undefined
  /** With clientId and clientSecret: where several processes share a token. */
  tokenStore?: TokenStore | undefined
  /**
   * Replaces the platform's: for a proxy, or for tests. It must pass `init` on as it is: with a `redirect` of its own, it
   * would send the key to wherever a server redirects. A response that came by a redirect is refused.
   */
  fetch?: Fetch | undefined
  /** The current time in milliseconds since 1970; for tests. */
  now?: (() => number) | undefined
  /** From 0 to 1; for tests. */
  random?: (() => number) | undefined
  /** Waits between attempts; for tests. */
  sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined
}

/** OAuth 2.0: a token is fetched, kept and renewed. Recommended. */
export interface ClientCredentials {
  clientId: string
  clientSecret: string
  /** The scopes of the tokens, separated by spaces; by default all of the credential's. */
  scope?: string | undefined
}

/** The client secret itself, sent as X-API-Key. */
export interface ApiKey {
  apiKey: string
}

/** For an application that a person signed in to: access tokens by the refresh token, which changes at each use. */
export interface PersonAccess extends SavedRefreshToken {
  clientId: string
  /** Only applications of the kind `server` have one. */
  clientSecret?: string | undefined
  refreshToken: string
}

/** Where a refresh token is kept: by default in memory alone. Keep it as private as a password. */
export interface SavedRefreshToken {
  /** Returns what was saved last. It is asked before each refresh, so that several tabs or programs take turns. */
  loadRefreshToken?: (() => string | undefined | Promise<string | undefined>) | undefined
  /**
   * Called with each new refresh token, which replaces the one before it, and waited for before it is used; with undefined
   * after `signOut`.
   */
  saveRefreshToken?: SaveRefreshToken | undefined
}

export type SaveRefreshToken = (refreshToken: string | undefined) => unknown

/** For pages of the server itself: the browser's cookie, and the CSRF token with every change. */
export interface BrowserSession {
  session: true
  /**
   * Called when a change needs the password of the person again. Show a dialog, call `session.confirm`, and resolve with
   * true to repeat the change, or with false to let it fail. Each request calls it, so requests that wait at the same time should share a dialog.
   */
  confirm?: Confirm | undefined
}

export type Confirm = (request: { method: string; path: string }) => Promise<boolean>

/** A value from the environment may be missing; the constructor reports it. */
type Unsure<T> = { [Name in keyof T]: T[Name] | undefined }

export type ComservOptions =
  | (CommonOptions & Unsure<ClientCredentials>)
  | (CommonOptions & Unsure<ApiKey>)
  | (CommonOptions & Unsure<PersonAccess>)
  /** The server of the page unless `baseUrl` is given. */
  | (Partial<CommonOptions> & BrowserSession)

export type Who =
  | ({ kind: 'clientCredentials' } & ClientCredentials)
  | ({ kind: 'apiKey' } & ApiKey)
  | ({ kind: 'person' } & PersonAccess)
  | { kind: 'session'; confirm: Confirm | undefined }

/** The options, validated and complete. They hold secrets, so they are kept in closures only. */
export interface Settings {
  baseUrl: string
  who: Who
  timeoutMs: number
  maxRetries: number
  tokenStore: TokenStore | undefined
  fetch: Fetch
  now(): number
  random(): number
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>
}

/** @throws ConfigurationError, which never repeats a secret */
export function decideSettings(options: ComservOptions): Settings {
  requireKnown(options, optionNames, 'options')
  requireFunctions(options)
  const { timeoutMs = timeoutMsDefault, maxRetries = retriesDefault } = options
  return {
    baseUrl: checkedBaseUrl(options.baseUrl ?? ('session' in options ? pageOrigin() : undefined)),
    who: whoOf(options),
    timeoutMs: checkedTimeoutMs(timeoutMs),
    maxRetries: checkedRetries(maxRetries),
    tokenStore: checkedStore(options.tokenStore),
    // Called as a method of anything but the global object, a browser's fetch throws.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleep,
  }
}

const functionNames = [
  'fetch',
  'now',
  'random',
  'sleep',
  'confirm',
  'loadRefreshToken',
  'saveRefreshToken',
] as const
export const commonNames = [
  'baseUrl',
  'timeoutMs',
  'maxRetries',
  'tokenStore',
  'fetch',
  'now',
  'random',
  'sleep',
]
const optionNames = [
  ...commonNames,
  ...['clientId', 'clientSecret', 'scope', 'apiKey', 'refreshToken', 'session'],
  ...functionNames,
]

function requireFunctions(options: Partial<Record<(typeof functionNames)[number], unknown>>): void {
  const wrong = functionNames.find((name) => !['undefined', 'function'].includes(typeof options[name]))
  if (wrong !== undefined)
    throw new ConfigurationError(`${wrong} must be a function, not ${shown(options[wrong])}.`)
}

export function checkedTimeoutMs(timeoutMs: number): number {
  const isNumber = typeof timeoutMs === 'number'
  if (isNumber && timeoutMs > 0 && (timeoutMs <= timeoutMsMax || timeoutMs === Number.POSITIVE_INFINITY))
    return timeoutMs
  throw new ConfigurationError(
    `timeoutMs must be a number of milliseconds from 1 to ${timeoutMsMax}; Infinity means no limit.`,
  )
}

export function checkedRetries(maxRetries: number): number {
  if (Number.isInteger(maxRetries) && maxRetries >= 0) return maxRetries
  throw new ConfigurationError('maxRetries must be 0 or a positive integer.')
}

function checkedBaseUrl(text: string | undefined): string {
  const url = parsedUrl(text)
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigurationError(
      'baseUrl must be the address of the server, such as https://comserv.example.org.',
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError('baseUrl must not contain a user name or password.')
  }
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigurationError('baseUrl must not contain a query (?) or a fragment (#).')
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')
}

function parsedUrl(text: string | undefined): URL | undefined {
  try {
    return new URL(text ?? '')
  } catch {
    return undefined
  }
}

function pageOrigin(): string | undefined {
  return (globalThis as { location?: { origin: string } }).location?.origin
}

function whoOf(options: ComservOptions): Who {
  const given = options as Partial<ClientCredentials & ApiKey & PersonAccess & BrowserSession>
  const { clientId, clientSecret, apiKey, session, scope } = given
  const isClient = clientId !== undefined || clientSecret !== undefined
  const ways = [isClient, apiKey !== undefined, session === true].filter(Boolean).length
  if (session !== undefined && typeof session !== 'boolean')
    throw new ConfigurationError(
      'session must be true or left out; pass name and password to session.signIn.',
    )
  if ('refreshToken' in given && apiKey === undefined && session !== true) return personOf(given)
  const missing = (['apiKey', 'clientId', 'clientSecret'] as const).find((name) => name in given)
  if (ways === 0 && missing !== undefined) {
    throw new ConfigurationError(`${missing} is undefined; an environment variable may not be set.`)
  }
  if (ways !== 1) {
    throw new ConfigurationError('Pass either clientId and clientSecret, or apiKey, or session: true.')
  }
  if (session === true) return { kind: 'session', confirm: given.confirm }
  if (apiKey !== undefined) return { kind: 'apiKey', apiKey: sendable('apiKey', apiKey) }
  if (scope !== undefined && (typeof scope !== 'string' || !/^[\x20-\x7e]*$/.test(scope)))
    throw new ConfigurationError('scope must be a string of scopes, separated by spaces.')
  return {
    kind: 'clientCredentials',
    clientId: sendable('clientId', clientId),
    clientSecret: sendable('clientSecret', clientSecret),
    scope,
  }
}

function personOf(given: Partial<PersonAccess>): Who {
  const { clientId, clientSecret, refreshToken, loadRefreshToken, saveRefreshToken } = given
  return {
    kind: 'person',
    clientId: sendable('clientId', clientId),
    clientSecret: clientSecret === undefined ? undefined : sendable('clientSecret', clientSecret),
    refreshToken: sendable('refreshToken', refreshToken),
    loadRefreshToken,
    saveRefreshToken,
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopWaiting()
      resolve()
    }, ms)
    const stopWaiting = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal && reasonOfAbort(signal))
    })
  })
}
