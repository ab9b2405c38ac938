/** The time as the product sees it. Injected everywhere, so that a test moves it instead of waiting. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since some moment, to measure durations: unlike the time, it is never set. */
  elapsed(): number
}

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() }
