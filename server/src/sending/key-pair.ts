import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** As Standard Webhooks spells keys: the base64 of the 64 bytes of seed and public key, and of the 32 of the public key. */
const privatePrefix = 'whsk_'
const publicPrefix = 'whpk_'
const seedBytes = 32

export interface KeyPair {
  signingKey: string
  publicKey: string
}

/** Ed25519 (RFC 8032): receivers verify with a key that signs nothing. */
export function generateKeyPair(): KeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  return {
    signingKey: privatePrefix + Buffer.concat([seed, point]).toString('base64'),
    publicKey: publicPrefix + point.toString('base64'),
  }
}

/** @returns the signature of a content, as `webhook-signature` lists it */
export function signatureBy(signingKey: string, content: string): string {
  return `v1a,${sign(null, Buffer.from(content), keyOf(signingKey)).toString('base64')}`
}

export function isKey(text: string): boolean {
  return text.startsWith(privatePrefix) || text.startsWith(publicPrefix)
}

function keyOf(signingKey: string): KeyObject {
  const bytes = Buffer.from(signingKey.slice(privatePrefix.length), 'base64')
  const [d, x] = [bytes.subarray(0, seedBytes), bytes.subarray(seedBytes)]
  const key = { kty: 'OKP', crv: 'Ed25519', d: d.toString('base64url'), x: x.toString('base64url') }
  return createPrivateKey({ key, format: 'jwk' })
}
