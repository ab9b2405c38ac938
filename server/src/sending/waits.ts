import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import { retryDelayMax } from './retry.ts'
import { moveWaits, shortenWaits } from './waits-store.ts'

/** A clock that is corrected gradually stays within this. */
const toleranceMs = 2 * secondMs

/**
 * Retries, leases, open circuits and rate limits are durations, stored as the instants at which they end. If those come
 * from the clock of this machine, setting it would make them longer or shorter, so they are moved with it: a retry in
 * five minutes stays one in five minutes, and callers see instants that are right by the new time.
 */
export class Waits {
  readonly #clock: Clock
  readonly #database: Database
  readonly #log: Log
  /** From the monotonic time to the time of the clock. */
  #offsetMs: number

  constructor(clock: Clock, database: Database, log: Log) {
    this.#clock = clock
    this.#database = database
    this.#log = log
    this.#offsetMs = this.#offset()
  }

  /** Call before looking for due work. */
  async follow(): Promise<void> {
    const offsetMs = this.#offset()
    const byMs = offsetMs - this.#offsetMs
    if (Math.abs(byMs) < toleranceMs) return
    const nowMs = this.#clock.now()
    await this.#database.write(({ db }) => moveWaits(db, Math.min(nowMs, nowMs - byMs), byMs))
    this.#offsetMs = offsetMs
    this.#log.warn(
      { by_seconds: Math.round(byMs / secondMs) },
      'the clock was set; webhook retries, leases and pauses were moved with it',
    )
  }

  /** While no process ran, a change of the clock went unnoticed: waits longer than the schedule allows are shortened. */
  async shorten(schedule: readonly number[]): Promise<void> {
    const longestMs = schedule.map((_, i) => retryDelayMax(i + 1, schedule))
    await this.#database.write(({ db }) => shortenWaits(db, this.#clock.now(), longestMs))
  }

  #offset(): number {
    return this.#clock.now() - this.#clock.elapsed()
  }
}
