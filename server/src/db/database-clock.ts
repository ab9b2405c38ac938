import { sql } from 'kysely'
import type { Task } from '../lib/background.ts'
import type { Clock } from '../lib/clock.ts'
import { minuteMs } from '../lib/timestamps.ts'
import type { Database } from './database.ts'

const samples = 3

/**
 * The clock of the PostgreSQL server, shared by all processes: whether a lease has expired or a document is due must
 * not depend on the clock of one machine. The offset is measured from time to time, and the monotonic clock counts in
 * between, so that setting this machine's clock changes nothing.
 */
export class DatabaseClock implements Clock {
  readonly #database: Database
  /** What to add to `performance.now()`. */
  #originMs = performance.timeOrigin

  private constructor(database: Database) {
    this.#database = database
  }

  static async follow(database: Database): Promise<DatabaseClock> {
    const clock = new DatabaseClock(database)
    await clock.measure()
    return clock
  }

  now(): number {
    return Math.floor(this.#originMs + performance.now())
  }

  elapsed(): number {
    return performance.now()
  }

  /** Accurate to within half the shortest of a few round trips: one alone may have met a busy moment. */
  async measure(): Promise<void> {
    let best = await this.#ask()
    for (let i = 1; i < samples; i++) {
      const next = await this.#ask()
      if (next.tookMs < best.tookMs) best = next
    }
    this.#originMs = best.originMs
  }

  async #ask(): Promise<{ originMs: number; tookMs: number }> {
    const askedMs = performance.now()
    const { rows } = await sql<{ ms: number }>`
      select extract(epoch from clock_timestamp()) * 1000 as ms
    `.execute(this.#database.read)
    const answeredMs = performance.now()
    const originMs = Number(rows[0]?.ms) - (askedMs + answeredMs) / 2
    return { originMs, tookMs: answeredMs - askedMs }
  }
}

export function clockFollowing(clock: DatabaseClock): Task {
  return { name: 'follow the clock of the database', everyMs: minuteMs, run: () => clock.measure() }
}
