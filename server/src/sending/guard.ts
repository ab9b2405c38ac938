import { isIP, type LookupFunction } from 'node:net'
import { BoundedMap } from '../lib/bounded-map.ts'
import { isLoopbackHost, isLoopbackName, loopbackRanges } from '../lib/host-names.ts'
import { parseRange, rangeList, readAddress } from '../lib/ip-addresses.ts'
import { LookupError, lookupOf } from './lookup.ts'
import type { OwnAddress } from './own-receiver.ts'
import { type Resolve, systemResolve } from './resolve.ts'

/**
 * Keeps webhooks out of the server's own network. A destination is checked when it is stored, and again on every new
 * connection, by the very addresses that are then connected to: changing the DNS record in between gains nothing.
 *
 * Blocked is everything that the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) list as not globally
 * reachable, plus multicast (RFC 5771), the reserved class E, the deprecated 6to4 relays, and every IPv6 address outside
 * 2000::/3, the only space allocated as global unicast. IPv6 addresses that embed an IPv4 one (mapped, compatible,
 * NAT64, 6to4, Teredo) are blocked whole: no receiver has one, and another machine decides where such a packet ends.
 */
const blockedIPv4 = rangeList([
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared between carrier and customer (RFC 6598); metadata of Alibaba Cloud
  '127.0.0.0/8', // loopback
  '168.63.129.16', // Azure answers its own machines here, from public space
  '169.254.0.0/16', // link-local (RFC 3927); metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments (RFC 6890); metadata of Oracle Cloud
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.88.99.0/24', // 6to4 relays (RFC 7526)
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast at its end
])
const blockedIPv6 = rangeList([
  // `::`, `::1`, mapped ::ffff:0:0/96, compatible ::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48, discard 100::/64
  '::/3',
  '2001::/23', // protocol assignments: Teredo 2001::/32, benchmarks 2001:2::/48, ORCHID 2001:10::/28 and 2001:20::/28
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056)
  '3fff::/20', // documentation (RFC 9637)
  '4000::/2', // not handed out, with SRv6 5f00::/16
  '8000::/1', // unique local fc00::/7, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8
])

const urlCharactersMax = 2_048
/** The result of `guard.vet`, without DNS. */
export type Vetted =
  | { kind: 'fine'; url: URL /** A test receiver of this server. */; own?: OwnAddress }
  | { kind: 'refused'; reason: string }

export interface Guard {
  /** One sentence on why webhooks are not sent to this URL; undefined when they may be. */
  check(text: string): Promise<string | undefined>
  /** The part of `check` that needs no DNS: the URL itself, and an IP address in it. */
  vet(text: string): Vetted
  /** True also for text that is not an address. */
  isBlocked(address: string): boolean
  /** For `net.connect`: fails with `EBLOCKED` when any address is blocked, with `EUNRESOLVED` when there is none. */
  lookup: LookupFunction
  /**
   * Checks a host that a proxy connects to, as far as this machine can: a literal address, and the addresses of a name
   * that it can resolve. Other names are left to the proxy, except those that only exist in private networks.
   * @throws LookupError
   */
  admit(host: string): Promise<void>
  /** Whether a host is on this machine, and allowed because the server is used on this machine alone. */
  staysHere(host: string): boolean
}

/** Names that no public DNS knows (RFC 6762, appendix G; RFC 8375; `internal` is reserved by ICANN), or without a dot. */
const privateName = /^[^.]+\.?$|\.(local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)\.?$/i
/** How long a name that this machine cannot resolve is left to the proxy without another look-up. */
const unresolvedMs = 60_000
const unresolvedMax = 1_000

/**
 * @param allowedRanges texts that `parseRange` accepts; they are open, whatever the lists say
 * @param opensLoopback whether literal loopback addresses and the names of RFC 6761 may be used, over http too; a name
 * that somebody's DNS leads to the loopback may not
 * @param ownReceiver tells the URLs of this server's test receivers, which are open
 */
export function createGuard({
  allowHttp,
  allowedRanges,
  opensLoopback = false,
  ownReceiver = () => undefined,
  resolve = systemResolve(),
}: {
  allowHttp: boolean
  allowedRanges: readonly string[]
  opensLoopback?: boolean
  ownReceiver?: (url: string) => OwnAddress | undefined
  resolve?: Resolve
}): Guard {
  const isBlocked = blockedBeside(allowedRanges)
  const isBlockedHere = opensLoopback ? blockedBeside([...allowedRanges, ...loopbackRanges]) : isBlocked
  const rules: Rules = { allowHttp, opensLoopback, isBlocked, isBlockedHere, resolve }

  function vet(text: string): Vetted {
    if ([...text].length > urlCharactersMax)
      return { kind: 'refused', reason: 'A URL has at most 2,048 characters.' }
    const url = URL.parse(text)
    if (!url)
      return { kind: 'refused', reason: 'This is not a URL. One looks like https://example.com/hook.' }
    const own = ownReceiver(text)
    if (own) return { kind: 'fine', url, own }
    const reason = problemOf(rules, text, url)
    return reason === undefined ? { kind: 'fine', url } : { kind: 'refused', reason }
  }

  async function check(text: string): Promise<string | undefined> {
    const vetted = vet(text)
    if (vetted.kind === 'fine' && vetted.own) return undefined
    const url = vetted.kind === 'fine' ? vetted.url : URL.parse(text)
    // A name may lead inside even if the scheme is refused already: the reason names every setting at once.
    const isOpen = vetted.kind === 'fine' || vetted.reason === httpsSentence
    if (url && isOpen && /^https?:$/.test(url.protocol) && addressIn(url) === undefined) {
      try {
        await vettedAddresses(rules, url.hostname)
      } catch (error) {
        // A name that is unknown now may be known when the first event comes; every connection resolves it again.
        if (error instanceof LookupError && error.code === 'EBLOCKED')
          return insideSentence(isLoopbackName(url.hostname) ? '127.0.0.1' : undefined)
      }
    }
    return vetted.kind === 'refused' ? vetted.reason : undefined
  }

  return {
    check,
    vet,
    isBlocked: isBlockedHere,
    lookup: lookupOf((host) => vettedAddresses(rules, host)),
    admit: admission(rules),
    staysHere: (host) => opensLoopback && isLoopbackHost(host),
  }
}

/** What the operator allows, and how names are resolved. */
interface Rules {
  allowHttp: boolean
  opensLoopback: boolean
  isBlocked(address: string): boolean
  /** The same where the loopback may be used. */
  isBlockedHere(address: string): boolean
  resolve: Resolve
}

function problemOf(
  { allowHttp, opensLoopback, isBlockedHere }: Rules,
  text: string,
  url: URL,
): string | undefined {
  // The parser silently corrects these; the stored URL would not be the one that is called.
  if (/[\s\\\p{C}]/u.test(text)) {
    return 'A URL has no spaces, line breaks, backslashes or control characters.'
  }
  if (!/^https?:\/\//i.test(text)) return allowHttp ? schemesSentence : 'The URL must begin with https://.'
  if (url.username !== '' || url.password !== '') return 'The URL must not hold a user name or password.'
  if (text.includes('#')) return 'The URL must not hold a fragment, which is never sent.'
  const address = addressIn(url)
  if (address !== undefined && isBlockedHere(address)) return insideSentence(readAddress(address) ?? address)
  if (url.protocol === 'https:' || allowHttp || (opensLoopback && isLoopbackHost(hostOf(url))))
    return undefined
  return httpsSentence
}

/** Every address of the name, or a `LookupError`. */
async function vettedAddresses(
  { isBlocked, isBlockedHere, resolve }: Rules,
  host: string,
): Promise<string[]> {
  // RFC 6761, section 6.3: these names are the loopback, without a query. If only one of its two addresses is
  // allowed, that one is used; for a name that somebody else controls, a single blocked address is enough to refuse.
  if (isLoopbackName(host)) {
    const open = ['127.0.0.1', '::1'].filter((address) => !isBlockedHere(address))
    if (open.length === 0) throw new LookupError('EBLOCKED', host)
    return open
  }
  const addresses = await resolve(host).catch((cause) => {
    throw new LookupError('EUNRESOLVED', host, cause)
  })
  if (addresses.length === 0) throw new LookupError('EUNRESOLVED', host)
  if (addresses.some(isBlocked)) throw new LookupError('EBLOCKED', host)
  return addresses
}

function admission(rules: Rules): Guard['admit'] {
  const unresolved = new BoundedMap<string, number>(unresolvedMax)

  return async (host) => {
    if (isIP(host) !== 0) {
      if (rules.isBlockedHere(host)) throw new LookupError('EBLOCKED', host)
      return
    }
    if ((unresolved.get(host) ?? 0) > performance.now()) return
    try {
      await vettedAddresses(rules, host)
    } catch (error) {
      const isUnknown = error instanceof LookupError && error.code === 'EUNRESOLVED'
      if (!isUnknown || privateName.test(host)) throw error
      unresolved.set(host, performance.now() + unresolvedMs)
    }
  }
}

const whereToSet =
  'in the environment of the server or in its .env file, and restart it (guide: Configuration, at /docs/configuration)'
const schemesSentence = 'The URL must begin with https:// or http://.'
const httpsSentence = `The URL must begin with https://. To allow http://, the operator can set COMSERV_WEBHOOK_ALLOW_HTTP=true ${whereToSet}.`

/**
 * Both settings, whichever of the two is missing.
 * @param address what would open it; undefined for a name: the errors must not become a map of the internal network
 */
function insideSentence(address: string | undefined): string {
  if (address !== undefined && isNoReceiver(address)) return reservedSentence
  const value = address === undefined ? ' to the addresses it leads to' : `=${address}`
  return `The URL leads into a private or reserved network, where webhooks are not sent. Use a public address, or have the operator set COMSERV_WEBHOOK_ALLOWED_CIDRS${value} and, for http://, COMSERV_WEBHOOK_ALLOW_HTTP=true ${whereToSet}.`
}

/** Addresses at which nobody runs a receiver: a refusal must not tell how to open them. */
const noReceiverIPv4 = rangeList([
  '0.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '224.0.0.0/3',
])
const noReceiverIPv6 = rangeList([
  '::',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
])
const reservedSentence =
  'The URL leads to an address that is reserved for the network itself, where webhooks are not sent. Use the address of the receiver.'

function isNoReceiver(address: string): boolean {
  return isIP(address) === 4 ? noReceiverIPv4.check(address, 'ipv4') : noReceiverIPv6.check(address, 'ipv6')
}

/** Whether an address is blocked; true also for text that is not an address. */
function blockedBeside(allowedRanges: readonly string[]): (address: string) => boolean {
  // One list per family: `BlockList` compares an IPv4 address with IPv6 ranges, so that ::/0 would allow 10.0.0.1.
  const allowedIPv4 = rangeList(allowedRanges.filter((range) => parseRange(range)?.family === 'ipv4'))
  const allowedIPv6 = rangeList(allowedRanges.filter((range) => parseRange(range)?.family === 'ipv6'))

  return (address) => {
    const [plain = ''] = address.split('%')
    const version = isIP(plain)
    if (version === 4) return blockedIPv4.check(plain, 'ipv4') && !allowedIPv4.check(plain, 'ipv4')
    if (version === 0) return true
    // The list of IPv4 ranges matches their mapped forms, too.
    return (
      blockedIPv6.check(plain, 'ipv6') &&
      !allowedIPv6.check(plain, 'ipv6') &&
      !allowedIPv4.check(plain, 'ipv6')
    )
  }
}

/** The IP address in a URL, if any: the parser has normalised every spelling of it. */
function addressIn(url: URL): string | undefined {
  const host = hostOf(url)
  return isIP(host) === 0 ? undefined : host
}

function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
