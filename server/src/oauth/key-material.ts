import { createHmac, createPrivateKey, createSecretKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import type { Insertable } from 'kysely'
import type { SigningKeysTable } from '../db/tables.ts'
import { type Soon, whenKnown } from '../lib/soon.ts'
import type { Vault } from '../lib/vault.ts'

export const signingAlgs = ['HS256', 'ES256'] as const
/** Of access tokens. */
export type AccessAlg = (typeof signingAlgs)[number]
/** Of id_tokens, which others verify: never a symmetric key. */
export type IdentityAlg = 'RS256' | 'ES256'
export type SigningAlg = AccessAlg | IdentityAlg
type Signs = SigningKeysTable['signs']

/** The form of every `kid`; no other text needs a database query. */
export const kidPattern = /^[0-9a-f]{16}$/

/** A new key in its stored form: the private half sealed, the public half readable. */
export async function makeKey(
  vault: Vault,
  alg: SigningAlg,
  now: string,
  signs: Signs = 'access',
): Promise<Insertable<SigningKeysTable>> {
  const kid = randomBytes(8).toString('hex')
  const { privateJwk, publicJwk } = alg === 'HS256' ? symmetricKey() : await keyPair(alg)
  return {
    kid,
    signs,
    alg,
    private_jwk: vault.seal(JSON.stringify({ ...privateJwk, kid, alg }), sealContext(kid)),
    public_jwk: publicJwk ? JSON.stringify({ ...publicJwk, kid, alg, use: 'sig' }) : null,
    created_at: now,
    retired_at: null,
  }
}

export function sealContext(kid: string): string {
  return `signing-key ${kid}`
}

/** @param jwk the opened private half */
export function signingKey(jwk: JWK, alg: SigningAlg): KeyObject {
  return alg === 'HS256'
    ? createSecretKey(jwk.k ?? '', 'base64url')
    : createPrivateKey({ key: { ...jwk }, format: 'jwk' })
}

/**
 * A token in the compact form of RFC 7515, signed in place where that is quick. To get to the thread pool and back costs
 * 20 µs of processor time for a signature of 2, and more behind password hashes; only RSA, with 600 µs, would hold up
 * other requests.
 */
export function signedToken(alg: SigningAlg, key: KeyObject, header: object, claims: object): Soon<string> {
  const text = `${encoded(header)}.${encoded(claims)}`
  return whenKnown(signatureOf(alg, key, text), (signature) => `${text}.${signature.toString('base64url')}`)
}

function signatureOf(alg: SigningAlg, key: KeyObject, text: string): Soon<Buffer> {
  if (alg === 'HS256') return createHmac('sha256', key).update(text).digest()
  if (alg === 'ES256') return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  // PKCS #1 v1.5, as RS256 says.
  return signInPool('sha256', Buffer.from(text), key)
}

const signInPool = promisify(sign)
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

function symmetricKey(): { privateJwk: JWK; publicJwk?: JWK } {
  return { privateJwk: { kty: 'oct', k: randomBytes(32).toString('base64url') } }
}

async function keyPair(alg: IdentityAlg): Promise<{ privateJwk: JWK; publicJwk?: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateJwk: await exportJWK(privateKey), publicJwk: await exportJWK(publicKey) }
}
