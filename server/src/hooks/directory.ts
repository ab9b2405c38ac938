import type { Db } from '../db/database.ts'
import { onBehalfOfAll } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import type { Soon } from '../lib/soon.ts'
import { fromTimestamp } from '../lib/timestamps.ts'
import { Turns } from '../lib/turns.ts'
import type { Vault } from '../lib/vault.ts'
import { afterFailure, afterSuccess, circuitOf } from '../sending/health.ts'
import type { HookAction } from './actions.ts'
import { type HookRow, listActive, noteSeen, type Seen } from './store.ts'

/** Another process learns of a change within this time; this one at once. */
const freshForMs = 1_000

/** Calls of one hook at once, and those that wait for their turn, no longer than the hook may take to respond. */
const bounds = { atOnceMax: 32, atOncePerCallerMax: 8, waitingMax: 500, waitingPerCallerMax: 100 }

export function secretContext(hookId: number): string {
  return `hook ${hookId} secret`
}

/** An active hook, with what this process has seen of it. */
export class KnownHook {
  readonly row: HookRow
  readonly actions: ReadonlySet<string>
  readonly turns: Turns
  readonly #vault: Vault
  #secrets: { current: string; previous: string | undefined } | undefined
  #seen: Seen & { test_failed_at: null }
  #isTrying = false
  #isNoted = true

  constructor(row: HookRow, vault: Vault) {
    this.row = row
    this.actions = new Set(row.actions.split(' '))
    this.turns = new Turns('calls of a hook', { ...bounds, waitMsMax: row.timeout_ms })
    this.#vault = vault
    this.#seen = { ...seenOf(row), test_failed_at: null }
  }

  /** Those that sign now, the current one first. */
  secrets(nowMs: number): string[] {
    const { id, secret, previous_secret, previous_secret_expires_at } = this.row
    const open = (sealed: string) => this.#vault.open(sealed, secretContext(id))
    this.#secrets ??= {
      current: open(secret),
      previous: previous_secret === null ? undefined : open(previous_secret),
    }
    const { current, previous } = this.#secrets
    const isOver = previous_secret_expires_at === null || fromTimestamp(previous_secret_expires_at) <= nowMs
    return previous === undefined || isOver ? [current] : [current, previous]
  }

  /** Whether it may be called: after five failures in a row, only one call at a time after each pause. */
  mayTry(nowMs: number): boolean {
    const circuit = circuitOf(this.#seen, nowMs)
    if (circuit === 'closed') return true
    if (circuit === 'open' || this.#isTrying) return false
    this.#isTrying = true
    return true
  }

  /** @param isWell undefined where the call says nothing about the hook */
  tried(isWell: boolean | undefined, nowMs: number): void {
    this.#isTrying = false
    if (isWell === undefined) return
    const before = this.#seen
    this.#seen = isWell ? afterSuccess(before, nowMs) : afterFailure(before, nowMs)
    if (this.#seen !== before) this.#isNoted = false
  }

  /** Whether something was seen since the last time that it was stored. */
  hasNews(): boolean {
    return !this.#isNoted
  }

  /** Stores what was seen since the last time. */
  async note(db: Db): Promise<void> {
    if (this.#isNoted) return
    this.#isNoted = true
    const { test_failed_at: _, ...seen } = this.#seen
    await noteSeen(db, this.row.id, this.row.version, seen)
  }
}

function seenOf(row: HookRow): Seen {
  const { consecutive_failures, failing_since, last_success_at } = row
  const { last_failure_at, circuit_trips, circuit_open_until } = row
  return {
    consecutive_failures,
    failing_since,
    last_success_at,
    last_failure_at,
    circuit_trips,
    circuit_open_until,
  }
}

/**
 * The active hooks, read again at most once a second, and only while there are changes: a change without hooks costs
 * nothing. A change of a hook by this process applies from its commit on.
 */
export class HookDirectory {
  readonly #read: Db
  readonly #clock: Clock
  readonly #vault: Vault
  #known: readonly KnownHook[] = []
  #loadedAtMs = Number.NEGATIVE_INFINITY
  #loading: Promise<readonly KnownHook[]> | undefined
  /** Counts calls of `forget`: a read that began before one must not be kept after it. */
  #era = 0

  constructor(read: Db, clock: Clock, vault: Vault) {
    this.#read = read
    this.#clock = clock
    this.#vault = vault
  }

  /** In the order in which they are called. */
  all(): Soon<readonly KnownHook[]> {
    if (this.#clock.elapsed() - this.#loadedAtMs < freshForMs) return this.#known
    this.#loading ??= onBehalfOfAll(() => this.#load())
    return this.#loading
  }

  /** Those for an action; mostly none. */
  for(action: HookAction): Soon<readonly KnownHook[]> {
    const known = this.all()
    if (known instanceof Promise) return known.then((hooks) => calledFor(hooks, action))
    return calledFor(known, action)
  }

  /** Call it after every commit that changes a hook. */
  forget(): void {
    this.#era++
    this.#loading = undefined
    this.#loadedAtMs = Number.NEGATIVE_INFINITY
  }

  hasNews(): boolean {
    return this.#known.some((hook) => hook.hasNews())
  }

  async note(db: Db): Promise<void> {
    for (const hook of this.#known) await hook.note(db)
  }

  async #load(): Promise<readonly KnownHook[]> {
    const era = this.#era
    const atMs = this.#clock.elapsed()
    try {
      const rows = await listActive(this.#read)
      const before = new Map(this.#known.map((hook) => [hook.row.id, hook]))
      const hooks = rows.map((row) => {
        const known = before.get(row.id)
        // A rotation of the secret key seals anew without another version.
        const isSame = known?.row.version === row.version && known.row.secret === row.secret
        return isSame ? known : new KnownHook(row, this.#vault)
      })
      if (era === this.#era) {
        this.#known = hooks
        this.#loadedAtMs = atMs
      }
      return hooks
    } finally {
      if (era === this.#era) this.#loading = undefined
    }
  }
}

const none: readonly KnownHook[] = []

function calledFor(hooks: readonly KnownHook[], action: HookAction): readonly KnownHook[] {
  return hooks.length === 0 ? none : hooks.filter(({ actions }) => actions.has(action))
}
