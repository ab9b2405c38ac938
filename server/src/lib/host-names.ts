import { isIP, isIPv4, isIPv6 } from 'node:net'
import { inRanges, rangeList, readAddress } from './ip-addresses.ts'

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
  return isLoopbackName(name) || name.startsWith('[') || isIPv4(name)
}

export const loopbackRanges = ['127.0.0.0/8', '::1'] as const
const loopback = rangeList(loopbackRanges)

/** Whether a host is the loopback without a query to DNS: one of its addresses, not in brackets, or of its names. */
export function isLoopbackHost(host: string): boolean {
  return isIP(host) === 0 ? isLoopbackName(host) : inRanges(loopback, readAddress(host) ?? host)
}

/** RFC 6761, section 6.3. */
export function isLoopbackName(name: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(name)
}
