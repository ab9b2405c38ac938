import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { ClientIdentity } from './client-certificate.ts'

const contextsMax = 500

/**
 * What TLS needs beyond its defaults, made once for each client certificate: the default authorities are 150 certificates,
 * which every connection would read again.
 * @param authorities trusted beside those that Node trusts, as PEM
 * @returns a function whose result is undefined where the defaults do
 */
export function secureContexts(authorities: readonly string[]) {
  const ca = authorities.length > 0 ? { ca: [...getCACertificates('default'), ...authorities] } : {}
  const own = authorities.length > 0 ? createSecureContext(ca) : undefined
  const known = new BoundedMap<string, SecureContext>(contextsMax)

  return (identity: ClientIdentity | undefined): SecureContext | undefined => {
    if (!identity) return own
    const { certificate, key } = identity
    const name = certificate + key
    const context = known.get(name) ?? createSecureContext({ ...ca, cert: certificate, key })
    known.set(name, context)
    return context
  }
}
