import { writeSync } from 'node:fs'

/** Lines that wait while the reader is slow; more are dropped. */
export const waitingBytesMax = 1024 * 1024
/** A slow reader makes room soon; a full disk does not. */
const slowMs = 50
const failedMs = 1_000
/** Lines are gathered for so long, or up to this size, and written together: one write each was 4 % of the time of a read. */
const gatherMs = 100
const gatheredLengthMax = 64 * 1024
/** How long a flush may take at the end of the process. */
const flushMs = 500

/**
 * The destination of log lines, which never blocks: lines that cannot be written now are kept up to a bound and retried
 * by a timer; beyond that they are dropped, and the first line written afterwards says how many. Lines are gathered for a
 * moment, but an error is written at once, with what was gathered before it; a process that is killed loses that moment.
 * @param descriptor of a file, or of a pipe in non-blocking mode, as Node sets standard output
 */
export class LogStream {
  readonly #descriptor: number
  #gathered = ''
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #untold = 0
  /** The last write failed; the timer retries it. */
  #isStuck = false
  #timer: NodeJS.Timeout | undefined

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Lines dropped since the process began. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    if (this.#waitingBytes + this.#gathered.length + line.length > waitingBytesMax) {
      this.#dropped++
      this.#untold++
      return
    }
    this.#gathered += line
    if (this.#isStuck) return
    if (this.#gathered.length > gatheredLengthMax || isError(line)) this.#writeWaiting()
    else this.#timer ??= setTimeout(() => this.#writeWaiting(), gatherMs).unref()
  }

  /** Writes as much as it can in half a second; call it before the process ends. */
  flush(): void {
    const until = performance.now() + flushMs
    for (;;) {
      this.#writeWaiting()
      if (this.#waiting.length === 0 || performance.now() >= until) break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slowMs)
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  #writeWaiting(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#gathered !== '') this.#keep(Buffer.from(this.#gathered))
    this.#gathered = ''
    this.#isStuck = false
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const written = writeSync(this.#descriptor, next)
        this.#waitingBytes -= written
        // The rest of a partly written line comes first next time.
        if (written < next.length) this.#waiting[0] = next.subarray(written)
        else this.#waiting.shift()
        if (this.#waiting.length === 0) this.#tellDropped()
      }
    } catch (error) {
      const isSlow = (error as NodeJS.ErrnoException).code === 'EAGAIN'
      this.#isStuck = true
      this.#timer = setTimeout(() => this.#writeWaiting(), isSlow ? slowMs : failedMs).unref()
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

function isError(line: string): boolean {
  return line.startsWith('{"level":"error"') || line.startsWith('{"level":"fatal"')
}
