import type { Soon } from '../lib/soon.ts'

/** A fixed window of requests: the only algorithm for which the remaining number and the reset time are exact. */
export interface RateWindow {
  allowed: boolean
  /** Requests that the window allows. */
  limit: number
  /** Requests left in it after this one. */
  remaining: number
  /** When the next window begins, in milliseconds since the Unix epoch: a whole second, the same for every request of the window. */
  resetAtMs: number
}

export interface Limiter {
  /** Whether the windows are those of all processes, at this moment. */
  readonly isShared: boolean
  /**
   * Counts one request against `key`, and decides. The first request opens a window that ends within `windowMs`, at a
   * whole second; the instant is stored, never recomputed.
   * @param limit requests that a window allows; at least 1
   */
  take(key: string, limit: number): Soon<RateWindow>
  close(): Promise<void>
}

export const windowMs = 60_000

/** The possible difference between the clocks of two processes, and a whole second of rounding. */
export const toleranceMs = 2_000

/** The end of a window that opens now. Rounded down to a whole second, so that `Retry-After` is 1 to 60. */
export function windowEnd(nowMs: number): number {
  return Math.floor(nowMs / 1_000) * 1_000 + windowMs
}
