import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const oids = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const
const dayMs = 86_400_000

/**
 * A self-signed certificate (X.509 v3, RFC 5280) for host names, valid for a day, with its key; both as PEM. Node reads
 * certificates but makes none, and not every machine has openssl.
 */
export function selfSignedCertificate(...hostNames: string[]): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = sequence(der(0x06, Buffer.from(oids.ecdsaWithSha256)))
  const name = sequence(
    der(0x31, sequence(der(0x06, Buffer.from(oids.commonName)), der(0x0c, Buffer.from(hostNames[0] ?? '')))),
  )
  const names = sequence(...hostNames.map((host) => der(0x82, Buffer.from(host))))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(Date.now() - dayMs), time(Date.now() + dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(der(0x06, Buffer.from(oids.subjectAltName)), der(0x04, names)))),
  )
  const signature = sign('sha256', content, { key: privateKey, dsaEncoding: 'der' })
  const certificate = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** One value of ASN.1: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}
