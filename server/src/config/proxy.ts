import { isIP } from 'node:net'
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

export const proxyOf = understood(
  readProxy,
  "must be an HTTP proxy such as http://user:password@proxy.example.org:3128, or https://…; in the user name and the password write '@' as %40, ':' as %3A, '/' as %2F, '#' as %23 and '%' as %25",
)

/** @returns undefined when the text names no HTTP proxy */
function readProxy(text: string): ProxyAddress | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined
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

/**
 * Reads `NO_PROXY` as curl and most other clients do: names, which stand for their subdomains too, addresses and ranges,
 * each perhaps with a port; `*` for everything. Nothing is resolved.
 */
export function readBypass(text: string): Bypass {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(readEntry)
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, '')
    return entries.some((entry) => (entry.port === undefined || entry.port === port) && entry.matches(name))
  }
}

interface ProxySettings {
  COMSERV_WEBHOOK_PROXY?: ProxyAddress | 'none' | undefined
  HTTPS_PROXY?: ProxyAddress | undefined
  HTTP_PROXY?: ProxyAddress | undefined
  NO_PROXY?: Bypass | undefined
}

/** Our own setting is for all webhooks; those of every program come with their exceptions. */
export function decideProxies(env: ProxySettings): Proxies | undefined {
  const own = env.COMSERV_WEBHOOK_PROXY
  if (own === 'none') return undefined
  if (own) return { http: own, https: own, bypass: () => false }
  if (!env.HTTPS_PROXY && !env.HTTP_PROXY) return undefined
  return { http: env.HTTP_PROXY, https: env.HTTPS_PROXY, bypass: env.NO_PROXY ?? readBypass(bypassDefault) }
}

/** What is reached without a proxy that the environment names for every program, unless `NO_PROXY` says so itself. */
export const bypassDefault = 'localhost,127.0.0.0/8,::1'

function readEntry(text: string): { port: number | undefined; matches(host: string): boolean } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const entry = (bracketed ?? plain ?? text).toLowerCase()
  const port = digits === undefined ? undefined : Number(digits)
  if (entry === '*') return { port, matches: () => true }
  if (parseRange(entry)) {
    const range = rangeList([entry])
    return { port, matches: (host) => isIP(host) !== 0 && inRanges(range, readAddress(host) ?? host) }
  }
  const suffix = entry.replace(/^\*?\./, '').replace(/\.$/, '')
  return { port, matches: (host) => host === suffix || host.endsWith(`.${suffix}`) }
}
