import { createHmac, hkdfSync } from 'node:crypto'
import { openWith, sealWith } from './sealing.ts'

/** Encrypts secrets that must be readable again (signing keys, webhook secrets) before they are stored. */
export interface Vault {
  /** @param context the purpose of the value; it opens only with the same context */
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
  /** HMAC-SHA-256 as hex: tells two texts apart without giving others a way to guess them. */
  fingerprint(text: string): string
  /** The id of the secret key that seals. */
  readonly keyId: string
  /** Seals with another known key from now on. @returns false when it is not known */
  switchTo(keyId: string): boolean
}

/** The secret keys of a vault. More than one only while the secret key is rotated. */
export interface VaultKeys {
  /** Any text of at least 32 characters, stretched by HKDF (RFC 5869). */
  sealing: string
  /** They open what they have sealed. */
  others?: readonly string[]
  /** Outlives rotations; derived from the sealing key unless given. */
  fingerprintKey?: Uint8Array
  /** More keys, looked for when a value was sealed with an unknown one. */
  reload?(): readonly string[]
}

/** A sealed value names the key that opens it. Those of earlier versions name none. */
const sealedText = /^v2:([0-9a-f]{8}):/

/** @param keys COMSERV_SECRET_KEY, or several keys */
export function createVault(keys: string | VaultKeys): Vault {
  const { sealing, others = [], fingerprintKey, reload } = typeof keys === 'string' ? { sealing: keys } : keys
  const known = new Map<string, Buffer>()
  const learn = (secretKey: string) => known.set(keyIdOf(secretKey), derived(secretKey, 'comserv vault v1'))
  for (const secretKey of [sealing, ...others]) learn(secretKey)
  let keyId = keyIdOf(sealing)

  function keyFor(id: string): Buffer | undefined {
    if (!known.has(id)) for (const secretKey of reload?.() ?? []) learn(secretKey)
    return known.get(id)
  }

  const macKey = fingerprintKey ?? fingerprintKeyOf(sealing)
  return {
    get keyId() {
      return keyId
    },
    switchTo(id) {
      if (keyFor(id) === undefined) return false
      keyId = id
      return true
    },
    seal: (plain, context) => `v2:${keyId}:${sealWith(known.get(keyId) ?? Buffer.alloc(0), plain, context)}`,
    open(sealed, context) {
      const [prefix, id] = sealedText.exec(sealed) ?? []
      if (prefix === undefined || id === undefined) return openWithAny([...known.values()], sealed, context)
      const key = keyFor(id)
      if (!key) throw new Error(`The value was sealed with the secret key ${id}, which is not known here.`)
      return openWith(key, sealed.slice(prefix.length), context)
    },
    fingerprint: (text) => createHmac('sha256', macKey).update(text).digest('hex'),
  }
}

/** Names a secret key without giving it away. */
export function keyIdOf(secretKey: string): string {
  return derived(secretKey, 'comserv key id v1').toString('hex').slice(0, 8)
}

/** The key of fingerprints of a server whose secret key was never rotated. */
export function fingerprintKeyOf(secretKey: string): Buffer {
  return derived(secretKey, 'comserv fingerprint v1')
}

/** The beginning of every value that the key has sealed. */
export function sealedPrefix(keyId: string): string {
  return `v2:${keyId}:`
}

function openWithAny(keys: readonly Buffer[], sealed: string, context: string): string {
  let failure: unknown
  for (const key of keys) {
    try {
      return openWith(key, sealed, context)
    } catch (error) {
      // Sealed with another key: the authentication tag does not fit.
      failure = error
    }
  }
  throw failure
}

function derived(secretKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32))
}
