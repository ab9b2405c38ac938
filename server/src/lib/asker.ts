import { AsyncLocalStorage } from 'node:async_hooks'

/** Who waits for a piece of work. Where several callers wait for the same thing, they take turns. */
export interface Asker {
  /** The same for everything that one caller asks for. */
  readonly caller: string
  /** Aborted when nobody wants the result any more: what has not begun by then does not run. */
  readonly gone?: AbortSignal
}

/** Tasks in the background and commands: one caller among the others. */
const server: Asker = { caller: 'server' }

// The one thing that travels beside the arguments. Every change, search and hash has an asker, most of them four calls
// deep; a parameter through all of those would be read at the bottom alone.
const askers = new AsyncLocalStorage<Asker>()

export function currentAsker(): Asker {
  return askers.getStore() ?? server
}

/** Runs work, and what it awaits, as asked for by somebody. */
export function askedBy<T>(asker: Asker, work: () => T): T {
  return askers.run(asker, work)
}
