import { FairQueue } from './fair-queue.ts'

/** Rejected before anything was done: too many are waiting. */
export class Crowded extends Error {
  /** Whether the caller has filled the queue alone, rather than all callers together. */
  readonly byCaller: boolean

  /** @param noun what waits, such as `searches` */
  constructor(noun: string, byCaller: boolean) {
    super(
      byCaller
        ? `Too many of your ${noun} are waiting already; send fewer at once.`
        : `Too many ${noun} are waiting at the moment; try again shortly.`,
    )
    this.byCaller = byCaller
  }
}

export interface QueueBounds {
  waitingMax: number
  waitingPerCallerMax: number
}

interface Waiting {
  turnAway(error: Crowded): void
}

/** A queue of callers who take turns, with bounds that one of them alone cannot fill for the others. */
export class BoundedQueue<T extends Waiting> extends FairQueue<T> {
  readonly #noun: string
  readonly #bounds: QueueBounds

  /** @param noun what waits, such as `searches` */
  constructor(noun: string, bounds: QueueBounds) {
    super()
    this.#noun = noun
    this.#bounds = bounds
  }

  /** @throws Crowded */
  override add(caller: string, item: T): void {
    const own = this.sizeOf(caller)
    if (own >= this.#bounds.waitingPerCallerMax) throw new Crowded(this.#noun, true)
    if (this.size >= this.#bounds.waitingMax) this.#makeRoom(own)
    super.add(caller, item)
  }

  /** In a full queue, an item of the caller with the most makes room for a caller with fewer. */
  #makeRoom(own: number): void {
    const last = this.takeFromLongest(own + 1)
    if (!last) throw new Crowded(this.#noun, false)
    last.turnAway(new Crowded(this.#noun, true))
  }
}
