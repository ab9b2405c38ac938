import { createHash } from 'node:crypto'
import type pg from 'pg'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Log } from '../lib/log.ts'
import { isStaleStatement } from './postgres-failure.ts'

/** Statements whose text is remembered, to tell those that come again. */
const knownMax = 1_000
/** Each takes some 20 kB of the server's memory. */
const heldPerConnectionMax = 200
/** A longer text is one of many made for a caller, and would crowd out those that come again. */
const lengthMax = 4_000
/** A plan that does not know the values is as old as that at most: its table may have grown since, from nothing to many rows. */
const planAgeMaxMs = 5_000

interface Held {
  names: Set<string>
  plansFromMs: number
}

/**
 * Names for the statements that PostgreSQL keeps on a connection, which saves parsing and mostly planning: a read by id
 * takes it a quarter of the time. A name is a hash of the text, so that where a pooler leads two clients to one session,
 * a name means the same to both.
 */
export class PostgresStatements {
  readonly #log: Log
  /** The name of a text; empty when the text came only once. */
  readonly #names = new BoundedMap<string, string>(knownMax)
  readonly #held = new WeakMap<pg.ClientBase, Held>()
  #isOff = false

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns undefined for a statement that is sent whole */
  nameFor(client: pg.ClientBase, text: string): string | undefined {
    if (this.#isOff || text.length > lengthMax) return undefined
    const name = this.#nameOf(text)
    if (name === undefined) return undefined
    const { names } = this.#heldBy(client)
    if (names.has(name)) return name
    if (names.size === heldPerConnectionMax) return undefined
    names.add(name)
    return name
  }

  /** A connection that can hold no more is closed after use: others come in its place, and hold what is in use by then. */
  isFull(client: pg.ClientBase): boolean {
    return this.#held.get(client)?.names.size === heldPerConnectionMax
  }

  /** Whether this connection should plan anew before it is used. */
  arePlansOld(client: pg.ClientBase): boolean {
    const held = this.#held.get(client)
    const nowMs = performance.now()
    if (!held || nowMs - held.plansFromMs < planAgeMaxMs) return false
    held.plansFromMs = nowMs
    return true
  }

  /** @returns whether a named statement failed because it is gone, or its table has changed: unnamed it can succeed */
  failedAsStale(error: unknown): boolean {
    if (!isStaleStatement(error)) return false
    if (error.code !== changedTable && !this.#isOff) {
      this.#isOff = true
      this.#log.warn(
        { reason: error.message },
        'prepared statements are lost between two queries, as behind a pooler in transaction mode; they are sent whole from now on, which is slower',
      )
    }
    return true
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known) return known
    const name = known === undefined ? '' : `comserv_${createHash('sha256').update(text).digest('base64url')}`
    this.#names.set(text, name)
    return name === '' ? undefined : name
  }

  #heldBy(client: pg.ClientBase): Held {
    const known = this.#held.get(client)
    if (known) return known
    const held = { names: new Set<string>(), plansFromMs: performance.now() }
    this.#held.set(client, held)
    return held
  }
}

/** After a migration; the other two mean that a session is shared. */
const changedTable = '0A000'
