import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import { isLocalName, readHostName } from '../lib/host-names.ts'

type Site = Pick<Config, 'publicUrl' | 'hosts' | 'servesLocally'>

/** A browser that has reached this server over https keeps to https. Subdomains may be other servers. */
const strictTransport = 'max-age=31536000'

export function transportHeaders({ publicUrl }: Pick<Site, 'publicUrl'>): Record<string, string> {
  return publicUrl.startsWith('https:') ? { 'strict-transport-security': strictTransport } : {}
}

export function writeTransportHeaders(site: Pick<Site, 'publicUrl'>, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(transportHeaders(site))) reply.header(name, value)
}

/**
 * Refuses requests under a name that is not this server's. Somebody else's name can be pointed at this server's address
 * after their page was loaded (DNS rebinding); to the browser, that page then has the same origin as ours. A name in the
 * request target counts beside that in `Host` (RFC 9112 §3.2.2).
 * @throws AppError permission_denied
 */
export function requireOwnHost(site: Site, { raw, headers }: FastifyRequest): void {
  const target = /^https?:\/\/([^/?#]*)/i.exec(raw.url ?? '')?.[1]
  const foreign = [headers.host ?? '', ...(target === undefined ? [] : [target])].find(
    (text) => !isOwn(site, readHostName(text)),
  )
  if (foreign === undefined) return
  throw new AppError('permission_denied', foreign === '' ? namesNoHost : refusalOf(site, foreign), {
    message: 'This server does not serve pages under this host name',
  })
}

/** Where links lead: to the address that the caller has used, if it is another one of this server's. */
export function originFor(site: Site, { protocol, headers: { host = '' } }: FastifyRequest): string {
  const { publicUrl } = site
  return host !== new URL(publicUrl).host && isOwn(site, readHostName(host))
    ? `${protocol}://${host}`
    : publicUrl
}

function isOwn({ hosts, servesLocally }: Site, name: string | undefined): boolean {
  return name !== undefined && (hosts.includes(name) || (servesLocally && isLocalName(name)))
}

const namesNoHost = 'Pages and sign-in need a Host header.'

/** A name in DNS has at most this many characters (RFC 1035 §2.3.4); a longer one is not repeated. */
const nameLengthMax = 253

function refusalOf({ servesLocally }: Site, host: string): string {
  const named = host.length > nameLengthMax ? 'this host' : `the host '${host}'`
  return `Pages and sign-in are not served under ${named}. If it belongs to this server, ${
    servesLocally
      ? 'set COMSERV_PUBLIC_URL to the address that people open, or add it to COMSERV_ALLOWED_HOSTS'
      : 'add it to COMSERV_ALLOWED_HOSTS, or make the proxy in front pass on the Host header that it receives'
  }.`
}
