import { onAbort, reasonOfAbort } from './abort.ts'
import { ConnectionError, TimeoutError } from './errors.ts'
import { reasonOf } from './failure-reason.ts'

/** Ends one attempt on timeout or when its caller aborts, and tells which of the two it was. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly #caller: AbortSignal | undefined
  readonly #leave: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs
    this.#caller = caller
    this.#leave = onAbort(caller, () => this.#controller.abort(caller?.reason))
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Restarts the timeout, for each part of a streamed response. */
  restart(): void {
    clearTimeout(this.#timer)
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => {
      this.#isOver = true
      this.#controller.abort()
    }, this.#timeoutMs)
  }

  /** A `fetch` that was passed in may pay no attention to its signal. */
  async holds<T>(running: Promise<T>): Promise<T> {
    let leave = () => {}
    const over = new Promise<never>((_, reject) => {
      leave = onAbort(this.signal, () => reject(reasonOfAbort(this.signal)))
    })
    try {
      return await Promise.race([running, over])
    } finally {
      leave()
    }
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#leave()
  }

  /** The error to throw for one of the platform. @param read what arrived before it, such as ` after 12 bytes` */
  errorFor(cause: unknown, read?: string): unknown {
    if (this.#caller?.aborted) return reasonOfAbort(this.#caller)
    if (this.#isOver) return new TimeoutError(`No complete response arrived within ${this.#timeoutMs} ms.`)
    const what = read === undefined ? 'No response arrived' : `The response was cut off${read}`
    return new ConnectionError(`${what}: ${reasonOf(cause)}`, { cause })
  }
}
