import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'
import { ExpressionFailed, Resting } from './failure.ts'

/** One that was ended is not tried again for so long: each time costs a process. */
const restMs = 5 * secondMs
/** One that is ended over and over for so long is no longer worth waiting for: what waits for it would pile up. */
const hopelessMs = 15 * minuteMs
const restingMax = 1_000

interface Rest {
  /** When it was first ended, of times without a long pause in between. */
  sinceMs: number
  untilMs: number
}

/** The expressions that were ended a moment ago, each for one caller: nobody makes those of others rest. */
export class Rests {
  readonly #resting = new BoundedMap<string, Rest>(restingMax)
  readonly #clock: Pick<Clock, 'elapsed'>

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  begin(key: string): void {
    const nowMs = this.#clock.elapsed()
    const before = this.#resting.get(key)
    const isAgain = before !== undefined && nowMs < before.untilMs + restMs
    this.#resting.set(key, { sinceMs: isAgain ? before.sinceMs : nowMs, untilMs: nowMs + restMs })
  }

  /** @throws Resting, or ExpressionFailed where waiting is of no use */
  requireOver(key: string): void {
    const rest = this.#resting.get(key)
    const nowMs = this.#clock.elapsed()
    if (!rest || rest.untilMs <= nowMs) return
    if (nowMs - rest.sinceMs > hopelessMs)
      throw new ExpressionFailed(
        'too_long',
        'It has been ended again and again because it takes too long or too much memory.',
      )
    throw new Resting(rest.untilMs - nowMs)
  }
}
