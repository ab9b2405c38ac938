import { oauthErrorName } from './error-mapping.ts'
import { ConfigurationError } from './errors.ts'
import { requireKnown } from './given-values.ts'
import { createHttp, type Http } from './http.ts'
import {
  type CommonOptions,
  commonNames,
  decideSettings,
  type PersonAccess,
  type SavedRefreshToken,
} from './options.ts'
import { sendable } from './secrets.ts'
import type { DeviceAuthorization, Token } from './types.ts'

/** What a person is shown, to type it into a browser on any device. */
export interface DeviceCode {
  userCode: string
  verificationUri: string
  /** The same with the code in it: for a link or a QR code. */
  verificationUriComplete: string
  expiresInSeconds: number
}

export interface LoginOptions extends CommonOptions, SavedRefreshToken {
  /** Of an application of the kind `native`. */
  clientId: string
  /** What the program asks the person for, separated by spaces, such as `openid documents:read`. */
  scope: string
  /** Shows the code; by default on the standard error output. */
  show?: ((code: DeviceCode) => unknown) | undefined
  /** Stops waiting for the person. */
  signal?: AbortSignal | undefined
}

const names = [...commonNames, 'clientId', 'scope', 'show', 'loadRefreshToken', 'saveRefreshToken', 'signal']

/**
 * Has a person allow this program by a device code (RFC 8628), unless a saved refresh token still works.
 * @returns the options of a client that acts for the person
 */
export async function signedInByDevice(options: LoginOptions) {
  requireKnown(options, names, 'options')
  const { clientId, scope, show = print, loadRefreshToken, saveRefreshToken, signal, ...common } = options
  requireText('clientId', clientId)
  requireText('scope', scope)
  for (const [name, given] of Object.entries({ show, loadRefreshToken, saveRefreshToken }))
    if (given !== undefined && typeof given !== 'function')
      throw new ConfigurationError(`${name} must be a function.`)
  const person = (refreshToken: string) => ({
    ...{ ...common, clientId, refreshToken },
    ...{ loadRefreshToken, saveRefreshToken },
  })
  const saved = await loadRefreshToken?.()
  const refreshed = saved === undefined ? undefined : await refreshedBy(person(saved), signal)
  if (refreshed !== undefined) return person(refreshed)
  const settings = decideSettings(person('none'))
  const refreshToken = await byDevice(createHttp(settings), { scope, show, signal, sleep: settings.sleep })
  await saveRefreshToken?.(refreshToken)
  return person(refreshToken)
}

/** @returns the refresh token to go on with; undefined where the person has to sign in again */
async function refreshedBy(
  options: CommonOptions & PersonAccess,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { refreshToken, saveRefreshToken } = options
  try {
    const { refresh_token: next = refreshToken } = await tokenBy(
      createHttp(decideSettings(options)),
      { grant_type: 'refresh_token', refresh_token: refreshToken },
      signal,
    )
    await saveRefreshToken?.(next)
    return next
  } catch (error) {
    if (oauthErrorName(error) === 'invalid_grant') return undefined
    throw error
  }
}

interface Asking {
  scope: string
  show(code: DeviceCode): unknown
  signal: AbortSignal | undefined
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>
}

async function byDevice(http: Http, { scope, show, signal, sleep }: Asking): Promise<string> {
  const device = await http.call<DeviceAuthorization>(() => ({
    method: 'POST',
    path: '/api/v1/oauth/device_authorization',
    form: { scope: withOffline(scope) },
    options: { signal },
    isPublic: true,
  }))
  await show({
    userCode: device.user_code,
    verificationUri: device.verification_uri,
    verificationUriComplete: device.verification_uri_complete,
    expiresInSeconds: device.expires_in,
  })
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device.device_code,
  }
  let { interval } = device
  // It ends by itself: the server lets no code live longer than `expires_in`.
  for (;;) {
    await sleep(interval * 1_000, signal)
    try {
      const { refresh_token } = await tokenBy(http, form, signal)
      return sendable('refresh_token', refresh_token)
    } catch (error) {
      const name = oauthErrorName(error)
      if (name === 'slow_down') interval += 5
      else if (name !== 'authorization_pending') throw error
    }
  }
}

function tokenBy(http: Http, form: Record<string, string>, signal: AbortSignal | undefined) {
  return http.call<Token>(() => ({
    method: 'POST',
    path: '/api/v1/oauth/token',
    form,
    options: { signal },
    isPublic: true,
  }))
}

/** Without it there is no refresh token, and the person would have to come back within the hour. */
export function withOffline(scope: string): string {
  return scope.split(' ').includes('offline_access') ? scope : `${scope} offline_access`
}

function print({ userCode, verificationUri }: DeviceCode): void {
  console.error(`To sign in, open ${verificationUri} in a browser and enter the code ${userCode}.`)
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[\x21-\x7e][\x20-\x7e]*$/.test(value))
    throw new ConfigurationError(`${name} must be a string of visible ASCII characters; it may be missing.`)
}
