import { Readable } from 'node:stream'
import type { Actor } from '../access/caller.ts'
import { AppError, errorBody } from '../api/errors.ts'
import type { Event } from './schema.ts'
import type { EventFilter, EventRow } from './store.ts'

/** What a stream needs of its process. */
export interface Source {
  /** Id of the last event that was handed to the streams of this process. */
  readonly head: number
  /** What the actor may see now of the types that the stream is for. @throws AppError */
  seenBy(actor: Actor, types: readonly string[] | undefined): Seen
  /** The next events up to the head, with their texts. */
  read(seen: Seen, range: { after: number; until: number }): Promise<{ rows: EventRow[]; texts: string[] }>
  /** Waits for a turn of the caller. */
  turn(): Promise<void>
  /** Called when reading ends with an error that is not the caller's. */
  failed(error: unknown): void
}

export interface Seen {
  filter: Pick<EventFilter, 'types' | 'narrowed'>
  /** Nothing in the log is hidden from the actor. */
  isAll: boolean
  shows(row: EventRow): boolean
}

export interface StreamOf {
  source: Source
  types: readonly string[] | undefined
  /** The caller as it is now. @throws AppError when it may not listen any more */
  identify(): Promise<Actor>
  seen: Seen
  /** Id of the event after which it begins. */
  after: number
}

/** How long a client waits before it connects again. */
const retryMs = 2_000
/** Unread text of one stream; a page of events may be added to it. */
const unreadBytesMax = 64 * 1024

/**
 * One event stream: reads its way up to the head of the log, and is then handed what is new. It holds no queue: when the
 * caller does not read, it falls behind, and reads from the log again once the caller does.
 *
 * `reading`: on the way to the head. `full`: until the caller has read what is sent. `live`: at the head.
 */
export class EventStream extends Readable {
  readonly types: readonly string[] | undefined
  readonly #source: Source
  readonly #identify: StreamOf['identify']
  #seen: Seen
  #position: number
  #state: 'reading' | 'full' | 'live' | 'ended' = 'full'
  /** Whether the other side wants more. */
  #isWanted = false
  #sentAtMs = performance.now()
  /** What was unread when that last changed. */
  #unread = { bytes: 0, sinceMs: 0 }

  constructor({ source, types, identify, seen, after }: StreamOf) {
    super({ highWaterMark: unreadBytesMax })
    this.types = types
    this.#source = source
    this.#identify = identify
    this.#seen = seen
    this.#position = after
  }

  get isLive(): boolean {
    return this.#state === 'live'
  }

  /** @param id that a client resumes after when it is disconnected before the first event */
  begin(id: number): void {
    this.#send(`retry: ${retryMs}\nid: ${id}\n\n`)
  }

  override _read(): void {
    this.#isWanted = true
    if (this.#state === 'full') void this.#catchUp()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#state = 'ended'
    done(error)
  }

  /** Ends it with an error event when its caller may not listen any more. @throws what is not the caller's fault */
  async check(): Promise<boolean> {
    try {
      const actor = await this.#identify()
      this.#seen = this.#source.seenBy(actor, this.types)
      return this.#state !== 'ended'
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#refuse(error)
      return false
    }
  }

  /** Sends what it may of new events, if it was at the head before them. @param rows after the former head */
  offer(rows: readonly EventRow[], texts: readonly string[]): void {
    if (this.#state !== 'live') return
    if (!this.#isWanted) {
      this.#state = 'full'
      return
    }
    rows.forEach((row, i) => {
      if (this.#seen.shows(row)) this.#send(texts[i] ?? '')
    })
    this.#position = rows.at(-1)?.id ?? this.#position
  }

  /** New events that it was not checked for: it passes by those of other types, and reads the rest from the log. */
  pass(rows: readonly EventRow[], named: ReadonlySet<string>): void {
    if (this.#state !== 'live') return
    if (this.types && !this.types.some((type) => named.has(type))) {
      this.#position = rows.at(-1)?.id ?? this.#position
      return
    }
    this.#state = 'full'
    if (this.#isWanted) void this.#catchUp()
  }

  /** The server stops: the client connects again. */
  close(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.push(null)
  }

  /** @param bytes that were sent and not read @returns for how long that has not changed, in milliseconds */
  unreadFor(bytes: number, nowMs: number): number {
    if (bytes === 0 || bytes !== this.#unread.bytes) this.#unread = { bytes, sinceMs: nowMs }
    return nowMs - this.#unread.sinceMs
  }

  /** A comment, which keeps proxies from ending an idle connection, with the position where that tells nothing hidden. */
  beat(nowMs: number, everyMs: number): void {
    if (!this.#isWanted || this.#state === 'ended' || nowMs - this.#sentAtMs < everyMs) return
    this.#send(this.isLive && this.#seen.isAll ? `:\nid: ${this.#position}\n\n` : ':\n\n')
  }

  async #catchUp(): Promise<void> {
    this.#state = 'reading'
    try {
      while (this.#state === 'reading' && (await this.#catchUpSome()));
    } catch (error) {
      if (this.#hasEnded()) return
      this.close()
      this.#source.failed(error)
    }
  }

  /** @returns whether to go on */
  async #catchUpSome(): Promise<boolean> {
    await this.#source.turn()
    if (!(await this.check())) return false
    const until = this.#source.head
    const { rows, texts } = await this.#source.read(this.#seen, { after: this.#position, until })
    if (this.#state !== 'reading') return false
    for (const text of texts) this.#send(text)
    this.#position = rows.at(-1)?.id ?? until
    if (rows.length === 0 && this.#source.head === until) this.#state = 'live'
    else if (!this.#isWanted) this.#state = 'full'
    return this.#state === 'reading'
  }

  #hasEnded(): boolean {
    return this.#state === 'ended'
  }

  #refuse(error: AppError): void {
    if (this.#hasEnded()) return
    this.#send(`event: error\ndata: ${JSON.stringify(errorBody(error))}\n\n`)
    this.close()
  }

  #send(text: string): void {
    this.#sentAtMs = performance.now()
    this.#isWanted = this.push(text)
  }
}

/** One message for an event: a line of JSON. */
export function messageOf(event: Event): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`
}
