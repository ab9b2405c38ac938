import type { IncomingMessage } from 'node:http'
import { inRanges, plainAddress, rangeList, readAddress } from './ip-addresses.ts'

/** The headers in which proxies name the address that they were called from. Only one of them is read. */
export const forwardedHeaders = ['x-forwarded-for', 'forwarded'] as const
export type ForwardedHeader = (typeof forwardedHeaders)[number]

/** Whose entries count: nobody's, everybody's, those of the nearest hops, or those of proxies in these ranges. */
export type TrustedProxies = boolean | number | readonly string[]

/**
 * Finds the address of a caller. The connection names the nearest hop; each trusted hop names the one before it, in the
 * last entry of the header that has not been read. So the header is read from its end: whatever stands before the entry
 * of the first hop that is not trusted was written by the caller. An entry that holds no address ends the search at the
 * hop that wrote it.
 */
export function addressReader(
  proxies: TrustedProxies,
  header: ForwardedHeader,
): (request: IncomingMessage) => string {
  const isTrusted = trust(proxies)
  const entriesOf = header === 'forwarded' ? forwardedEntries : listEntries
  return ({ socket, headers }) => {
    const peer = socket.remoteAddress ?? ''
    let address = peer.includes('%') ? (readAddress(peer) ?? '') : plainAddress(peer)
    if (!isTrusted(address, 0)) return address
    let hop = 1
    for (const entry of entriesOf(String(headers[header] ?? ''))) {
      const named = entry === undefined ? undefined : readNode(entry)
      if (named === undefined) return address
      address = named
      if (!isTrusted(address, hop)) return address
      hop++
    }
    return address
  }
}

function trust(proxies: TrustedProxies): (address: string, hop: number) => boolean {
  if (typeof proxies === 'boolean') return () => proxies
  if (typeof proxies === 'number') return (_, hop) => hop < proxies
  const ranges = rangeList(proxies)
  return (address) => address !== '' && inRanges(ranges, address)
}

/** The entries of `X-Forwarded-For`, the last first. Empty ones count for nothing (RFC 9110 §5.6.1). */
function* listEntries(value: string): Generator<string> {
  for (let end = value.length; end > 0; ) {
    const comma = value.lastIndexOf(',', end - 1)
    const entry = value.slice(comma + 1, end).trim()
    if (entry !== '') yield entry
    end = comma
  }
}

/**
 * The `for` of each element of `Forwarded` (RFC 7239), the last first; undefined where an element has none, or cannot be
 * read. Quotes are matched from the end as well: an opening quote that a caller has sent must not swallow the entries
 * that proxies have added.
 */
function* forwardedEntries(value: string): Generator<string | undefined> {
  for (let end = value.length; end > 0; ) {
    const start = elementStart(value, end)
    if (start === undefined) return yield undefined
    const element = value.slice(start, end).trim()
    if (element !== '') yield forOf(element)
    end = start - 1
  }
}

/** @returns undefined when a quote is never opened */
function elementStart(value: string, end: number): number | undefined {
  let isQuoted = false
  for (let at = end - 1; at >= 0; at--) {
    if (value[at] === '"' && value[at - 1] !== '\\') isQuoted = !isQuoted
    else if (value[at] === ',' && !isQuoted) return at + 1
  }
  return isQuoted ? undefined : 0
}

function forOf(element: string): string | undefined {
  const named = element
    .split(';')
    .map((pair) => /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair)?.[1])
    .filter((node) => node !== undefined)
  return named.length === 1 ? named[0] : undefined
}

/** Longer than any address with zone, port and quotes. */
const nodeLengthMax = 100

/** An address in any form that proxies write, with or without port, brackets and quotes; undefined for other names. */
function readNode(text: string): string | undefined {
  if (text.length > nodeLengthMax) return undefined
  const node = /^"(.*)"$/.exec(text)?.[1] ?? text
  const [, v6, v4] = /^(?:\[(.+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? []
  return readAddress(v6 ?? v4 ?? node)
}
