import { writeSync } from 'node:fs'

/** Lines that wait while nobody takes them; more are dropped. */
export const waitingBytesMax = 1024 * 1024
/** A reader that is slow has made room soon; a disk that is full has not. */
const slowMs = 50
const failedMs = 1_000
/** What is left when the process ends gets so long. */
const flushMs = 500

/**
 * Where log lines go, so that nothing waits for the log: what cannot be written now is kept, up to a bound, and tried again
 * by a timer; beyond that lines are dropped, and how many is the first line once the log can be written again.
 * @param descriptor of a file, or of a pipe that is in non-blocking mode, as Node puts standard output
 */
export class LogStream {
  readonly #descriptor: number
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #untold = 0
  #retry: NodeJS.Timeout | undefined

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Lines, since the beginning. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#waitingBytes + bytes.length > waitingBytesMax) {
      this.#dropped++
      this.#untold++
      return
    }
    this.#keep(bytes)
    if (!this.#retry) this.#writeWaiting()
  }

  /** As much as goes in half a second: to be called before the process ends. */
  flush(): void {
    const until = performance.now() + flushMs
    for (;;) {
      this.#writeWaiting()
      if (this.#waiting.length === 0 || performance.now() >= until) break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slowMs)
    }
    clearTimeout(this.#retry)
    this.#retry = undefined
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  #writeWaiting(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const written = writeSync(this.#descriptor, next)
        this.#waitingBytes -= written
        // The rest of a line that was written in part comes first when it goes on.
        if (written < next.length) this.#waiting[0] = next.subarray(written)
        else this.#waiting.shift()
        if (this.#waiting.length === 0) this.#tellDropped()
      }
    } catch (error) {
      const isSlow = (error as NodeJS.ErrnoException).code === 'EAGAIN'
      this.#retry = setTimeout(() => this.#writeWaiting(), isSlow ? slowMs : failedMs).unref()
    }
  }

  #tellDropped(): void {
    if (this.#untold === 0) return
    const time = new Date().toISOString()
    const msg = 'log lines were dropped: they could not be written fast enough, or not at all'
    this.#keep(Buffer.from(`${JSON.stringify({ level: 'warn', time, dropped: this.#untold, msg })}\n`))
    this.#untold = 0
  }
}
