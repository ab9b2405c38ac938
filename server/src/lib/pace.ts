import { BoundedQueue, type Crowded } from './bounded-queue.ts'
import type { Caller } from './caller.ts'

/** A tick of the event loop that has worked for longer than this is tired: work that can wait does. */
const tiredAfterMs = 4
/** However little of it was work: a tick that waits for a disk keeps callers waiting, too. */
const longTickMs = 20
/** Each belongs to an open request, and a connection has one of those at a time. */
const bounds = { waitingMax: 10_000, waitingPerCallerMax: 2_000 }

/** Work that has reached a point where it can wait. */
interface Piece {
  begin(): void
  /** Called when there is no room for it. */
  turnAway(error: Crowded): void
}

/**
 * Spreads heavy work over ticks of the event loop, a few milliseconds in each, in turns of the callers: a caller with
 * little work waits for one piece at most, however many others there are. Ten exports that were read fast kept
 * everybody else waiting for 18.8 s; with a turn for each piece, for up to 108 ms.
 */
export class Pace {
  readonly #queue = new BoundedQueue<Piece & { caller: string }>('requests', bounds)
  #tick: { beganMs: number; used: NodeJS.CpuUsage } | undefined
  #isDue = false

  get waiting(): number {
    return this.#queue.size
  }

  /** Whether a piece may begin at once: nobody waits, and this tick has not been long. */
  get isFree(): boolean {
    return this.#queue.size === 0 && !this.isTired
  }

  /**
   * Whether this tick has been long already. A commit that waits for the disk, or another process that has the processor,
   * is not work: with other processes on the machine, turns for that took 10 % of the processor time of a small read.
   */
  get isTired(): boolean {
    const nowMs = performance.now()
    if (!this.#tick) {
      this.#tick = { beganMs: nowMs, used: process.threadCpuUsage() }
      this.#schedule()
      return false
    }
    const { beganMs, used } = this.#tick
    const ms = nowMs - beganMs
    return ms > tiredAfterMs && (ms > longTickMs || processorMsSince(used) > tiredAfterMs)
  }

  /** @returns a function that withdraws the piece, as long as it has not begun @throws Crowded */
  add(caller: string, piece: Piece): () => void {
    const waiting = { caller, ...piece }
    this.#queue.add(caller, waiting)
    this.#schedule()
    return () => this.#queue.remove(caller, waiting)
  }

  /** Waits for a turn for one piece of work. @throws Crowded; the reason of `gone` when the caller disconnects before */
  async turn({ key, gone }: Caller): Promise<void> {
    gone?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const settled = () => gone?.removeEventListener('abort', leave)
      const withdraw = this.add(key, {
        begin() {
          settled()
          resolve()
        },
        turnAway(error) {
          settled()
          reject(error)
        },
      })
      const leave = () => {
        withdraw()
        reject(gone?.reason)
      }
      gone?.addEventListener('abort', leave, { once: true })
    })
  }

  #schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#tick = undefined
      this.#doPieces()
    })
  }

  /** At least one piece, and more while the tick is young. */
  #doPieces(): void {
    if (this.#queue.size === 0 || this.isTired) return
    const piece = this.#queue.take()
    if (!piece) return
    const began = performance.now()
    piece.begin()
    afterwards(() => {
      this.#queue.charge(piece.caller, performance.now() - began)
      this.#doPieces()
    })
  }
}

/** Once everything has run that follows from a piece without waiting: its promises, and theirs. */
function afterwards(then: () => void): void {
  queueMicrotask(() => process.nextTick(then))
}

/** @param before what the thread had used then */
export function processorMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
