import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'

/** The address as people write it: an IPv4 address that arrived over IPv6 loses its `::ffff:`. */
export function plainAddress(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
}

/**
 * The canonical text of an address (RFC 5952), without a zone, which means something on its own host only; undefined when
 * the text is no address.
 */
export function readAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  const [address = ''] = text.split('%')
  if (!isIPv6(address)) return undefined
  return plainAddress(new SocketAddress({ address, family: 'ipv6' }).address)
}

/** The block that counts as one caller: an IPv4 address, or the /64 from which an IPv6 host picks its addresses. */
export function addressBlock(ip: string): string {
  const address = plainAddress(ip)
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - left.length - (tail === '' ? 0 : tail.split(':').length)
  const groups = [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ? tail.split(':') : [])]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Parses `203.0.113.7` or `2001:db8::/32`; undefined when the text is neither an address nor a range. */
export function parseRange(
  text: string,
): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  const bitsMax = version === 4 ? 32 : 128
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined
  if (Number(bits ?? bitsMax) > bitsMax) return undefined
  const plain = readAddress(address) ?? address
  // An IPv4 range in IPv6 clothes: addresses are compared without them.
  if (version === 6 && isIPv4(plain) && Number(bits ?? bitsMax) >= 96)
    return { address: plain, bits: Number(bits ?? bitsMax) - 96, family: 'ipv4' }
  return { address, bits: Number(bits ?? bitsMax), family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** @param ranges texts that `parseRange` accepts */
export function rangeList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of ranges) {
    const range = parseRange(text)
    if (range) list.addSubnet(range.address, range.bits, range.family)
  }
  return list
}

export function inRanges(list: BlockList, ip: string): boolean {
  const address = plainAddress(ip)
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
