import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

/** Encrypts secrets that must be readable again (signing keys, webhook secrets) before they are stored. */
export interface Vault {
  /** @param context the purpose of the value; it opens only with the same context */
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
  /** HMAC-SHA-256 as hex: tells two texts apart without giving others a way to guess them. */
  fingerprint(text: string): string
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce for each value, the context as additional data.
 * @param secretKey COMSERV_SECRET_KEY; any text of at least 32 characters, stretched by HKDF (RFC 5869)
 */
export function createVault(secretKey: string): Vault {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32))
  const key = derive('comserv vault v1')
  const fingerprintKey = derive('comserv fingerprint v1')
  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      return (
        decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
      )
    },
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex'),
  }
}
