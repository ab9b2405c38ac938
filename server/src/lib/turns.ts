import { BoundedQueue, Crowded, type QueueBounds } from './bounded-queue.ts'
import type { Caller } from './caller.ts'

export interface TurnBounds extends QueueBounds {
  atOnceMax: number
  /** Fewer than `atOnceMax` for long work: a caller who keeps all of theirs busy leaves room for others. */
  atOncePerCallerMax: number
  waitMsMax: number
  /** The wait while nothing ends at all; `waitMsMax` unless given. A moving queue is worth a longer wait than a stalled one. */
  stallMsMax?: number
}

interface Waiting {
  begin(): void
  turnAway(error: Crowded): void
}

/** Runs a bounded number of things at once. Waiting is bounded in number and time, and callers take turns. */
export class Turns {
  readonly #noun: string
  readonly #bounds: TurnBounds
  readonly #queue: BoundedQueue<Waiting>
  readonly #running = new Map<string, number>()
  #atOnce = 0
  #movedAtMs = 0

  /** @param noun what takes turns, such as `searches` */
  constructor(noun: string, bounds: TurnBounds) {
    this.#noun = noun
    this.#bounds = bounds
    this.#queue = new BoundedQueue(noun, bounds)
  }

  get waiting(): number {
    return this.#queue.size
  }

  get running(): number {
    return this.#atOnce
  }

  /** @throws Crowded; the reason of `gone` when the caller disconnects before the turn */
  async run<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    const end = await this.take(caller)
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** The same for work in several places. @returns a function that ends it, to be called once */
  async take(caller: Caller): Promise<() => void> {
    const { key, gone } = caller
    gone?.throwIfAborted()
    if (this.#mayBegin(key)) this.#begin(key)
    else await this.#wait(caller)
    const began = performance.now()
    return () => {
      // In milliseconds, beside the one that each turn counts.
      this.#queue.charge(key, performance.now() - began)
      this.#end(key)
    }
  }

  #mayBegin(key: string): boolean {
    const { atOnceMax, atOncePerCallerMax } = this.#bounds
    return this.#atOnce < atOnceMax && (this.#running.get(key) ?? 0) < atOncePerCallerMax
  }

  #begin(key: string): void {
    this.#atOnce++
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1)
  }

  #end(key: string): void {
    this.#movedAtMs = performance.now()
    this.#atOnce--
    const left = (this.#running.get(key) ?? 0) - 1
    if (left > 0) this.#running.set(key, left)
    else this.#running.delete(key)
    this.#queue.take((next) => this.#mayBegin(next))?.begin()
  }

  #wait({ key, gone }: Caller): Promise<void> {
    const { waitMsMax, stallMsMax = waitMsMax } = this.#bounds
    return new Promise((resolve, reject) => {
      const leave = (error: unknown) => {
        settle()
        reject(error)
      }
      const withdraw = () => leave(gone?.reason)
      const waiting: Waiting = {
        begin: () => {
          settle()
          // Immediately, or another caller could take the place before the promise resolves.
          this.#begin(key)
          resolve()
        },
        turnAway: leave,
      }
      const settle = () => {
        this.#queue.remove(key, waiting)
        clearTimeout(timer)
        gone?.removeEventListener('abort', withdraw)
      }
      this.#queue.add(key, waiting)
      const beganMs = performance.now()
      const look = () => {
        const movedAtMs = Math.max(beganMs, this.#movedAtMs)
        const leftMs = Math.min(beganMs + waitMsMax, movedAtMs + stallMsMax) - performance.now()
        if (leftMs > 0) timer = setTimeout(look, leftMs)
        else leave(new Crowded(this.#noun, false))
      }
      let timer = setTimeout(look, stallMsMax)
      gone?.addEventListener('abort', withdraw)
    })
  }
}
