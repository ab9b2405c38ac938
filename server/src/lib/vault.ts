import { createHmac, hkdfSync } from 'node:crypto'
import { openWith, sealWith } from './sealing.ts'

/** Encrypts secrets that must be readable again (signing keys, webhook secrets) before they are stored. */
export interface Vault {
  /** @param context the purpose of the value; it opens only with the same context */
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
  /** HMAC-SHA-256 as hex: tells two texts apart without giving others a way to guess them. */
  fingerprint(text: string): string
}

/** @param secretKey COMSERV_SECRET_KEY; any text of at least 32 characters, stretched by HKDF (RFC 5869) */
export function createVault(secretKey: string): Vault {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32))
  const key = derive('comserv vault v1')
  const fingerprintKey = derive('comserv fingerprint v1')
  return {
    seal: (plain, context) => sealWith(key, plain, context),
    open: (sealed, context) => openWith(key, sealed, context),
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex'),
  }
}
