/** Upper bounds in milliseconds; longer durations fall into one more bucket. */
export const durationBoundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** How often something took how long. Recording costs a few comparisons and two additions, without an allocation. */
export class DurationHistogram {
  /** One entry for each bound, and one for longer durations. */
  readonly counts = new Float64Array(durationBoundsMs.length + 1)
  sumMs = 0

  record(ms: number): void {
    let bucket = 0
    while (bucket < durationBoundsMs.length && ms > (durationBoundsMs[bucket] ?? 0)) bucket++
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sumMs += ms
  }
}
