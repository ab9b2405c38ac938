import { DatabaseUnavailable } from './failure.ts'

interface Limits {
  /** How many may be inside at once. */
  insideMax: number
  /** How many may wait for that; one more is turned away at once. */
  waitingMax: number
  /** How long anybody waits. */
  waitMs: number
}

interface Waiting {
  enter(): void
}

/** Lets a bounded number in, in the order in which they came. Everybody is let in, turned away, or has left by themselves in bounded time. */
export class Turnstile {
  readonly #limits: Limits
  readonly #waiting = new Set<Waiting>()
  #inside = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Whoever was let in calls `leave` once.
   * @param gone aborted when the caller does not want to enter any more
   * @throws DatabaseUnavailable busy
   */
  enter(gone?: AbortSignal): Promise<void> {
    const { insideMax, waitingMax, waitMs } = this.#limits
    if (gone?.aborted) return Promise.reject(gone.reason)
    if (this.#inside < insideMax) {
      this.#inside++
      return Promise.resolve()
    }
    if (this.#waiting.size >= waitingMax) return Promise.reject(new DatabaseUnavailable('busy'))
    return new Promise((resolve, reject) => {
      const stopWaiting = () => {
        clearTimeout(timer)
        gone?.removeEventListener('abort', giveUp)
        this.#waiting.delete(waiting)
      }
      const giveUp = () => {
        stopWaiting()
        reject(gone?.aborted ? gone.reason : new DatabaseUnavailable('busy'))
      }
      const waiting: Waiting = {
        enter() {
          stopWaiting()
          resolve()
        },
      }
      const timer = setTimeout(giveUp, waitMs)
      gone?.addEventListener('abort', giveUp)
      this.#waiting.add(waiting)
    })
  }

  leave(): void {
    const [next] = this.#waiting
    if (next) next.enter()
    else this.#inside--
  }
}
