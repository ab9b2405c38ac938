import type { Database } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import type { Clock } from '../lib/clock.ts'
import { DurationHistogram } from '../lib/duration-histogram.ts'
import type { Log } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import { insertCalls, type NewCall } from './call-store.ts'
import type { HookDirectory } from './directory.ts'

const waitingMax = 5_000
/** Each has up to 32 KiB of text. */
const batchMax = 100
/** For so long the log waits to learn whom a call is about: the user whom the change creates. */
const settlesForMs = 10 * secondMs
/** A batch that failed so often for another reason than an absent database would fail for ever, and is dropped. */
const triesMax = 10

interface Waiting {
  call: NewCall
  /** Set while it may still become known whom it is about. */
  sinceMs?: number | undefined
}

/**
 * The calls of hooks, on their way to the table: no change waits for its log. A killed process loses those of the last
 * second, a stopped one none. What is dropped is counted.
 */
export class HookCallLog {
  readonly #database: Database
  readonly #directory: HookDirectory
  readonly #clock: Clock
  readonly #log: Log
  #waiting: Waiting[] = []
  #failures = 0
  #dropped = 0
  /** By how they ended. */
  readonly #calls = new Map<string, number>()
  readonly #durations = new DurationHistogram()

  constructor(database: Database, directory: HookDirectory, clock: Clock, log: Log) {
    this.#database = database
    this.#directory = directory
    this.#clock = clock
    this.#log = log
  }

  /** Since the process began, and now. */
  get statistics() {
    return {
      calls: this.#calls,
      durations: this.#durations,
      dropped: this.#dropped,
      waiting: this.#waiting.length,
    }
  }

  /** Returns at once and never fails. */
  record(call: NewCall): void {
    this.#add({ call })
  }

  /**
   * A call about a user who is yet to be created. It is kept without what it says of them, unless the function that is
   * returned tells their id in time: only then can it be sealed, and erased, for somebody.
   */
  recordUnknown(call: NewCall): (userId: number) => void {
    const { input, response_body } = call
    const hidden = {
      input: valuesHidden(input),
      response_body: response_body == null ? null : valuesHidden(response_body),
    }
    const waiting: Waiting = { call: { ...call, ...hidden }, sinceMs: this.#clock.elapsed() }
    this.#add(waiting)
    return (userId) => {
      waiting.call = { ...call, user_id: userId }
      waiting.sinceMs = undefined
    }
  }

  #add(waiting: Waiting): void {
    const { outcome, duration_ms } = waiting.call
    this.#calls.set(outcome, (this.#calls.get(outcome) ?? 0) + 1)
    this.#durations.record(duration_ms)
    if (this.#waiting.length >= waitingMax) this.#dropped++
    else this.#waiting.push(waiting)
  }

  /** Writes what is known to be whole. */
  async write(): Promise<void> {
    const since = this.#clock.elapsed() - settlesForMs
    while (await this.#writeBatch(({ sinceMs }) => sinceMs === undefined || sinceMs <= since));
  }

  /** Writes all that waits. */
  async flush(): Promise<void> {
    while (await this.#writeBatch(() => true));
  }

  /** @returns whether there may be more */
  async #writeBatch(isReady: (waiting: Waiting) => boolean): Promise<boolean> {
    const batch = this.#waiting.filter(isReady).slice(0, batchMax)
    // The health of a hook does not wait for the id of a user.
    if (batch.length === 0 && !this.#directory.hasNews()) return false
    try {
      await this.#database.write(async (trx) => {
        if (batch.length > 0)
          await insertCalls(
            trx,
            batch.map(({ call }) => call),
          )
        await this.#directory.note(trx.db)
      })
      this.#leave(batch)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) && ++this.#failures === triesMax) {
        this.#dropped += batch.length
        this.#log.warn(
          { calls: batch.length },
          'calls of hooks are missing in their log: they could not be written',
        )
        this.#leave(batch)
      }
      throw error
    }
    return batch.length === batchMax
  }

  #leave(batch: readonly Waiting[]): void {
    const done = new Set(batch)
    this.#waiting = this.#waiting.filter((waiting) => !done.has(waiting))
    this.#failures = 0
  }
}

/** Whoever reads it sees which fields there were. */
function valuesHidden(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (name, value) =>
      typeof value === 'string' && !shown.includes(name) ? '…' : value,
    )
  } catch {
    return '…'
  }
}

const shown = ['role', 'status']
