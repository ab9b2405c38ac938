/**
 * When a request is sent again, and after how long. Pure: everything that decides is an argument, and the cases of
 * sdk/vectors/retries.json hold all three client libraries to the same answers.
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

/** @returns undefined when it is not worth another attempt */
export function retryDelayMs(failure: Failure, circumstances: Circumstances): number | undefined {
  if (failure.kind !== 'answer') return backoffMs(circumstances)
  const waitMs = retryAfterMs(failure.retryAfter, circumstances.nowMs)
  if (!isTransient(failure.status, waitMs)) return undefined
  if (waitMs === undefined) return backoffMs(circumstances)
  // Sooner would be in vain, and whoever called has not agreed to wait longer.
  return waitMs <= retryAfterMsMax ? waitMs : undefined
}

function isTransient(status: number, waitMs: number | undefined): boolean {
  // Of the conflicts, only a request with the same idempotency key that is still in flight passes by itself; the server
  // marks it with Retry-After.
  if (status === 409) return waitMs !== undefined
  return status === 408 || status === 429 || status >= 500
}

/** Anywhere between half a second and a bound that doubles from 1 s to 8 s: callers that failed together part. */
function backoffMs({ retries, random }: Circumstances): number {
  const boundMs = Math.min(delayMsMax, 2 * delayMsMin * 2 ** retries)
  return Math.round(delayMsMin + random * (boundMs - delayMsMin))
}

/** RFC 9110 §10.2.3: seconds, or an instant. @returns undefined when there is none, or none that can be read */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const instantMs = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instantMs) ? undefined : Math.max(0, instantMs - nowMs)
}
