import type { Db } from '../db/database.ts'
import { onBehalfOfAll } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import type { Soon } from '../lib/soon.ts'

/** Another process learns of a change within this time; this one at once. */
const freshForMs = 1_000

/**
 * The origins of the applications, read again at most once a second, and only while requests from other origins arrive. A
 * preflight names no application, so that it can only ask whether any has the origin.
 */
export class OriginDirectory {
  readonly #read: Db
  readonly #clock: Clock
  #known: ReadonlySet<string> = new Set()
  #loadedAtMs = Number.NEGATIVE_INFINITY
  #loading: Promise<ReadonlySet<string>> | undefined
  /** Counts calls of `forget`: a read that began before one must not be kept after it. */
  #era = 0

  constructor(read: Db, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  all(): Soon<ReadonlySet<string>> {
    if (this.#clock.elapsed() - this.#loadedAtMs < freshForMs) return this.#known
    this.#loading ??= onBehalfOfAll(() => this.#load())
    return this.#loading
  }

  /** Call it after every commit that changes an application. */
  forget(): void {
    this.#era++
    this.#loading = undefined
    this.#loadedAtMs = Number.NEGATIVE_INFINITY
  }

  async #load(): Promise<ReadonlySet<string>> {
    const era = this.#era
    const atMs = this.#clock.elapsed()
    try {
      const rows = await this.#read.selectFrom('applications').select('origins').execute()
      const origins = new Set(rows.flatMap((row) => row.origins.split(' ')).filter((one) => one !== ''))
      if (era === this.#era) {
        this.#known = origins
        this.#loadedAtMs = atMs
      }
      return origins
    } finally {
      if (era === this.#era) this.#loading = undefined
    }
  }
}
