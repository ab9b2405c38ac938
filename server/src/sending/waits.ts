import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import { retryDelayMax } from './retry.ts'
import { moveWaits, shortenWaits } from './waits-store.ts'

/** A clock that is corrected little by little sets nothing. */
const toleranceMs = 2 * secondMs

/**
 * Retries, leases, open circuits and rate limits are durations, stored as the instants at which they end. Where these come
 * from the clock of this machine, whoever sets it would make them longer or shorter: they are moved with it, so that what was
 * to be sent again in five minutes is, and what callers are shown is right by the new time.
 */
export class Waits {
  readonly #clock: Clock
  readonly #database: Database
  readonly #log: Log
  /** From the time that only ever passes to the time as it is set. */
  #offsetMs: number

  constructor(clock: Clock, database: Database, log: Log) {
    this.#clock = clock
    this.#database = database
    this.#log = log
    this.#offsetMs = this.#offset()
  }

  /** Before anything is looked for that is due. */
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

  /** While no process ran, nobody saw how the clock was set: what waits longer than anything may does not wait that long. */
  async shorten(schedule: readonly number[]): Promise<void> {
    const longestMs = schedule.map((_, i) => retryDelayMax(i + 1, schedule))
    await this.#database.write(({ db }) => shortenWaits(db, this.#clock.now(), longestMs))
  }

  #offset(): number {
    return this.#clock.now() - this.#clock.elapsed()
  }
}
