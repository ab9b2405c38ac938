import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { invalidRequest } from '../api/errors.ts'
import { toTimestamp } from '../lib/timestamps.ts'

export const certificateCharactersMax = 32_768
export const keyCharactersMax = 16_384
const chainMax = 10
const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** With which a webhook identifies itself to its receiver, as PEM. */
export interface ClientIdentity {
  /** Its certificate first, then those of the authorities that lead to it. */
  certificate: string
  key: string
}

/** What is shown of a certificate; nothing of it is secret. */
export interface CertificateFacts {
  subject: string
  issuer: string
  fingerprint_sha256: string
  expires_at: string
}

/** The PEM of a certificate and its key, in one form. @throws AppError invalid_request */
export function checkedIdentity(
  { certificate, private_key }: { certificate: string; private_key: string },
  nowMs: number,
): ClientIdentity {
  const [first, ...chain] = certificate.match(pemCertificate) ?? []
  if (first === undefined)
    throw refused('certificate', 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)')
  if (chain.length >= chainMax) throw refused('certificate', `holds more than ${chainMax} certificates`)
  const [own] = [first, ...chain].map(readCertificate)
  const key = readKey(private_key)
  if (!own?.checkPrivateKey(key))
    throw refused(
      'private_key',
      'does not belong to the certificate; the certificate has to be the first one',
    )
  if (own.validToDate.getTime() <= nowMs)
    throw refused('certificate', `expired on ${toTimestamp(own.validToDate.getTime())}`)
  const identity = {
    certificate: `${[first, ...chain].join('\n')}\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  requireUsable(identity)
  return identity
}

export function factsOf(certificate: string): CertificateFacts {
  const { subject, issuer, fingerprint256, validToDate } = new X509Certificate(certificate)
  return {
    subject: lineOf(subject),
    issuer: lineOf(issuer),
    fingerprint_sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    expires_at: toTimestamp(validToDate.getTime()),
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw refused('certificate', 'holds a certificate that cannot be read')
  }
}

function readKey(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem))
    throw refused('private_key', 'is encrypted; decrypt it first, such as with openssl pkey -in key.pem')
  try {
    return createPrivateKey(pem)
  } catch {
    throw refused('private_key', 'is not a private key in PEM (-----BEGIN PRIVATE KEY-----)')
  }
}

/** TLS refuses keys that are too short, and kinds that it does not know. */
function requireUsable({ certificate, key }: ClientIdentity): void {
  try {
    createSecureContext({ cert: certificate, key })
  } catch {
    throw refused('certificate', 'cannot be used for TLS: its key is too short, or of another kind')
  }
}

/** The attributes of a name are on lines of their own: `CN=comserv`. */
function lineOf(name: string): string {
  return name.split('\n').join(', ')
}

function refused(field: 'certificate' | 'private_key', why: string) {
  return invalidRequest(`The field 'client_certificate.${field}' ${why}.`)
}
