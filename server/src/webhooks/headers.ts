import { invalidRequest } from '../http/errors.ts'

const fieldsMax = 20
const charactersMax = 4_096
/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/
/** What the delivery itself says, and what belongs to the connection. */
const ours =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|user-agent|accept-encoding|webhook-.*|x-webhook-.*)$/i

/** The owner's own header fields, as JSON to be sealed; null when there are none. @throws AppError invalid_request */
export function checkedHeaders(headers: Readonly<Record<string, string>> | null): string | null {
  const entries = Object.entries(headers ?? {})
  if (entries.length === 0) return null
  if (entries.length > fieldsMax)
    throw invalidRequest(`The 'headers' field takes at most ${fieldsMax} fields.`)
  for (const [name, value] of entries) requireSendable(name, value)
  const names = new Set(entries.map(([name]) => name.toLowerCase()))
  if (names.size < entries.length)
    throw invalidRequest("The 'headers' field names a field twice; upper and lower case are the same.")
  const json = JSON.stringify(headers)
  if (json.length > charactersMax)
    throw invalidRequest(`The 'headers' field takes at most ${charactersMax} characters in all.`)
  return json
}

function requireSendable(name: string, value: string): void {
  if (!token.test(name))
    throw invalidRequest(`The 'headers' field holds '${name}', which is no name of a field.`)
  if (ours.test(name))
    throw invalidRequest(`The 'headers' field cannot set '${name}': the delivery itself does.`)
  if (!/^[\x20-\x7e]*$/.test(value) || value !== value.trim())
    throw invalidRequest(
      `The value of '${name}' in 'headers' must be visible ASCII characters, without spaces at its ends.`,
    )
}
