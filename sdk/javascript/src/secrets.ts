import { ConfigurationError } from './errors.ts'
import type { PersonAccess, Who } from './options.ts'
import { shown } from './shown.ts'

/** The request fields that hold a secret; in a batch they are in the items. */
const secretFields = ['password', 'current_password', 'new_password', 'token', 'secret']

/** An unset variable is undefined, which unchecked becomes the string 'undefined'. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/**
 * Refuses invalid secrets before they are sent. An undefined one is omitted; the server decides whether it may be.
 * @throws ConfigurationError that does not repeat the value
 */
export function checkSecrets(json: unknown): void {
  if (typeof json !== 'object' || json === null) return
  for (const name of secretFields) {
    const value = (json as Record<string, unknown>)[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw noText(name)
  }
  const { items } = json as { items?: unknown }
  if (!Array.isArray(items)) return
  for (const item of items) checkSecrets(item?.data)
}

/** The error of `fetch` for an invalid header repeats its value, so it is checked first. */
export function sendable(name: string, value: unknown): string {
  if (isVisibleAscii(value)) return value
  throw new ConfigurationError(
    `${name} must be a string of visible ASCII characters; it may be missing, or end with a line break.`,
  )
}

export function isVisibleAscii(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

function noText(name: string): ConfigurationError {
  return new ConfigurationError(`${name} must be a non-empty string; it may be missing.`)
}

/**
 * The form of an OAuth request, with the client's credentials. In a form, undefined would become the string
 * 'undefined', whose revocation succeeds.
 * @throws ConfigurationError
 */
export function formOf(who: Who, fields: Record<string, string | undefined>): Record<string, string> {
  if (who.kind !== 'clientCredentials' && who.kind !== 'person')
    throw new ConfigurationError('The OAuth calls need a client with clientId and clientSecret.')
  const given = Object.entries(fields).flatMap(([name, value]) => {
    if (secretFields.includes(name)) return [[name, sendable(name, value)] as const]
    if (value === undefined) return []
    if (typeof value !== 'string')
      throw new ConfigurationError(`${name} must be a string, not ${shown(value)}.`)
    return [[name, value] as const]
  })
  return { ...Object.fromEntries(given), ...clientForm(who) }
}

/** What a client shows of itself; an application that cannot keep a secret has none. */
export function clientForm({
  clientId,
  clientSecret,
}: Pick<PersonAccess, 'clientId' | 'clientSecret'>): Record<string, string> {
  return { client_id: clientId, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) }
}
