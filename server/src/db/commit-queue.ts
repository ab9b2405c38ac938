import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { type Caller, currentCaller, onBehalfOfAll } from '../lib/caller.ts'
import { FairQueue } from '../lib/fair-queue.ts'
import { processorMsSince } from '../lib/pace.ts'
import { stamping } from './commit-stamps.ts'
import { applyCounts } from './counters.ts'
import type { Db, Transaction } from './database.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { Hints } from './hints.ts'
import type { LastWrite } from './last-write.ts'
import type { OpenFiles } from './open-files.ts'
import { PendingChange } from './pending.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import type { Subjects } from './subjects.ts'

/** Changes that share one commit; more wait for the next. */
const changesPerCommitMax = 128
/** A commit that has used this much processor time starts no further change; the rest waits for the next. */
const commitProcessorMsMax = 30
/** Changes that wait; beyond that, the latest change of the caller with the most is rejected. */
export const changesWaitingMax = 1_000
/** How long a change waits for its turn; it has not begun by then, so the caller can retry. */
export const changeWaitMsMax = 8_000
/** How long changes wait for another process (such as a command) that holds the database. */
export const lockTimeoutMs = 5_000
const lockPauseMsMax = 50

interface Job {
  /** Stops waiting: its turn has come, or it was rejected. */
  leaveQueue(): void
  run(trx: PendingChange): Promise<() => void>
  reject(error: unknown): void
}

interface CommitQueueParts {
  connection: DatabaseSync
  db: Db
  /** How many statements have written something since the connection was opened. */
  writes(): number
  files: OpenFiles
  hints: Hints
  subjects: Subjects
  lastWrite: LastWrite
  /** A follow-up of a commit threw; the change itself is durable. */
  followUpFailed(error: unknown): void
}

export class CommitQueue {
  readonly #connection: DatabaseSync
  readonly #db: Db
  readonly #writes: () => number
  readonly #files: OpenFiles
  readonly #hints: Hints
  readonly #subjects: Subjects
  readonly #lastWrite: LastWrite
  readonly #followUpFailed: (error: unknown) => void
  readonly #stamp: () => void
  readonly #waiting = new FairQueue<Job>()
  #running: Promise<void> | undefined
  /** Whether waiting inside SQLite, which would block every request, has been turned off. */
  #isServing = false
  #commits = 0
  #changes = 0

  constructor({
    connection,
    db,
    writes,
    files,
    hints,
    subjects,
    lastWrite,
    followUpFailed,
  }: CommitQueueParts) {
    this.#connection = connection
    this.#db = db
    this.#writes = writes
    this.#files = files
    this.#hints = hints
    this.#subjects = subjects
    this.#lastWrite = lastWrite
    this.#followUpFailed = followUpFailed
    this.#stamp = stamping(connection)
  }

  /** Rejects with the reason of `gone`, without running the change, when the caller disconnects before its turn. */
  add<T>(change: (trx: Transaction) => Promise<T>, { key, gone }: Caller = currentCaller()): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (gone?.aborted) return reject(gone.reason)
      if (!this.#hasRoom(key)) return reject(new DatabaseUnavailable('busy'))
      const job: Job = {
        leaveQueue() {
          clearTimeout(overdue)
          gone?.removeEventListener('abort', withdraw)
        },
        async run(trx) {
          const value = await change(trx)
          return () => resolve(value)
        },
        reject,
      }
      const leave = (reason: unknown) => {
        job.leaveQueue()
        this.#waiting.remove(key, job)
        reject(reason)
      }
      const withdraw = () => leave(gone?.reason)
      const overdue = setTimeout(() => leave(new DatabaseUnavailable('busy')), changeWaitMsMax)
      gone?.addEventListener('abort', withdraw)
      this.#waiting.add(key, job)
      this.#running ??= onBehalfOfAll(() => this.#run())
    })
  }

  statistics(): { commits: number; changes: number; waiting: number } {
    return { commits: this.#commits, changes: this.#changes, waiting: this.#waiting.size }
  }

  async drained(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.size > 0) {
        await this.#gather()
        await this.#commitTogether()
      }
    } finally {
      this.#running = undefined
    }
  }

  /**
   * Waits for ticks of the event loop while each brings another change: requests that are in the sockets, or being
   * handled after the last commit, join this one. A tick takes microseconds, a commit waits milliseconds for the disk.
   */
  async #gather(): Promise<void> {
    let before: number
    do {
      before = this.#waiting.size
      await new Promise(setImmediate)
    } while (this.#waiting.size > before && before < changesPerCommitMax)
  }

  async #commitTogether(): Promise<void> {
    const jobs: Job[] = []
    const settle: (() => void)[] = []
    const counts = new Map<string, number>()
    try {
      if (!this.#isServing) this.#connection.exec('PRAGMA busy_timeout = 0')
      this.#isServing = true
      await this.#begin()
      this.#files.check()
      await this.#runWaiting(jobs, settle, counts)
      await applyCounts(this.#db, counts, 1)
      this.#stamp()
      this.#connection.exec('COMMIT')
      this.#commits++
      this.#lastWrite.succeeded()
    } catch (error) {
      this.#rollback()
      const failure = sqliteFailure(error)
      this.#lastWrite.failed(failure)
      // The transaction did not begin, so no job was taken yet.
      if (jobs.length === 0) this.#take(jobs, changesPerCommitMax)
      // Jobs that arrived meanwhile would wait just as long for the same lock.
      if (isLocked(failure)) this.#take(jobs, changesWaitingMax)
      for (const job of jobs) job.reject(failure)
      return
    }
    for (const done of settle) done()
  }

  async #begin(): Promise<void> {
    const untilMs = performance.now() + lockTimeoutMs
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, lockPauseMsMax)) {
      try {
        this.#connection.exec('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (!isLocked(sqliteFailure(error)) || performance.now() >= untilMs) throw error
      }
      await pause(pauseMs)
    }
  }

  #rollback(): void {
    try {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back already; the error that led here says what is wrong.
    }
  }

  /**
   * Takes jobs one by one, in turns of the callers; after a long one, the rest waits for the next commit. None has a
   * savepoint of its own: opened, released and written around, they were a fifth of the time of a create.
   */
  async #runWaiting(jobs: Job[], settle: (() => void)[], counts: Map<string, number>): Promise<void> {
    const [beganMs, before] = [performance.now(), process.threadCpuUsage()]
    // The clock of the processor costs ten times as much to read, and is never ahead.
    const isLong = () =>
      performance.now() - beganMs >= commitProcessorMsMax && processorMsSince(before) >= commitProcessorMsMax
    const isAlone = this.#waiting.size === 1
    do {
      const job = this.#take(jobs, 1)
      if (!job) return
      const settled = await this.#runOnce(job, counts, isAlone)
      if (!settled) return this.#runAgain(jobs, settle, counts)
      settle.push(settled)
    } while (!isAlone && jobs.length < changesPerCommitMax && !isLong())
  }

  /** @returns undefined when it failed, and only savepoints can undo what it has written */
  async #runOnce(job: Job, counts: Map<string, number>, isAlone: boolean): Promise<(() => void) | undefined> {
    const before = this.#writes()
    const trx = this.#pending(this.#writes)
    try {
      const settle = await this.#runIn(trx, job, counts)
      return trx.hasToRunAgain ? undefined : settle
    } catch (error) {
      if (!this.#connection.isTransaction) throw error
      if (trx.hasToRunAgain) return undefined
      if (this.#writes() === before) return () => job.reject(error)
      if (isAlone) throw error
      return undefined
    }
  }

  /** From the start, each in a savepoint: one that fails takes no other with it. */
  async #runAgain(jobs: readonly Job[], settle: (() => void)[], counts: Map<string, number>): Promise<void> {
    this.#connection.exec('ROLLBACK')
    settle.length = 0
    counts.clear()
    await this.#begin()
    for (const job of jobs)
      settle.push(await (jobs.length === 1 ? this.#runAlone(job, counts) : this.#runBeside(job, counts)))
  }

  #take(jobs: Job[], count: number): Job | undefined {
    let job: Job | undefined
    for (let i = 0; i < count; i++) {
      job = this.#waiting.take()
      if (!job) break
      job.leaveQueue()
      jobs.push(job)
    }
    return job
  }

  /** In a full queue, a job of the caller with the most makes room for a caller with fewer. */
  #hasRoom(caller: string): boolean {
    if (this.#waiting.size < changesWaitingMax) return true
    const last = this.#waiting.takeFromLongest(this.#waiting.sizeOf(caller) + 1)
    last?.leaveQueue()
    last?.reject(new DatabaseUnavailable('busy'))
    return last !== undefined
  }

  /** @returns what to do once the commit is durable, on success or failure: an error may depend on what a neighbour wrote */
  async #runBeside(job: Job, counts: Map<string, number>): Promise<() => void> {
    this.#connection.exec('SAVEPOINT change')
    try {
      const settle = await this.#runAlone(job, counts)
      this.#connection.exec('RELEASE change')
      return settle
    } catch (error) {
      // SQLite itself rolled the whole transaction back, as after a full disk.
      if (!this.#connection.isTransaction) throw error
      this.#connection.exec('ROLLBACK TO change; RELEASE change')
      return () => job.reject(error)
    }
  }

  #runAlone(job: Job, counts: Map<string, number>): Promise<() => void> {
    return this.#runIn(this.#pending(), job, counts)
  }

  #pending(writes?: () => number): PendingChange {
    return new PendingChange(this.#db, this.#hints, this.#subjects, writes)
  }

  async #runIn(trx: PendingChange, job: Job, counts: Map<string, number>): Promise<() => void> {
    const resolve = await job.run(trx)
    // However the change handled the error, nothing of it may stay without a transaction.
    if (!this.#connection.isTransaction) throw new DatabaseUnavailable('io')
    for (const [key, by] of trx.counts) counts.set(key, (counts.get(key) ?? 0) + by)
    return () => {
      this.#changes++
      trx.committed(this.#followUpFailed)
      resolve()
    }
  }
}

function isLocked(failure: unknown): boolean {
  return failure instanceof DatabaseUnavailable && failure.reason === 'locked'
}
