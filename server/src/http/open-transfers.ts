import { AppError } from '../api/errors.ts'
import { exportPartTimeoutMs, importWorkMs, toolCallMs } from '../api/limits.ts'

export interface TransferBounds {
  /** As in an error: `exports`. */
  plural: string
  perCallerMax: number
  max: number
  /** An export or a stream: how long a part may wait to be read. An import, or the call of a tool: how long it works. */
  timeoutMs: number
}

/** Each holds a page and the results of its search: 12 MB for a million rows. */
export const exportBounds: TransferBounds = {
  plural: 'exports',
  perCallerMax: 10,
  max: 40,
  timeoutMs: exportPartTimeoutMs,
}
/** Each holds up to 64 MiB of disk, and writes as fast as it is let. */
export const importBounds: TransferBounds = {
  plural: 'imports',
  perCallerMax: 1,
  max: 4,
  timeoutMs: importWorkMs,
}
/** Each is a request or two to the API. */
export const toolBounds: TransferBounds = {
  plural: 'tool calls',
  perCallerMax: 8,
  max: 200,
  timeoutMs: toolCallMs,
}
/** Each takes 30 KiB while it waits. @param perCallerMax a setting */
export function streamBounds(perCallerMax: number): TransferBounds {
  return { plural: 'event streams', perCallerMax, max: 3_000, timeoutMs: exportPartTimeoutMs }
}
const retryAfterSeconds = 10

/** Counts what is open in this process and lasts longer than a request does, by caller. */
export class OpenTransfers {
  readonly #open = new Map<string, number>()
  readonly #bounds: TransferBounds
  #all = 0

  constructor(bounds: TransferBounds) {
    this.#bounds = bounds
  }

  get timeoutMs(): number {
    return this.#bounds.timeoutMs
  }

  /** @returns a function to call when it has ended @throws AppError */
  begin(caller: string): () => void {
    const { plural, perCallerMax, max } = this.#bounds
    const own = this.#open.get(caller) ?? 0
    if (own >= perCallerMax) {
      throw tooMany(
        'rate_limit_exceeded',
        `You have ${own} ${own === 1 ? plural.slice(0, -1) : plural} open, the most at once; end one, then try again.`,
      )
    }
    if (this.#all >= max)
      throw tooMany('service_unavailable', `Too many ${plural} are open at once; try again shortly.`)
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
