/**
 * Whether and when a request is retried. Pure functions: the cases of sdk/vectors/retries.json hold all client
 * libraries to the same decisions.
 */
export const retriesDefault = 2
const retryAfterMsMax = 60_000
const delayMsMin = 500
const delayMsMax = 8_000

export type Failure =
  | { kind: 'connection' }
  | { kind: 'timeout' }
  | { kind: 'answer'; status: number; retryAfter: string | null }

export interface Circumstances {
  /** Retries made before: 0 after the first attempt. */
  retries: number
  nowMs: number
  /** From 0 to 1. */
  random: number
}

/** @returns undefined if it should not be retried */
export function retryDelayMs(failure: Failure, circumstances: Circumstances): number | undefined {
  if (failure.kind !== 'answer') return backoffMs(circumstances)
  const waitMs = retryAfterMs(failure.retryAfter, circumstances.nowMs)
  if (!isTransient(failure.status, waitMs)) return undefined
  if (waitMs === undefined) return backoffMs(circumstances)
  // A sooner retry would fail, and the caller has not agreed to wait longer.
  return waitMs <= retryAfterMsMax ? waitMs : undefined
}

interface Interruption {
  /** Attempts to reconnect since a stream last brought anything. */
  reconnects: number
  /** What the stream asks for. */
  retryMs: number
  /** From 0 to 1. */
  random: number
}

/** Spread over the time that the server names, so that clients do not return together when it was restarted; then the backoff. */
export function reconnectDelayMs({ reconnects, retryMs, random }: Interruption): number {
  return reconnects === 0
    ? Math.round(random * retryMs)
    : backoffMs({ retries: reconnects - 1, random, nowMs: 0 })
}

export function isTransient(status: number, waitMs?: number): boolean {
  // The only temporary conflict is a request in progress with the same idempotency key, which the server marks with
  // Retry-After.
  if (status === 409) return waitMs !== undefined
  return status === 408 || status === 429 || status >= 500
}

/** At random between 0.5 s and a bound that doubles from 1 s to 8 s, so that callers do not retry together. */
function backoffMs({ retries, random }: Circumstances): number {
  const boundMs = Math.min(delayMsMax, 2 * delayMsMin * 2 ** retries)
  return Math.round(delayMsMin + random * (boundMs - delayMsMin))
}

/** RFC 9110 §10.2.3: seconds, or a date. @returns undefined if it is missing or invalid */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const instantMs = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instantMs) ? undefined : Math.max(0, instantMs - nowMs)
}
