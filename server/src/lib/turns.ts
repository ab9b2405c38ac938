import type { Caller } from './caller.ts'
import { FairQueue } from './fair-queue.ts'

/** Turned away before anything was done: more wait than may. */
export class Crowded extends Error {
  /** Whether the caller has filled the queue alone, rather than all together. */
  readonly byCaller: boolean

  constructor(message: string, byCaller: boolean) {
    super(message)
    this.byCaller = byCaller
  }
}

export interface TurnBounds {
  atOnceMax: number
  /** Fewer than `atOnceMax` where it takes long: a caller who keeps all of theirs busy leaves a place to the others. */
  atOncePerCallerMax: number
  waitingMax: number
  waitingPerCallerMax: number
  waitMsMax: number
  /** As long as nothing ends at all; `waitMsMax` unless given. A queue that moves is worth a longer wait than one that stands. */
  stallMsMax?: number
}

interface Waiting {
  begin(): void
  turnAway(byCaller: boolean): void
}

/** Runs a bounded number of things at once. What waits is bounded, too, in number and in time, and callers take turns. */
export class Turns {
  readonly #noun: string
  readonly #bounds: TurnBounds
  readonly #queue = new FairQueue<Waiting>()
  readonly #running = new Map<string, number>()
  #atOnce = 0
  #movedAtMs = 0

  /** @param noun what takes turns, such as `searches` */
  constructor(noun: string, bounds: TurnBounds) {
    this.#noun = noun
    this.#bounds = bounds
  }

  get waiting(): number {
    return this.#queue.size
  }

  get running(): number {
    return this.#atOnce
  }

  /** @throws Crowded; the reason of `gone` when the caller has left before the turn came */
  async run<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    const end = await this.take(caller)
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** The same for work that has no one place. @returns what ends it, to be called once */
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
    const { waitingPerCallerMax, waitMsMax, stallMsMax = waitMsMax } = this.#bounds
    if (this.#queue.sizeOf(key) >= waitingPerCallerMax) throw this.#crowded(true)
    this.#makeRoom(key)
    return new Promise((resolve, reject) => {
      const leave = (error: unknown) => {
        settle()
        reject(error)
      }
      const withdraw = () => leave(gone?.reason)
      const waiting: Waiting = {
        begin: () => {
          settle()
          // At once, or somebody else could take the place before the promise is seen to.
          this.#begin(key)
          resolve()
        },
        turnAway: (byCaller) => leave(this.#crowded(byCaller)),
      }
      const settle = () => {
        this.#queue.remove(key, waiting)
        clearTimeout(timer)
        gone?.removeEventListener('abort', withdraw)
      }
      const beganMs = performance.now()
      const look = () => {
        const movedAtMs = Math.max(beganMs, this.#movedAtMs)
        const leftMs = Math.min(beganMs + waitMsMax, movedAtMs + stallMsMax) - performance.now()
        if (leftMs > 0) timer = setTimeout(look, leftMs)
        else waiting.turnAway(false)
      }
      let timer = setTimeout(look, stallMsMax)
      gone?.addEventListener('abort', withdraw)
      this.#queue.add(key, waiting)
    })
  }

  /** A full queue is full of those who have the most in it: one of theirs makes way for somebody who has less. */
  #makeRoom(key: string): void {
    if (this.#queue.size < this.#bounds.waitingMax) return
    const last = this.#queue.takeFromLongest(this.#queue.sizeOf(key) + 1)
    if (!last) throw this.#crowded(false)
    last.turnAway(true)
  }

  #crowded(byCaller: boolean): Crowded {
    return new Crowded(
      byCaller
        ? `Too many ${this.#noun} of yours are waiting already; send fewer at once.`
        : `Too many ${this.#noun} are waiting at the moment; try again shortly.`,
      byCaller,
    )
  }
}
