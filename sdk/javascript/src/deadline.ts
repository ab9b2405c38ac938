import { ConnectionError, TimeoutError } from './errors.ts'

/** Ends one attempt when its time is over or its caller gives up, and tells afterwards which of them it was. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly #caller: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs
    this.#caller = caller
    if (caller?.aborted) this.#controller.abort(caller.reason)
    else caller?.addEventListener('abort', this.#abort, { once: true })
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The time begins anew: for each part of an answer that is read as it comes. */
  restart(): void {
    clearTimeout(this.#timer)
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => {
      this.#isOver = true
      this.#controller.abort()
    }, this.#timeoutMs)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#abort)
  }

  /** What to throw for whatever the platform threw. */
  errorFor(cause: unknown): unknown {
    if (this.#caller?.aborted) return this.#caller.reason
    if (this.#isOver) return new TimeoutError(`No complete answer arrived within ${this.#timeoutMs} ms.`)
    return new ConnectionError(`No answer arrived: ${reasonOf(cause)}`, { cause })
  }

  readonly #abort = (): void => this.#controller.abort(this.#caller?.reason)
}

/** Node hides why behind a general sentence. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
