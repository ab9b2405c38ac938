import { promises as dns } from 'node:dns'
import { hostsFile, systemHostsFile } from './hosts-file.ts'

const resolveTimeoutMs = 3_000
/** Earlier, so that the addresses of one family are used if nobody responds about the other. */
const dnsTimeoutMs = 2_500
const queryTimeoutMs = 1_000
const queryTriesMax = 2
const slowLookupsMax = 2

/** All addresses of a host name, IPv4 before IPv6. Rejects when there are none, or when they are not found in time. */
export type Resolve = (host: string) => Promise<string[]>

interface Sources {
  /** `address:port` of the DNS servers to ask instead of those of the machine. */
  servers?: readonly string[]
  hostsPath?: string
}

/**
 * Resolves names in the order of most systems: the hosts file, then DNS, then whatever else getaddrinfo knows. Every
 * look-up ends after 3 s at the latest.
 *
 * The DNS servers are queried directly (c-ares). `dns.lookup` would call getaddrinfo in libuv's pool of four threads,
 * which cannot be interrupted: a hanging DNS server, which any receiver's may be, would stall all other receivers and the
 * file system. Here a query waits on a socket.
 *
 * Only getaddrinfo knows the search domains and other sources of names, such as mDNS. It is used when the servers
 * responded that there is no such name, for at most two names at once, so that half of the pool always stays free.
 */
export function systemResolve({ servers, hostsPath = systemHostsFile }: Sources = {}): Resolve {
  const listed = hostsFile(hostsPath)
  const lookups = new Map<string, Promise<string[]>>()

  return async (host) => {
    // A resolver of its own reads the machine's current configuration, and can be cancelled separately. It takes 0.04 ms.
    const resolver = new dns.Resolver({ timeout: queryTimeoutMs, tries: queryTriesMax })
    if (servers) resolver.setServers(servers)
    const late = new AbortController()
    const lateness = Promise.withResolvers<never>()
    const dnsTimer = setTimeout(() => resolver.cancel(), dnsTimeoutMs)
    const timer = setTimeout(() => {
      late.abort()
      lateness.reject(new Error(`The addresses of ${host} were not found in time.`))
    }, resolveTimeoutMs)
    try {
      return await Promise.race([find(host, resolver, late.signal), lateness.promise])
    } finally {
      clearTimeout(dnsTimer)
      clearTimeout(timer)
    }
  }

  async function find(host: string, resolver: dns.Resolver, late: AbortSignal): Promise<string[]> {
    const own = await listed(host)
    if (own.length > 0) return [...own]
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    // If one of the two queries failed, the addresses it would have returned are not used.
    if (addresses.length > 0) return addresses
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    if (!failures.every(({ code }) => isQuickNo(code))) throw failures[0]
    return lookUp(host, late)
  }

  async function lookUp(host: string, late: AbortSignal): Promise<string[]> {
    while (lookups.size >= slowLookupsMax && !lookups.has(host)) {
      await Promise.race(lookups.values()).catch(() => {})
    }
    late.throwIfAborted()
    const running = lookups.get(host)
    if (running) return running
    const lookup = dns
      .lookup(host, { all: true, order: 'ipv4first' })
      .then((found) => found.map(({ address }) => address))
      .finally(() => lookups.delete(host))
    lookups.set(host, lookup)
    return lookup
  }
}

/** Excludes time-outs and servers in trouble: those would keep getaddrinfo waiting, too. */
function isQuickNo(code: string): boolean {
  return code === dns.NOTFOUND || code === dns.NODATA || code === dns.CONNREFUSED
}
