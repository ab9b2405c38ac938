import { sql } from 'kysely'
import type { Log } from '../lib/log.ts'
import type { Db, Transaction } from './database.ts'
import type { HintKind, Hints } from './hints.ts'
import { type SubjectKey, type Subjects, sealedFor } from './subjects.ts'

export const followUpFailed = (log: Log | undefined) => (error: unknown) =>
  log?.error({ err: error }, 'what follows a change failed; the change itself was made')

/**
 * A transaction under way, with what it has promised to do at its end.
 *
 * Where the database can run a change again, it runs without savepoints at first: few parts fail, and those that do have
 * mostly written nothing by then. A part that has written something and fails makes the change `hasToRunAgain`.
 */
export class PendingChange implements Transaction {
  readonly db: Db
  counts = new Map<string, number>()
  readonly #hints: Hints
  readonly #subjects: Subjects
  #subjectKeys = new Map<number, SubjectKey>()
  readonly people = new Set<number>()
  #afterCommit: (() => void)[] = []
  readonly #writes: (() => number) | undefined
  #hasToRunAgain = false

  /** @param writes how many statements have written something until now, if the change can run again with savepoints */
  constructor(db: Db, hints: Hints, subjects: Subjects, writes?: () => number) {
    this.#writes = writes
    this.db = db
    this.#hints = hints
    this.#subjects = subjects
  }

  count(key: string, by: number): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + by)
  }

  afterCommit(then: () => void): void {
    this.#afterCommit.push(then)
  }

  hint(kind: HintKind): void {
    this.afterCommit(() => this.#hints.send(kind))
  }

  /** One that a part which failed has named stays: too many are better than one too few. */
  isAbout(userId: number): void {
    this.people.add(userId)
  }

  async seal<T extends string | null>(subject: number | null, context: string, text: T): Promise<T | string> {
    if (text === null || subject === null) return text
    this.isAbout(subject)
    const known = this.#subjectKeys.get(subject) ?? (await this.#keyFor(subject))
    return sealedFor(known, text, context)
  }

  async #keyFor(subject: number): Promise<SubjectKey> {
    const key = await this.#subjects.keyFor(this.db, subject)
    this.#subjectKeys.set(subject, key)
    this.afterCommit(() => this.#subjects.remember(subject, key))
    return key
  }

  /** A part failed after it had written something, and only a savepoint could have undone that. */
  get hasToRunAgain(): boolean {
    return this.#hasToRunAgain
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    if (this.#hasToRunAgain) throw new Error('This change is about to run again.')
    const counts = new Map(this.counts)
    const afterCommit = [...this.#afterCommit]
    const subjectKeys = new Map(this.#subjectKeys)
    try {
      return await (this.#writes ? this.#withoutSavepoint(work, this.#writes) : this.#inSavepoint(work))
    } catch (error) {
      this.counts = counts
      this.#afterCommit = afterCommit
      this.#subjectKeys = subjectKeys
      throw error
    }
  }

  async #withoutSavepoint<T>(work: () => Promise<T>, writes: () => number): Promise<T> {
    const before = writes()
    try {
      return await work()
    } catch (error) {
      if (writes() > before) this.#hasToRunAgain = true
      throw error
    }
  }

  async #inSavepoint<T>(work: () => Promise<T>): Promise<T> {
    await sql`savepoint work`.execute(this.db)
    try {
      const value = await work()
      await sql`release savepoint work`.execute(this.db)
      return value
    } catch (error) {
      // A full or failing disk has ended the whole transaction: there is no savepoint to roll back to.
      await sql`rollback to savepoint work`.execute(this.db).catch(() => Promise.reject(error))
      await sql`release savepoint work`.execute(this.db)
      throw error
    }
  }

  /** @param failed gets the errors of follow-ups: the change is durable, and the other follow-ups still run */
  committed(failed: (error: unknown) => void): void {
    for (const then of this.#afterCommit) {
      try {
        then()
      } catch (error) {
        failed(error)
      }
    }
  }
}
