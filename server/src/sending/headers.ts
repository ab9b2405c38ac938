import { invalidRequest } from '../api/errors.ts'

export const headerFieldsMax = 20
export const headerCharactersMax = 4_096
/** RFC 9110 §5.6.2. */
export const headerNamePattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
/** Visible ASCII and spaces, none at the ends. */
export const headerValuePattern = '^([!-~]([ -~]*[!-~])?)?$'
const token = new RegExp(headerNamePattern)
const sendable = new RegExp(headerValuePattern)
/** Fields that the delivery itself sets, or that belong to the connection. */
const ours =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|user-agent|accept-encoding|webhook-.*|x-webhook-.*)$/i

/** The owner's own header fields, as JSON to be sealed; null when there are none. @throws AppError invalid_request */
export function checkedHeaders(headers: Readonly<Record<string, string>> | null): string | null {
  const entries = Object.entries(headers ?? {})
  if (entries.length === 0) return null
  if (entries.length > headerFieldsMax)
    throw invalidRequest(`The 'headers' field takes at most ${headerFieldsMax} fields.`)
  for (const [name, value] of entries) requireSendable(name, value)
  requireDistinct(entries.map(([name]) => name))
  const json = JSON.stringify(headers)
  if (json.length > headerCharactersMax)
    throw invalidRequest(`The 'headers' field takes at most ${headerCharactersMax} characters in all.`)
  return json
}

/**
 * JSON merge patch (RFC 7396) of fields that cannot be read back. Names are case-insensitive.
 * @param before as JSON
 */
export function changedHeaders(
  before: string | null,
  changes: Readonly<Record<string, string | null>> | null,
): string | null {
  if (changes === null) return null
  requireDistinct(Object.keys(changes))
  const fields = new Map(
    Object.entries<string>(JSON.parse(before ?? '{}')).map((field) => [fieldKey(field[0]), field]),
  )
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) fields.delete(fieldKey(name))
    else fields.set(fieldKey(name), [name, value])
  }
  return checkedHeaders(Object.fromEntries(fields.values()))
}

/** The names of fields whose values stay as they are after these changes. @param before as JSON */
export function namesLeft(
  before: string | null,
  changes: Readonly<Record<string, string | null>> | null | undefined,
): string[] {
  if (changes === null) return []
  const changed = new Set(Object.keys(changes ?? {}).map(fieldKey))
  return Object.keys(JSON.parse(before ?? '{}')).filter((name) => !changed.has(fieldKey(name)))
}

const fieldKey = (name: string) => name.toLowerCase()

function requireDistinct(names: readonly string[]): void {
  if (new Set(names.map(fieldKey)).size === names.length) return
  throw invalidRequest("The 'headers' field names a field twice; names are case-insensitive.")
}

function requireSendable(name: string, value: string): void {
  if (!token.test(name))
    throw invalidRequest(`The 'headers' field holds '${name}', which is not a valid field name.`)
  if (ours.test(name))
    throw invalidRequest(`The 'headers' field cannot set '${name}': the delivery itself does.`)
  if (!sendable.test(value))
    throw invalidRequest(
      `The value of '${name}' in 'headers' must be visible ASCII characters, without spaces at its ends.`,
    )
}
