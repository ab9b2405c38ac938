/** What a hint is about: deliveries that may be due, or new events in the log. */
export type HintKind = 'work' | 'log'

/** How hints reach other processes. */
export interface Wire {
  /** Signals the others; never fails, and returns at once. */
  send(kind: HintKind): void
  /** Calls `arrived` for every hint of another process from now on. */
  listen(arrived: (kind: HintKind) => void): void
  close(): Promise<void>
}

/**
 * "There may be something to send", or "there are new events": sent after the commit of a change, so that nobody polls the
 * database all the time. It is no more than that: losing one costs a moment, because listeners also poll.
 */
export class Hints {
  readonly #wire: Wire | undefined
  readonly #listeners = { work: new Set<() => void>(), log: new Set<() => void>() }
  #isListening = false

  constructor(wire?: Wire) {
    this.#wire = wire
  }

  send(kind: HintKind): void {
    this.#arrived(kind)
    this.#wire?.send(kind)
  }

  /** @returns a function that stops listening */
  listen(kind: HintKind, listener: () => void): () => void {
    if (!this.#isListening) this.#wire?.listen((arrived) => this.#arrived(arrived))
    this.#isListening = true
    const listeners = this.#listeners[kind]
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  async close(): Promise<void> {
    await this.#wire?.close()
  }

  #arrived(kind: HintKind): void {
    for (const listener of this.#listeners[kind]) listener()
  }
}
