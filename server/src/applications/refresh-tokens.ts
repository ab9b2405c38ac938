import { createHmac } from 'node:crypto'
import { hashSecret, randomBase62, sameHash } from '../access/secret.ts'

/**
 * Refresh tokens, which change at each use. A token names its sign-in and holds a secret; the server keeps the hash of the
 * current secret alone. Each secret is derived from the one before it and from a random number that is kept beside the
 * hash of that one: so whoever shows the spent token again can be given the same successor, and nobody who reads the
 * database can compute one.
 */
export interface RefreshState {
  hash: string
  /** The last one, if any; of an earlier one, the successor is used. */
  spent: readonly SpentToken[]
}

export interface SpentToken {
  hash: string
  /** What its successor was derived with. */
  salt: string
  atMs: number
}

/** A response may be lost, and two tabs may refresh at once: for so long a spent token gives the same successor, unless that is used. */
export const replayGraceMs = 10_000

const pattern = /^cs_refresh_([0-9A-Za-z]{20})_([0-9A-Za-z_-]{43})$/

export function newRefreshToken(): { token: string; handle: string; state: RefreshState } {
  const handle = randomBase62(20)
  const secret = randomBase62(43)
  return { token: tokenOf(handle, secret), handle, state: { hash: hashSecret(secret), spent: [] } }
}

/** @returns undefined for text that no refresh token has */
export function readRefreshToken(token: string): { handle: string; secret: string } | undefined {
  const [, handle, secret] = pattern.exec(token) ?? []
  return handle === undefined || secret === undefined ? undefined : { handle, secret }
}

export type Exchange =
  | { kind: 'rotated'; token: string; state: RefreshState }
  /** Shown again in time: the same successor. */
  | { kind: 'repeated'; token: string }
  /** Somebody shows a token whose successor is in use, or had the time to be: one of the two has stolen it. */
  | { kind: 'replayed' }

export function exchange(
  { handle, secret }: { handle: string; secret: string },
  { hash, spent }: RefreshState,
  nowMs: number,
): Exchange {
  const shown = hashSecret(secret)
  if (sameHash(shown, hash)) {
    const salt = randomBase62(43)
    const next = successorOf(secret, salt)
    const state = { hash: hashSecret(next), spent: [{ hash: shown, salt, atMs: nowMs }] }
    return { kind: 'rotated', token: tokenOf(handle, next), state }
  }
  // Its successor is the current token: nobody has used it.
  const [last] = spent
  return last && sameHash(last.hash, shown) && nowMs - last.atMs < replayGraceMs
    ? { kind: 'repeated', token: tokenOf(handle, successorOf(secret, last.salt)) }
    : { kind: 'replayed' }
}

function successorOf(secret: string, salt: string): string {
  return createHmac('sha256', secret).update(salt).digest('base64url')
}

function tokenOf(handle: string, secret: string): string {
  return `cs_refresh_${handle}_${secret}`
}
