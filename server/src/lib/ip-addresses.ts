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
  // Asked of every request; the pattern of an IPv6 address takes 2 µs.
  if (!address.includes(':') || !isIPv6(address)) return address
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

/** Whether every address of `ranges` is in one of `limits`; texts that `parseRange` accepts. */
export function rangesWithin(ranges: readonly string[], limits: readonly string[]): boolean {
  const allowed = joined(limits.map(spanOf))
  return ranges
    .map(spanOf)
    .every(([first, last]) => allowed.some(([from, to]) => from <= first && last <= to))
}

type Span = readonly [first: bigint, last: bigint]

/** The numbers of a range among all IPv6 addresses, where `BlockList` also finds IPv4 addresses (`::ffff:0:0/96`). */
function spanOf(text: string): Span {
  const { address, bits, family } = parseRange(text) ?? { address: '::', bits: 0, family: 'ipv6' as const }
  const size = 1n << BigInt((family === 'ipv4' ? 32 : 128) - bits)
  const first = (numberOf(address) / size) * size
  return [first, first + size - 1n]
}

function numberOf(address: string): bigint {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return (0xffffn << 32n) + fromBase(plain.split('.').map(Number), 256n)
  // The parser of URLs writes an IPv4 tail in hexadecimal.
  const { hostname } = new URL(`http://[${plain}]`)
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const groups = (part = '') =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [groups(head), groups(tail)]
  return fromBase([...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right], 65_536n)
}

const fromBase = (digits: readonly number[], base: bigint) =>
  digits.reduce((sum, digit) => sum * base + BigInt(digit), 0n)

/** Spans that touch become one: two halves contain what spans both. */
function joined(spans: readonly Span[]): Span[] {
  const all: [bigint, bigint][] = []
  for (const [first, last] of spans.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const before = all.at(-1)
    if (before && first <= before[1] + 1n) before[1] = last > before[1] ? last : before[1]
    else all.push([first, last])
  }
  return all
}

export function inRanges(list: BlockList, ip: string): boolean {
  const address = plainAddress(ip)
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
