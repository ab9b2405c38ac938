import type { ActorName } from '../access/caller.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { recordAudit } from './record.ts'

/** Something worth recording that changes no record: a refusal, a failed sign-in, an export, a secret shown again. */
export interface OutsideEntry {
  /** `target.action`, one of the actions of the catalog. */
  action: string
  targetId?: number | null
  /** Shown as `after`. Never a secret, nor text that somebody typed before they were known. */
  details?: object
  /**
   * Given for what a caller can repeat at will: the first occurrence is recorded at once, and further ones of the same
   * caller, action, target and `per` as one row a minute with their number as `count`.
   */
  per?: string
}

/** Rows that wait to be written; beyond this (the database is down) new ones are dropped and counted. */
const waitingMax = 2_000
const batchMax = 200
/** Callers whose repetitions are counted apart; those beyond share a row, so that a flood from many addresses stays small. */
const repeatingMax = { known: 1_000, anonymous: 100 }

interface Waiting {
  actor: ActorName
  at: string
  entry: OutsideEntry
}

interface Repeated extends Waiting {
  sinceMs: number
  /** Not recorded yet. */
  count: number
}

/**
 * Records what has no transaction of its own. Nothing waits for it: rows are kept in memory until `flush`, which runs
 * every second and when the process stops. A killed process loses those of the last second.
 */
export class AuditRecorder {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  #waiting: Waiting[] = []
  readonly #repeated = { known: new Map<string, Repeated>(), anonymous: new Map<string, Repeated>() }
  #dropped = 0

  constructor(database: Database, clock: Clock, log: Log) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** Rows that were dropped since the process began. */
  get dropped(): number {
    return this.#dropped
  }

  /** Returns at once and never fails. @param actor without an id where nobody has authenticated */
  recordOutside(actor: ActorName, entry: OutsideEntry): void {
    const nowMs = this.#clock.now()
    const waiting = { actor: nameOnly(actor), at: toTimestamp(nowMs), entry }
    if (entry.per === undefined) this.#add(waiting)
    else this.#count(waiting, entry.per, nowMs)
  }

  /** Writes all that is complete; what cannot be written stays for the next flush. */
  async flush({ isLast = false } = {}): Promise<void> {
    this.#endMinutes(isLast)
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchMax)
      await this.#database.write(async (trx) => {
        for (const { actor, at, entry } of batch) {
          const { action, targetId = null, details = null } = entry
          await recordAudit(trx, actor, at, { action, targetId, before: null, after: details })
        }
      })
      this.#waiting.splice(0, batch.length)
    }
  }

  #count(waiting: Waiting, per: string, nowMs: number): void {
    const { actor, entry } = waiting
    const kind = actor.type === 'anonymous' ? 'anonymous' : 'known'
    const repeated = this.#repeated[kind]
    const what = `${entry.action} ${entry.targetId ?? ''} ${per}`
    const own = `${actor.type} ${actor.id ?? actor.ip} ${what}`
    const key = repeated.has(own) || repeated.size < repeatingMax[kind] ? own : entry.action
    const known = repeated.get(key)
    if (known) {
      known.count++
      return
    }
    const first = key === own ? waiting : { ...waiting, actor: several, entry: { action: entry.action } }
    repeated.set(key, { ...first, sinceMs: nowMs, count: 0 })
    this.#add(counted(first, 1))
  }

  #endMinutes(all: boolean): void {
    const nowMs = this.#clock.now()
    for (const repeated of Object.values(this.#repeated)) {
      for (const [key, one] of repeated) {
        if (!all && nowMs - one.sinceMs < minuteMs) continue
        if (one.count === 0 || all) repeated.delete(key)
        if (one.count > 0) this.#add(counted({ ...one, at: toTimestamp(nowMs) }, one.count))
        one.count = 0
        one.sinceMs = nowMs
      }
    }
  }

  #add(waiting: Waiting): void {
    if (this.#waiting.length < waitingMax) {
      this.#waiting.push(waiting)
      return
    }
    if (this.#dropped++ === 0)
      this.#log.error('audit rows are dropped: they cannot be written as fast as they come, or not at all')
  }
}

const several: ActorName = { type: 'anonymous', id: null, name: 'several callers', ip: null, requestId: null }

function nameOnly({ type, id, name, ip, requestId, userId }: ActorName): ActorName {
  return { type, id, name, ip, requestId, ...(userId === undefined ? {} : { userId }) }
}

function counted({ actor, at, entry }: Waiting, count: number): Waiting {
  return { actor, at, entry: { ...entry, details: { ...entry.details, count } } }
}
