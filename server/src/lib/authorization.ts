/** The only parser of `Authorization` (RFC 9110 §11.4): a scheme in any case, one space or more, and the rest. */
export interface Authorization {
  /** In lower case. */
  scheme: string
  value: string
}

export function readAuthorization(header: string): Authorization {
  const [, scheme = '', value = ''] = /^([^ ]*) *(.*)$/s.exec(header.trim()) ?? []
  return { scheme: scheme.toLowerCase(), value }
}

/** The token of `Bearer` (RFC 6750 §2.1); undefined when the header has another scheme or is malformed. */
export function bearerToken(header: string | undefined): string | undefined {
  const { scheme, value } = readAuthorization(header ?? '')
  return scheme === 'bearer' && /^\S+$/.test(value) ? value : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The two parts of `Basic` (RFC 7617): base64 of UTF-8, with or without padding. Undefined when the header has another
 * scheme or is malformed.
 */
export function basicCredentials(header: string | undefined): { name: string; password: string } | undefined {
  const { scheme, value } = readAuthorization(header ?? '')
  if (scheme !== 'basic' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined
  const text = decoded(Buffer.from(value, 'base64'))
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 1
    ? undefined
    : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
