import { DatabaseUnavailable, type FailureReason } from './failure.ts'

/** What goes on until somebody does something about it: the next change would fail, too. */
const lasting: readonly FailureReason[] = ['full', 'io', 'read_only', 'damaged', 'lost']

/** Whether changes can be written, judging by the last one: reads do not reveal a full disk. */
export class LastWrite {
  #failure: DatabaseUnavailable | undefined

  /** Why the last change failed, if the next one would, too. */
  get failure(): DatabaseUnavailable | undefined {
    return this.#failure
  }

  /** A small change may fit where others do not, so it does not prove that a full disk has room again. */
  succeeded(): void {
    if (this.#failure?.reason !== 'full') this.#failure = undefined
  }

  /** For probes, which look for room. */
  provenPossible(): void {
    this.#failure = undefined
  }

  failed(error: unknown): void {
    if (error instanceof DatabaseUnavailable && lasting.includes(error.reason)) this.#failure = error
  }
}
