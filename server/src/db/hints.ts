/** How hints reach other processes. */
export interface Wire {
  /** Signals the others; never fails, and returns at once. */
  send(): void
  /** Calls `arrived` for every hint of another process from now on. */
  listen(arrived: () => void): void
  close(): Promise<void>
}

/**
 * "There may be something to send": sent after the commit of a change, so that nobody polls the database all the time.
 * It is no more than that: losing one costs a moment, because listeners also poll.
 */
export class Hints {
  readonly #wire: Wire | undefined
  readonly #listeners = new Set<() => void>()

  constructor(wire?: Wire) {
    this.#wire = wire
  }

  send(): void {
    this.#arrived()
    this.#wire?.send()
  }

  /** @returns a function that stops listening */
  listen(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#wire?.listen(() => this.#arrived())
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    await this.#wire?.close()
  }

  #arrived(): void {
    for (const listener of this.#listeners) listener()
  }
}
