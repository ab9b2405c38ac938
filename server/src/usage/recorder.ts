import type { CredentialPrincipal } from '../access/caller.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { minuteMs } from '../lib/timestamps.ts'
import { addUsage, type UsageCount } from './store.ts'

/** Pairs of credential and minute that are not written yet; beyond this (the database is down) new ones are not counted. */
const waitingMax = 20_000
const batchMax = 500

/**
 * Counts the requests of each credential in memory, until `flush` adds them to the tables.
 * A killed process loses a few seconds of counts, those since the last flush; a stopped one loses none.
 * A batch is counted twice when its commit succeeded but the confirmation was lost.
 */
export class UsageRecorder {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  #waiting = new Map<string, UsageCount>()
  #uncounted = 0

  constructor(database: Database, clock: Clock, log: Log) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** Call it after each response to a request with a valid credential. */
  record({ id, ownerId }: Pick<CredentialPrincipal, 'id' | 'ownerId'>, status: number, ip: string): void {
    const nowMs = this.#clock.now()
    const startMs = nowMs - (nowMs % minuteMs)
    const key = keyOf(id, startMs)
    let count = this.#waiting.get(key)
    if (!count) {
      count = {
        credentialId: id,
        ownerId,
        startMs,
        requests: 0,
        errors: 0,
        rateLimited: 0,
        lastUsedAtMs: 0,
        lastUsedIp: ip,
      }
      if (!this.#keep(key, count)) return
    }
    count.requests++
    if (status >= 400) count.errors++
    if (status === 429) count.rateLimited++
    count.lastUsedAtMs = nowMs
    count.lastUsedIp = ip
  }

  /** Writes all counts; those that cannot be written stay for the next flush. */
  async flush(): Promise<void> {
    const counts = [...this.#waiting.values()]
    this.#waiting = new Map()
    while (counts.length > 0) {
      const batch = counts.slice(0, batchMax)
      try {
        await this.#database.write((trx) => addUsage(trx.db, batch))
      } catch (error) {
        for (const count of counts) this.#putBack(count)
        throw error
      }
      counts.splice(0, batchMax)
    }
    if (this.#uncounted === 0) return
    this.#log.warn(
      { requests: this.#uncounted },
      'too many credentials are in use at once; these requests were not counted',
    )
    this.#uncounted = 0
  }

  #putBack(count: UsageCount): void {
    const key = keyOf(count.credentialId, count.startMs)
    const later = this.#waiting.get(key)
    if (!later) {
      this.#keep(key, count)
      return
    }
    later.requests += count.requests
    later.errors += count.errors
    later.rateLimited += count.rateLimited
  }

  #keep(key: string, count: UsageCount): boolean {
    if (this.#waiting.size < waitingMax) {
      this.#waiting.set(key, count)
      return true
    }
    this.#uncounted += Math.max(1, count.requests)
    return false
  }
}

function keyOf(credentialId: number, startMs: number): string {
  return `${credentialId} ${startMs}`
}
