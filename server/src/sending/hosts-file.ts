import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'

export const systemHostsFile =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts'

type Hosts = ReadonlyMap<string, readonly string[]>

/** The addresses of names in a hosts file (hosts(5)), IPv4 before IPv6. A changed file is read again. */
export function hostsFile(path: string): (host: string) => Promise<readonly string[]> {
  let known: { mark: string; hosts: Hosts } | undefined

  async function current(): Promise<Hosts> {
    const { mtimeMs, size, ino } = await stat(path)
    const mark = `${mtimeMs} ${size} ${ino}`
    if (known?.mark !== mark) known = { mark, hosts: parseHosts(await readFile(path, 'utf8')) }
    return known.hosts
  }

  return async (host) => {
    // A machine without the file, or with one that cannot be read, has DNS alone.
    const hosts = await current().catch((): Hosts => new Map())
    return hosts.get(nameKey(host)) ?? []
  }
}

export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of new Set(names.map(nameKey))) {
      const addresses = hosts.get(name)
      if (!addresses) hosts.set(name, [address])
      else if (!addresses.includes(address)) addresses.push(address)
    }
  }
  for (const addresses of hosts.values()) addresses.sort((a, b) => isIP(a) - isIP(b))
  return hosts
}

function nameKey(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
