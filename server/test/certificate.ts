import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const oids = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectAltName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
} as const
const dayMs = 86_400_000

export interface Certificate {
  /** PEM. */
  cert: string
  /** PEM. */
  key: string
  subject: string
}

interface Wanted {
  /** Host names that it is for; the first is also its subject unless another is given. */
  names?: readonly string[]
  subject?: string
  /** Without one it is self-signed. */
  issuer?: Certificate
  isAuthority?: boolean
  /** Instants in milliseconds; by default a day before and after now. */
  from?: number
  to?: number
}

/** A self-signed certificate for host names, valid for a day. */
export function selfSignedCertificate(...hostNames: string[]): Certificate {
  return issueCertificate({ names: hostNames })
}

/**
 * A certificate (X.509 v3, RFC 5280) with its key; both as PEM. Node reads certificates but makes none, and not every
 * machine has openssl.
 */
export function issueCertificate(wanted: Wanted): Certificate {
  const { names = [], subject = names[0] ?? '', issuer, isAuthority = false } = wanted
  const { from = Date.now() - dayMs, to = Date.now() + dayMs } = wanted
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = sequence(objectId(oids.ecdsaWithSha256))
  const extensions = [
    ...(names.length > 0 ? [namesExtension(names)] : []),
    ...(isAuthority ? [sequence(objectId(oids.basicConstraints), octets(sequence(truth)))] : []),
  ]
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer?.subject ?? subject),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const signature = sign('sha256', content, { key: issuer?.key ?? key, dsaEncoding: 'der' })
  const certificate = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key, subject }
}

const truth = Buffer.from([0x01, 0x01, 0xff])

function commonName(text: string): Buffer {
  return sequence(der(0x31, sequence(objectId(oids.commonName), der(0x0c, Buffer.from(text)))))
}

function namesExtension(names: readonly string[]): Buffer {
  return sequence(
    objectId(oids.subjectAltName),
    octets(sequence(...names.map((host) => der(0x82, Buffer.from(host))))),
  )
}

function objectId(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

function octets(content: Buffer): Buffer {
  return der(0x04, content)
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** One value of ASN.1: tag, length, content. Browsers refuse lengths that are not as short as possible (DER). */
function der(tag: number, content: Buffer): Buffer {
  const { length: n } = content
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}
