import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits; the cookie holds them, the database only their hash. */
export function generateToken(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 as lower-case hex. A plain hash is enough: the token is random, there is no dictionary to try. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/**
 * What a page has to repeat in a header to change something. It follows from the session's token, so there is nothing to
 * store, and does not lead back to it: scripts may read this one, never the cookie.
 */
export function csrfTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('comserv csrf v1').digest('base64url')
}

/** Compares without telling by the time taken how much fits. */
export function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
