import { promises as dns } from 'node:dns'

const resolveTimeoutMs = 3_000
const queryTimeoutMs = 1_000
const queryTriesMax = 2
const slowLookupsMax = 2

/** All addresses of a host name, IPv4 before IPv6. Rejects when there is none, or when nobody says so in time. */
export type Resolve = (host: string) => Promise<string[]>

/**
 * Asks the DNS servers directly (c-ares). `dns.lookup` would call getaddrinfo in libuv's pool of four threads, which
 * cannot be interrupted: a DNS server that hangs, which any receiver's may, would stall all other receivers and the file
 * system with them. Here a query waits on a socket, and ends after 3 s at the latest.
 *
 * Only getaddrinfo knows the hosts file and the search domains. It is asked when the servers answered that there is no
 * such name, and with at most two names at once, so that half of the pool stays free whatever happens.
 *
 * @param servers `address:port` of the servers to ask instead of those of the machine
 */
export function dnsResolve(servers?: readonly string[]): Resolve {
  const lookups = new Map<string, Promise<string[]>>()

  return async (host) => {
    // A resolver of its own reads the machine's configuration as it is now, and can be cancelled alone. It takes 0.04 ms.
    const resolver = new dns.Resolver({ timeout: queryTimeoutMs, tries: queryTriesMax })
    if (servers) resolver.setServers(servers)
    const timer = setTimeout(() => resolver.cancel(), resolveTimeoutMs)
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    clearTimeout(timer)
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    // One of the two questions may have failed: what it would have answered is then not connected to either.
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

/** Not a time-out, and no server that is in trouble: those would keep getaddrinfo waiting, too. */
function isQuickNo(code: string): boolean {
  return code === dns.NOTFOUND || code === dns.NODATA || code === dns.CONNREFUSED
}
