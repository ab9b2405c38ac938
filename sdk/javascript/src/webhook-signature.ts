import { ConfigurationError } from './errors.ts'

type Bytes = Uint8Array<ArrayBuffer>

/**
 * HMAC-SHA256 by WebCrypto, which every platform has. `verify` compares in constant time.
 * @param signature undefined if it could not be decoded
 */
export async function isSignedBy(
  key: Uint8Array,
  signature: Uint8Array | undefined,
  content: Uint8Array,
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await webCrypto().importKey('raw', key as Bytes, algorithm, false, ['verify'])
  return isValid('HMAC', imported, signature, content)
}

/** The same for Ed25519, which older platforms lack. */
export async function isSignedByOwnerOf(
  publicKey: Uint8Array,
  signature: Uint8Array | undefined,
  content: Uint8Array,
): Promise<boolean> {
  const subtle = webCrypto()
  let imported: CryptoKey
  try {
    imported = await subtle.importKey('raw', publicKey as Bytes, { name: 'Ed25519' }, false, ['verify'])
  } catch {
    throw new ConfigurationError(
      'The WebCrypto of this platform has no Ed25519: verify with the secret (whsec_) of the webhook instead.',
    )
  }
  return isValid('Ed25519', imported, signature, content)
}

async function isValid(
  algorithm: string,
  key: CryptoKey,
  signature: Uint8Array | undefined,
  content: Uint8Array,
): Promise<boolean> {
  return signature !== undefined && webCrypto().verify(algorithm, key, signature as Bytes, content as Bytes)
}

function webCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle
  if (subtle !== undefined) return subtle
  throw new ConfigurationError('This platform has no WebCrypto; browsers have it on pages served over https.')
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function bytesOf(body: string | Uint8Array | ArrayBuffer): Uint8Array {
  if (typeof body === 'string') return utf8(body)
  // Not by instanceof: test runners have their own classes.
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body)
  // What frameworks pass by default.
  throw new ConfigurationError(
    "rawBody must be the string or the bytes as they arrived, not a parsed value. In Express use express.raw({ type: 'application/json' }) on this route; in Next.js await request.text().",
  )
}

export function joined(text: string, body: Uint8Array): Uint8Array {
  const start = utf8(text)
  const bytes = new Uint8Array(start.length + body.length)
  bytes.set(start)
  bytes.set(body, start.length)
  return bytes
}

/** @returns undefined if the text is not base64 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** @returns undefined if the text is not a SHA-256 in hexadecimal digits */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
