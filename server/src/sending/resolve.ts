import { promises as dns } from 'node:dns'

const resolveTimeoutMs = 3_000
const queryTimeoutMs = 1_000
const queryTriesMax = 2
const slowLookupsMax = 2

/** All addresses of a host name, IPv4 before IPv6. Rejects when there are none, or when DNS does not respond in time. */
export type Resolve = (host: string) => Promise<string[]>

/**
 * Queries the DNS servers directly (c-ares). `dns.lookup` would call getaddrinfo in libuv's pool of four threads, which
 * cannot be interrupted: a hanging DNS server, which any receiver's may be, would stall all other receivers and the
 * file system. Here a query waits on a socket, and ends after 3 s at the latest.
 *
 * Only getaddrinfo knows the hosts file and the search domains. It is used when the servers responded that there is no
 * such name, for at most two names at once, so that half of the pool always stays free.
 *
 * @param servers `address:port` of the servers to ask instead of those of the machine
 */
export function dnsResolve(servers?: readonly string[]): Resolve {
  const lookups = new Map<string, Promise<string[]>>()

  return async (host) => {
    // A resolver of its own reads the machine's current configuration, and can be cancelled separately. It takes 0.04 ms.
    const resolver = new dns.Resolver({ timeout: queryTimeoutMs, tries: queryTriesMax })
    if (servers) resolver.setServers(servers)
    const timer = setTimeout(() => resolver.cancel(), resolveTimeoutMs)
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    clearTimeout(timer)
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    // If one of the two queries failed, the addresses it would have returned are not used.
    if (addresses.length > 0) return addresses
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    if (!failures.every(({ code }) => isQuickNo(code))) throw failures[0]
    return lookUp(host)
  }

  async function lookUp(host: string): Promise<string[]> {
    while (lookups.size >= slowLookupsMax && !lookups.has(host)) {
      await Promise.race(lookups.values()).catch(() => {})
    }
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
