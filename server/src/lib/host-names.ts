import { isIPv4, isIPv6 } from 'node:net'

/**
 * The name in a `Host` header or an authority, as names are compared: in lower case and punycode, without port and
 * trailing dot; an IPv6 address in brackets. Undefined when the text names no host.
 */
export function readHostName(text: string): string | undefined {
  const url = URL.parse(`http://${isIPv6(text) ? `[${text}]` : text}`)
  return url?.hostname.replace(/\.$/, '') || undefined
}

/** Names that cannot be pointed at this machine by somebody else: those of the machine itself, and literal addresses. */
export function isLocalName(name: string): boolean {
  const isLoopback = name === 'localhost' || name.endsWith('.localhost')
  return isLoopback || name.startsWith('[') || isIPv4(name)
}
