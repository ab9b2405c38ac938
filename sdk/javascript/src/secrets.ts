import { ConfigurationError } from './errors.ts'
import type { Who } from './options.ts'

/** The fields of requests that hold a secret; those of a batch lie in its items. */
const secretFields = ['password', 'current_password', 'new_password', 'token', 'secret']

/** A variable that is not set is undefined, and becomes the text 'undefined' where nobody looks. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/**
 * What cannot be a secret is refused before it is sent. One that is undefined is not given; whether it may be left out is
 * the server's to say.
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

/** What `fetch` says of a header that it cannot send repeats the value, so that is found out before. */
export function sendable(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) return value
  throw new ConfigurationError(
    `${name} must be a text of visible ASCII characters; perhaps it is missing, or ends with a line break.`,
  )
}

function noText(name: string): ConfigurationError {
  return new ConfigurationError(`${name} must be a text that is not empty; perhaps it is missing.`)
}

/**
 * The form of an OAuth call, with who asks. As a form, undefined would be the text 'undefined', and revoking that succeeds.
 * @throws ConfigurationError
 */
export function formOf(who: Who, fields: Record<string, string | undefined>): Record<string, string> {
  if (who.kind !== 'clientCredentials')
    throw new ConfigurationError('The OAuth calls need a client with clientId and clientSecret.')
  const given = Object.entries(fields).flatMap(([name, value]) => {
    if (secretFields.includes(name)) return [[name, sendable(name, value)] as const]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(given), client_id: who.clientId, client_secret: who.clientSecret }
}
