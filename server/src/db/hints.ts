/** How hints reach other processes. */
export interface Wire {
  /** Tells the others; never fails, and returns at once. */
  send(): void
  /** Calls `arrived` for every hint of another process from now on. */
  listen(arrived: () => void): void
  close(): Promise<void>
}

/**
 * "There may be something to send": what a change says after its commit, so that nobody has to ask the database all the
 * time. A hint is no more than that. One that is lost costs a moment, because whoever waits for hints also looks by itself.
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

  /** @returns stops listening */
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
