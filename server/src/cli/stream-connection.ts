import { CommandError } from './command.ts'

/** A stream that cannot be opened or read now, and perhaps can be soon. */
export class Interrupted extends CommandError {
  /** The pause that the server asks for. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs = 0) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** Events from a position on are no longer kept. */
export class PositionLost extends CommandError {
  constructor(details: string) {
    super(`${details} Here that means: leave out --after, or give --after 0.`)
  }
}

/**
 * Opens the stream after an event. Its parts fail once `stop` is aborted.
 * @throws Interrupted when it may succeed soon, CommandError when it will not
 */
export type Connect = (after: number | undefined, stop: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
