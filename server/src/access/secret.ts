import { hash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * `cs_live_`, 32 random base62 characters (190 bits), and the CRC-32 of all before it as 6 base62 characters.
 * The prefix lets secret scanners find a leaked key; the checksum rejects a mistyped one without a database query.
 */
export const secretPattern = /^cs_live_[0-9A-Za-z]{38}$/
const prefix = 'cs_live_'
const randomLength = 32
const checksumLength = 6

export function generateSecret(): string {
  const body = prefix + randomBase62(randomLength)
  return body + checksumOf(body)
}

export function generateClientId(): string {
  return `cs_client_${randomBase62(20)}`
}

/** Other text was never issued, and may hold what a database refuses, such as a NUL. */
export function isWellFormedClientId(text: string): boolean {
  return /^cs_client_[0-9A-Za-z]{20}$/.test(text)
}

/** Whether the text has the form of a secret and a valid checksum; it may still never have been issued. */
export function isWellFormedSecret(text: string): boolean {
  return (
    secretPattern.test(text) && checksumOf(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
  )
}

/** SHA-256 as lower-case hex. A plain hash is enough: a random secret is not open to a dictionary attack. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** The part of a secret that may be shown after its creation. */
export function displayPrefix(secret: string): string {
  return secret.slice(0, prefix.length + 4)
}

export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function checksumOf(body: string): string {
  return encodeBase62(crc32(body), checksumLength)
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Uniformly random base62 text; `length` characters carry `length * 5.95` bits. */
export function randomBase62(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}

/** A non-negative integer in base62, padded on the left to `width`. */
export function encodeBase62(value: number, width: number): string {
  let text = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) text = alphabet.charAt(rest % 62) + text
  return text.padStart(width, '0')
}
