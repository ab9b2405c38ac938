import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { inRanges, parseRange, rangeList, readAddress } from '../lib/ip-addresses.ts'
import { understood } from './setting-problem.ts'

/** An HTTP proxy. `authorization` is a secret: no message and no log shows it. */
export interface ProxyAddress {
  /** TLS to the proxy itself. */
  isSecure: boolean
  /** Without brackets. */
  host: string
  port: number
  /** The value of `Proxy-Authorization`. */
  authorization: string | undefined
}

/** Whether a host, without brackets, is reached without the proxy. */
export type Bypass = (host: string, port: number) => boolean

/** Which proxy webhooks are sent through, by the scheme of their URL. */
export interface Proxies {
  http: ProxyAddress | undefined
  https: ProxyAddress | undefined
  bypass: Bypass
}

const shape =
  "must be an HTTP proxy such as http://user:password@proxy.example.org:3128, or https://…; in the user name and the password write '@' as %40, ':' as %3A, '/' as %2F, '#' as %23 and '%' as %25"

/** Of the variables of every program, which have no word for no proxy. */
export const proxyOf = understood(readProxy, `${shape}; for no proxy, leave it empty`)

const ownProxyOf = understood(readProxy, `${shape}; to send without a proxy, write none`)

/** Of our own setting: several words turn it off, and none of them can be meant as the name of a host. */
export function readOwnProxy(text: string): ProxyAddress | 'none' {
  return /^(none|off|false|no|direct)$/i.test(text) ? 'none' : ownProxyOf(text)
}

/** Words that people write for a switch; taken for names of hosts, they would fail with every delivery. */
const switches = /^(none|off|on|false|true|no|yes|direct|disabled?|null|undefined)$/i

/** @returns undefined when the text names no HTTP proxy */
function readProxy(text: string): ProxyAddress | undefined {
  // A number alone, such as a port, would be read as an IPv4 address.
  if (switches.test(text) || /^\d+$/.test(text)) return undefined
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (!url || !/^https?:$/.test(url.protocol) || !/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname))
    return undefined
  if (url.port === '0') return undefined
  // A '/' or '#' in a password would make its beginning the name of the host, which messages show.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined
  const isSecure = url.protocol === 'https:'
  const login = url.username === '' && url.password === '' ? undefined : loginOf(url)
  if (login === null) return undefined
  return {
    isSecure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    authorization: login && `Basic ${Buffer.from(login).toString('base64')}`,
  }
}

/** Null when it is not percent-encoded. */
function loginOf({ username, password }: URL): string | null {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return null
  }
}

/** `NO_PROXY`, as far as it is understood. */
export interface Exceptions {
  bypass: Bypass
  /** Whether it excepts every host. */
  isAll: boolean
  /** Why an entry is not understood; a problem only where there is a proxy. */
  problem: string | undefined
}

/**
 * Reads `NO_PROXY` as curl and most other clients do: names, which stand for their subdomains too, addresses and ranges,
 * each perhaps with a port; `*` for everything. Nothing is resolved.
 */
export function readExceptions(text: string): Exceptions {
  // Other programs are told sockets by their paths, which no webhook can mean.
  const texts = text.split(/[\s,]+/).filter((entry) => entry !== '' && !entry.startsWith('/'))
  const entries = texts.map(readEntry)
  const position = entries.indexOf(undefined)
  return {
    bypass(host, port) {
      const name = host.toLowerCase().replace(/\.$/, '')
      return entries.some((entry) => entry?.matches(name) && (entry.port ?? port) === port)
    },
    isAll: texts.includes('*'),
    problem: position === -1 ? undefined : problemOf(position, texts[position] ?? ''),
  }
}

function problemOf(position: number, entry: string): string {
  // An address of a proxy that got here by mistake may hold a password.
  const shown = /^[\w.:*/[\]-]{1,80}$/.test(entry) ? ` (${entry})` : ''
  return `entry ${position + 1}${shown} is not understood: write names (example.org, which includes its subdomains), addresses, ranges such as 10.0.0.0/8 or fd00::/8, each with a port if needed (example.org:8443, [::1]:8080), separated by commas, or * for all`
}

interface ProxySettings {
  COMSERV_WEBHOOK_PROXY?: ProxyAddress | 'none' | undefined
  HTTPS_PROXY?: ProxyAddress | undefined
  HTTP_PROXY?: ProxyAddress | undefined
  NO_PROXY?: Exceptions | undefined
}

/** Our own setting is for all webhooks. `NO_PROXY` has the exceptions, whichever setting names the proxy. */
export function decideProxies(env: ProxySettings): Proxies | undefined {
  const own = env.COMSERV_WEBHOOK_PROXY
  if (own === 'none') return undefined
  const [http, https] = own ? [own, own] : [env.HTTP_PROXY, env.HTTPS_PROXY]
  if (!http && !https) return undefined
  const { bypass } = env.NO_PROXY ?? readExceptions(bypassDefault)
  return { http, https, bypass }
}

/** What is wrong with the exceptions, where there is a proxy. */
export function exceptionProblems(env: ProxySettings): string[] {
  if (!decideProxies(env) || !env.NO_PROXY) return []
  const { problem, isAll } = env.NO_PROXY
  if (problem !== undefined) return [`NO_PROXY: ${problem}`]
  return isAll && env.COMSERV_WEBHOOK_PROXY
    ? [
        'NO_PROXY has the entry *, so COMSERV_WEBHOOK_PROXY would never be used: remove the entry, or set COMSERV_WEBHOOK_PROXY=none to send without a proxy',
      ]
    : []
}

/** What is reached without a proxy, unless `NO_PROXY` says so itself. */
export const bypassDefault = 'localhost,127.0.0.0/8,::1'

interface Exception {
  port: number | undefined
  matches(host: string): boolean
}

function readEntry(text: string): Exception | undefined {
  // An IPv6 address without brackets has no port.
  const isBare = parseRange(text) !== undefined
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const entry = (isBare ? text : (bracketed ?? plain ?? '')).toLowerCase()
  const port = isBare || digits === undefined ? undefined : Number(digits)
  if (port === 0 || (port ?? 1) > 65_535) return undefined
  if (entry === '*') return { port, matches: () => true }
  if (parseRange(entry)) {
    const range = rangeList([entry])
    return { port, matches: (host) => isIP(host) !== 0 && inRanges(range, readAddress(host) ?? host) }
  }
  const suffix = domainToASCII(entry.replace(/^\*?\./, '').replace(/\.$/, ''))
  // What looks like an address, or a part of one, is no name: 10.0.0.300, 10.0/8, 10.*.
  const isName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(suffix) && !/^[\d.]+$/.test(suffix)
  if (bracketed !== undefined || !isName) return undefined
  return { port, matches: (host) => host === suffix || host.endsWith(`.${suffix}`) }
}
