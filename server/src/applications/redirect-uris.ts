import type { ApplicationKind } from './schema.ts'

/**
 * Where a person may be sent back to. A request is compared with what was registered character by character (RFC 9700
 * §2.1), so that nothing has to be understood alike here and in a browser: not case, not a slash, not a default port. The
 * one exception is the port of a native program on a loopback address, which it learns when it starts (RFC 8252 §7.3).
 */
export function isRegistered(registered: readonly string[], kind: ApplicationKind, given: string): boolean {
  if (registered.includes(given)) return true
  const portless = kind === 'native' ? withoutLoopbackPort(given) : undefined
  return portless !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === portless)
}

/** Undefined unless it is an address of this machine over http, in lower case and without a name before the host. */
function withoutLoopbackPort(uri: string): string | undefined {
  const [, host, port, rest] = loopback.exec(uri) ?? []
  if (host === undefined || (port !== undefined && Number(port) > 65_535)) return undefined
  return `http://${host}${rest}`
}

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?((?:\/[^\s#\\]*)?)$/

/** What an authorization response adds to the address (RFC 6749 §4.1.2, RFC 9207). */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description']

/** Why an address is refused when it is registered; undefined for a good one. */
export function redirectProblem(uri: string, kind: ApplicationKind): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'it may have no spaces and only ASCII characters'
  if (uri.includes('#')) return 'it may have no fragment'
  if (uri.includes('\\')) return 'it may have no backslash'
  if (uri.includes('*')) return 'it may have no wildcard; register each address'
  const url = URL.parse(uri)
  if (!url || /^https?:(?!\/\/)/i.test(uri)) return 'it is not an absolute address'
  const answered = answerParameters.find((name) => url.searchParams.has(name))
  if (answered !== undefined) return `it may have no parameter '${answered}', which the response adds`
  if (url.username !== '' || url.password !== '') return 'it may have no name or password before the host'
  if (url.protocol === 'https:' || isLoopbackUri(uri)) return undefined
  if (url.protocol === 'http:') return 'http is only for loopback addresses; use https'
  if (kind !== 'native') return 'it must begin with https://'
  // A scheme that belongs to a domain name, turned around, is not taken by accident (RFC 8252 §7.1).
  return url.protocol.includes('.')
    ? undefined
    : 'a scheme of its own must be a domain name turned around, such as com.example.app:/done'
}

function isLoopbackUri(uri: string): boolean {
  return withoutLoopbackPort(uri) !== undefined
}

/** Why an origin is refused; undefined for one that is written as browsers send it. */
export function originProblem(origin: string): string | undefined {
  const url = URL.parse(origin)
  if (!url || url.origin !== origin)
    return 'write it as browsers send it, such as https://app.example.org: lower case, without a path'
  return url.protocol === 'https:' || isLoopbackUri(origin)
    ? undefined
    : 'it must begin with https://, unless it is a loopback address'
}

/** A native program cannot prove who it is where another may receive what is meant for it. */
export function mayBeTakenByAnother(uri: string): boolean {
  return !uri.startsWith('https://')
}
