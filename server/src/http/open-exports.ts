import { AppError } from '../api/errors.ts'
import { exportPartTimeoutMs } from '../api/limits.ts'

/** Each holds a page and the results of its search: 12 MB for a million rows. */
const exportsPerCallerMax = 10
const exportsMax = 40
const retryAfterSeconds = 10

/** Counts the exports open in this process, by caller. */
export class OpenExports {
  readonly #open = new Map<string, number>()
  #all = 0
  /** How long a part may wait to be read. */
  readonly partTimeoutMs: number

  constructor({ partTimeoutMs = exportPartTimeoutMs } = {}) {
    this.partTimeoutMs = partTimeoutMs
  }

  /** @returns a function to call when the export has ended @throws AppError */
  begin(caller: string): () => void {
    const own = this.#open.get(caller) ?? 0
    if (own >= exportsPerCallerMax) {
      throw tooMany(
        'rate_limit_exceeded',
        `You have ${own} exports open, the most at once; finish one, then try again.`,
      )
    }
    if (this.#all >= exportsMax) {
      throw tooMany('service_unavailable', 'Too many exports are being read at once; try again shortly.')
    }
    this.#open.set(caller, own + 1)
    this.#all++
    return () => this.#end(caller)
  }

  #end(caller: string): void {
    this.#all--
    const left = (this.#open.get(caller) ?? 0) - 1
    if (left > 0) this.#open.set(caller, left)
    else this.#open.delete(caller)
  }
}

function tooMany(code: 'rate_limit_exceeded' | 'service_unavailable', details: string): AppError {
  return new AppError(code, details, { headers: { 'retry-after': String(retryAfterSeconds) } })
}
