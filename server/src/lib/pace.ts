import { FairQueue } from './fair-queue.ts'

/** A turn of the event loop in which more has been done than this is tired: what can wait, waits for a later one. */
const tiredAfterMs = 8

/**
 * Spreads heavy work over turns of the event loop, one piece in each, and by turns of the callers: whoever asks for little
 * waits for one piece at most, however many there are. Ten exports that were read fast kept everybody else waiting for
 * 18.8 s; each going on after a turn of its own, for up to 108 ms.
 */
export class Pace {
  readonly #queue = new FairQueue<() => void>()
  #turnBegan: number | undefined
  #isDue = false

  /** A turn of the loop for one piece of heavy work. */
  turn(caller: string): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.add(caller, resolve)
      this.#schedule()
    })
  }

  /** Whether this turn of the loop has been long already. */
  get isTired(): boolean {
    const now = performance.now()
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now
      setImmediate(() => {
        this.#turnBegan = undefined
      })
    }
    return now - this.#turnBegan > tiredAfterMs
  }

  #schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#queue.take()?.()
      if (this.#queue.size > 0) this.#schedule()
    })
  }
}
