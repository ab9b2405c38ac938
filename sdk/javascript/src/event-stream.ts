import type { CallOptions } from './call-options.ts'
import { ApiError, ConnectionError } from './errors.ts'
import { isTransient } from './retry.ts'
import { StreamReader } from './stream-messages.ts'

interface Connecting {
  after: number | undefined
  /** Attempts to reconnect in a row; unlimited unless given. */
  reconnectsMax: number | undefined
  open(
    after: number | undefined,
    options: CallOptions,
  ): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>
  wait(reconnects: number, retryMs: number): Promise<void>
}

const retryMsDefault = 2_000

/**
 * Events as they happen. It connects when it is iterated over, and after an interruption again, from where it was: no event
 * is skipped. It ends when you leave the loop or abort, and throws when the server refuses the caller.
 *
 * ```ts
 * for await (const event of comserv.events.stream({ types: ['document.published'] })) console.log(event.payload)
 * ```
 */
export class EventStream<T> implements AsyncIterable<T> {
  readonly #connecting: Connecting
  #position: number | undefined

  constructor(connecting: Connecting) {
    this.#connecting = connecting
    this.#position = connecting.after
  }

  /** Where another stream goes on, as its `after`: past the last event that was returned. */
  get position(): number | undefined {
    return this.#position
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { reconnectsMax = Number.POSITIVE_INFINITY, open, wait } = this.#connecting
    let reader = new StreamReader()
    let isFirst = true
    for (let reconnects = 0; ; reconnects++) {
      try {
        const chunks = await open(this.#position, isFirst ? {} : { maxRetries: 0 })
        isFirst = false
        reader = new StreamReader()
        for await (const chunk of chunks) {
          reconnects = 0
          yield* this.#eventsIn(reader, chunk)
        }
        if (reconnects >= reconnectsMax) throw new ConnectionError('The server ended the stream of events.')
      } catch (error) {
        if (isFirst || !isInterruption(error) || reconnects >= reconnectsMax) throw error
      }
      await wait(reconnects, reader.retryMs ?? retryMsDefault)
    }
  }

  /** A refusal in the stream ends it; the next connection is refused with the same error. */
  *#eventsIn(reader: StreamReader, chunk: Uint8Array): Generator<T, void, undefined> {
    for (const { event, data, id } of reader.read(chunk)) {
      if (event !== 'message') continue
      const value = eventOf<T>(data)
      this.#position = positionOf(id) ?? this.#position
      yield value
    }
    this.#position = positionOf(reader.lastId) ?? this.#position
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ApiError && isTransient(error.status))
}

function positionOf(id: string): number | undefined {
  return /^\d{1,16}$/.test(id) ? Number(id) : undefined
}

function eventOf<T>(data: string): T {
  try {
    return JSON.parse(data)
  } catch {
    throw new ConnectionError('An event of the stream does not have the format of the API.')
  }
}
