import type { Config } from '../config/decide.ts'
import type { Database } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import { deleteOldest, insertRequests, type NewRequest } from './store.ts'

/** A request whose response was sent. */
export type Recorded = Omit<NewRequest, 'occurredAtMs'>

/** Requests that wait to be written; ordinary reads leave the last fifth to changes and failures. */
export const waitingMax = 10_000
const readsWaitingMax = 8_000
/** Of one transaction: a change that arrives while it is written waits for a few milliseconds. */
const batchMax = 300
/** A batch that is not full is written when its oldest request has waited for so long. */
const waitMsMax = secondMs
/** For so long at most the log waits for a moment in which nobody else writes. */
const patienceMs = secondMs
/** The part of the time that goes into writing. What arrives faster is dropped once the queue is full. */
const shareMax = 0.015
const restMsMax = 2 * secondMs
const restAfterFailureMs = 5 * secondMs
/** A request that failed so often for another reason than an absent database would fail for ever, and is dropped. */
const triesMax = 3

/**
 * The requests of credentials, applications and sessions, on their way to the table. Nothing waits for it: a request is kept in memory
 * until `write`, which a task calls ten times a second, writes a batch of them in a moment in which nobody else writes.
 *
 * A killed process loses those of the last second, a stopped one none. While the database is away the latest are
 * dropped when `waitingMax` wait. What is dropped is counted. A batch is written twice when its commit succeeded but the
 * confirmation was lost.
 */
export class RequestRecorder {
  readonly isOn: boolean
  readonly #rowsMax: number
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  #waiting: NewRequest[] = []
  /** Since when a batch could be written; undefined while none can. */
  #readySinceMs: number | undefined
  #restUntilMs = 0
  /** Of the next batch: less after one that failed for another reason than an absent database, to find what is wrong. */
  #size = batchMax
  /** Of a single request. */
  #failures = 0
  #written = 0
  #dropped = 0
  #droppedAndTold = 0

  constructor({ days, rowsMax }: Config['requestLog'], database: Database, clock: Clock, log: Log) {
    this.isOn = days > 0
    this.#rowsMax = rowsMax
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** Since the process began, and now. */
  get statistics(): { written: number; dropped: number; waiting: number } {
    return { written: this.#written, dropped: this.#dropped, waiting: this.#waiting.length }
  }

  /** Returns at once and never fails. */
  record(request: Recorded): void {
    const isRead = request.status < 400 && (request.method === 'GET' || request.method === 'HEAD')
    if (this.#waiting.length >= (isRead ? readsWaitingMax : waitingMax)) {
      this.#dropped++
      return
    }
    this.#waiting.push({ ...request, occurredAtMs: this.#clock.now() - request.durationMs })
    if (this.#waiting.length === 1) this.#readySinceMs = performance.now() + waitMsMax
    else if (this.#waiting.length === batchMax) this.#readySinceMs = performance.now()
  }

  /** Writes a batch if one is ready, the last one was long enough ago, and nobody else writes. */
  async write(): Promise<void> {
    this.#tellOfDropped()
    const nowMs = performance.now()
    const readyForMs = nowMs - (this.#readySinceMs ?? Infinity)
    if (readyForMs < 0 || nowMs < this.#restUntilMs) return
    if (this.#database.statistics().waiting > 0 && readyForMs < patienceMs) return
    try {
      const beganMs = await this.#writeBatch()
      const nowMs = performance.now()
      this.#restUntilMs = nowMs + Math.min((nowMs - beganMs) / shareMax, restMsMax)
    } catch (error) {
      this.#restUntilMs = performance.now() + restAfterFailureMs
      throw error
    }
  }

  /** Writes all that waits, without pauses; what cannot be written stays, and the error is thrown. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeBatch()
  }

  /** @returns when the change began: its commit counts, its wait for a turn does not */
  async #writeBatch(): Promise<number> {
    const batch = this.#waiting.slice(0, this.#size)
    try {
      const beganMs = await this.#database.write(async (trx) => {
        const atMs = performance.now()
        await insertRequests(trx, batch)
        // In a full log, as many as were added, and more while there are too many.
        await deleteOldest(trx, { rowsMax: this.#rowsMax - batch.length }, 2 * batchMax)
        return atMs
      })
      this.#written += batch.length
      this.#size = Math.min(2 * this.#size, batchMax)
      this.#leave(batch.length)
      return beganMs
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) this.#narrow(batch.length)
      throw error
    }
  }

  /** A request that cannot be written is found by halves, and dropped alone: the others are not lost with it. */
  #narrow(tried: number): void {
    this.#size = Math.ceil(tried / 2)
    if (tried > 1 || ++this.#failures < triesMax) return
    this.#dropped++
    this.#leave(1)
  }

  /** They are done with. */
  #leave(requests: number): void {
    this.#waiting.splice(0, requests)
    this.#failures = 0
    this.#readySinceMs = this.#waiting.length === 0 ? undefined : performance.now()
  }

  #tellOfDropped(): void {
    const requests = this.#dropped - this.#droppedAndTold
    if (requests === 0) return
    this.#droppedAndTold = this.#dropped
    this.#log.warn(
      { requests },
      'requests are missing in the request log: they came faster than it is written, the database was away, or it refused them',
    )
  }
}
