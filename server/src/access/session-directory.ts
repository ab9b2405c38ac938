import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import type { Log } from '../lib/log.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import type { PersonPrincipal } from './caller.ts'
import { grantOfRole } from './grant.ts'
import { endOf, isConfirmed, seenEveryMs } from './session-lifetime.ts'
import { hashToken } from './session-token.ts'
import { findSession, markSeen, roleOf } from './store.ts'

/**
 * Finds the session of a token.
 *
 * Every request reads it from the database: people make few requests, and it is one read by key. An ended session or a
 * suspended user is thus refused from the commit on, in every process. The time of last use is written asynchronously.
 */
export class SessionDirectory {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #marking = new Map<number, Promise<void>>()

  constructor(database: Database, clock: Clock, log: Log) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** @param isUse false: the session is only checked, and does not live longer for it */
  async byToken(token: string, ip: string, isUse = true): Promise<PersonPrincipal | undefined> {
    const row = await findSession(this.#database.read, hashToken(token))
    const nowMs = this.#clock.now()
    if (!row || endOf(row) <= nowMs) return undefined
    if (isUse && nowMs - fromTimestamp(row.last_seen_at) >= seenEveryMs) this.#markSeen(row.id, nowMs, ip)
    return {
      kind: 'person',
      id: row.user_id,
      username: row.username,
      role: row.role,
      ...grantOfRole(roleOf(row)),
      sessionId: row.id,
      isConfirmed: isConfirmed(row.confirmed_at, nowMs),
    }
  }

  /** Resolves when all writes are done. */
  async settled(): Promise<void> {
    await Promise.all(this.#marking.values())
  }

  #markSeen(id: number, nowMs: number, ip: string): void {
    if (this.#marking.has(id)) return
    const seen = { at: toTimestamp(nowMs), before: toTimestamp(nowMs - seenEveryMs), ip: plainAddress(ip) }
    const written = this.#database
      .write((trx) => markSeen(trx.db, id, seen))
      // The next request tries again; this one has its response already.
      .catch((error: unknown) => this.#log.warn({ err: error }, 'could not record the last use of a session'))
      .finally(() => this.#marking.delete(id))
    this.#marking.set(id, written)
  }
}
