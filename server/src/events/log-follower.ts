import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { onBehalfOfAll } from '../lib/caller.ts'
import { secondMs } from '../lib/timestamps.ts'
import * as store from './store.ts'

type Dependencies = Pick<Context, 'database' | 'log' | 'pace'>

/** However many hints are lost, no event is noticed later than this. */
const pollMs = secondMs
/** An event of PostgreSQL may be hidden by a transaction that is still open when its hint arrives, so it is looked for again soon. */
const soonMs = 25
const rowsMax = 100

/**
 * Reads new events once for everybody in this process who follows the log: after each hint, and every second. It begins
 * with its first reader at the end of the log, and rests while there is none.
 */
export class LogFollower {
  readonly #context: Dependencies
  readonly #prepare: (rows: readonly store.EventRow[]) => Promise<() => void>
  /** Id of the last event that was read. */
  #head = 0
  #begun: Promise<void> | undefined
  #unlisten: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = pollMs
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined
  #isFailing = false

  /** @param prepare what may take time, before the events are handed out at once by the function that it returns */
  constructor(context: Dependencies, prepare: (rows: readonly store.EventRow[]) => Promise<() => void>) {
    this.#context = context
    this.#prepare = prepare
  }

  get head(): number {
    return this.#head
  }

  /** Resolves when everything that was committed at the time of the call has been read, as far as the log shows it. */
  async follow(): Promise<void> {
    await onBehalfOfAll(async () => {
      this.#begun ??= this.#begin()
      await this.#begun
      await this.#refresh()
    })
  }

  rest(): void {
    this.#begun = undefined
    this.#unlisten()
    clearTimeout(this.#timer)
  }

  async #begin(): Promise<void> {
    const { read, hints } = this.#context.database
    this.#unlisten = hints.listen('log', () => {
      this.#pauseMs = this.#context.database.dialect === 'postgres' ? soonMs : pollMs
      onBehalfOfAll(() => void this.#refresh().catch(() => undefined))
    })
    try {
      const [newest] = await store.listEvents(read, { sort: '-log' }, 1)
      this.#head = newest?.id ?? 0
    } catch (error) {
      this.rest()
      throw error
    }
  }

  /** A read that is under way may have begun too early, so another one follows it, for all who wait by then. */
  #refresh(): Promise<void> {
    this.#next ??= (this.#reading ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#reading = this.#next
        this.#next = undefined
        return this.#read()
      })
    return this.#next
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      while (this.#begun && (await this.#readSome()));
      this.#isFailing = false
    } catch (error) {
      this.#tellFailure(error)
      this.#pauseMs = pollMs
      throw error
    } finally {
      this.#wait()
    }
  }

  /** @returns whether there may be more */
  async #readSome(): Promise<boolean> {
    const { database, pace } = this.#context
    const rows = await store.listEvents(database.read, { after: this.#head }, rowsMax)
    const last = rows.at(-1)
    if (!last) return false
    const handOut = await this.#prepare(rows)
    this.#head = last.id
    handOut()
    await pace.turn({ key: 'events' })
    return rows.length === rowsMax
  }

  #wait(): void {
    if (!this.#begun) return
    this.#timer = setTimeout(() => void this.#refresh().catch(() => undefined), this.#pauseMs)
    this.#timer.unref()
    this.#pauseMs = Math.min(this.#pauseMs * 2, pollMs)
  }

  /** Logged once, however long it lasts: it is tried every second. */
  #tellFailure(error: unknown): void {
    const { log } = this.#context
    if (this.#isFailing) return
    this.#isFailing = true
    if (error instanceof DatabaseUnavailable)
      log.warn({ reason: error.message }, 'event streams wait for the database')
    else log.error({ err: error }, 'event streams wait: the log could not be read')
  }
}
