import { AsyncLocalStorage } from 'node:async_hooks'

/** On whose behalf work is done. Callers that compete for the same thing take turns. */
export interface Caller {
  /** The same for every request of one caller. */
  readonly key: string
  /** Aborted when the caller disconnects: work that has not begun by then is skipped. */
  readonly gone?: AbortSignal
}

/** Tasks and commands: one caller among the others. */
const server: Caller = { key: 'server' }

// The only value that is not passed as an argument: changes, searches and hashes need it four calls below the routes that
// know it, and no function in between would read it.
const callers = new AsyncLocalStorage<Caller>()

export function currentCaller(): Caller {
  return callers.getStore() ?? server
}

/**
 * Runs work that several callers wait for, or that outlasts the one who began it, with all its timers: nobody ends it by
 * disconnecting.
 */
export function onBehalfOfAll<T>(work: () => T): T {
  return callers.run(server, work)
}

/** Runs work, and what it awaits, for a caller. */
export function onBehalfOf<T>(caller: Caller, work: () => T): T {
  return callers.run(caller, work)
}
