import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits; the cookie holds them, the database only their hash. */
export function generateToken(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 as lower-case hex. A plain hash is enough: a random token is not open to a dictionary attack. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/**
 * The CSRF token, which a page must send in a header to change something. It is derived from the session token, so
 * nothing is stored, and does not reveal it: scripts may read this one, never the cookie.
 */
export function csrfTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('comserv csrf v1').digest('base64url')
}

/** Compares in constant time. */
export function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
