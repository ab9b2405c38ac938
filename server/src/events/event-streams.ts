import type { Actor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import { exportPartTimeoutMs } from '../api/limits.ts'
import type { Context } from '../context.ts'
import { OpenTransfers, streamBounds } from '../http/open-transfers.ts'
import { onBehalfOfAll } from '../lib/caller.ts'
import { secondMs } from '../lib/timestamps.ts'
import { EventStream, messageOf, type Seen, type Source, type StreamOf } from './event-stream.ts'
import { LogFollower } from './log-follower.ts'
import { namesIn } from './patterns.ts'
import { openEvents, seenEvents } from './service.ts'
import * as store from './store.ts'
import { seesAllOf, sightOf } from './visibility.ts'

type Dependencies = Pick<Context, 'config' | 'catalog' | 'database' | 'log' | 'pace'>

/** Shorter than the minute after which nginx ends a connection that says nothing. */
const beatMs = 15 * secondMs
const sweepMs = secondMs
export const streamTimes = { beatMs, sweepMs, unreadMs: exportPartTimeoutMs }
const pageMax = 100
/** Callers that are identified at once. */
const identifiedMax = 50
/** Streams that are checked in a sweep: the garbage of more would keep the heap from shrinking. */
const sweptMax = 100

export interface Wanted {
  /** Names and patterns. Undefined: all that may be read. */
  types: readonly string[] | undefined
  /** Undefined: begin with what is new. */
  after: number | undefined
}

/** A wish that was granted. */
interface Admitted extends Wanted {
  seen: Seen
  /** Where the log is read from. */
  from: number | undefined
}

/** The caller of a stream. */
interface Listener {
  identify: StreamOf['identify']
  turn: Source['turn']
}

/** Where a stream is written to. */
interface Sink {
  /** Bytes that the other side has not taken. */
  readonly writableLength: number
  destroy(): void
}

/**
 * The event streams of this process. The log is read once for all of them; each is checked for its caller's rights before
 * anything is sent to it, whenever credentials change in this process, and in turn, a hundred every second.
 */
export class EventStreams {
  readonly #context: Dependencies
  readonly #follower: LogFollower
  readonly #open = new Map<EventStream, Sink>()
  readonly #transfers: OpenTransfers
  readonly #times: typeof streamTimes
  #opening = 0
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> | undefined
  /** Whether all are to be checked after that. */
  #isAllDue = false
  /** How many of the streams the sweeps of this round have checked. */
  #swept = 0
  #isClosed = false

  constructor(context: Dependencies, times = streamTimes) {
    this.#context = context
    this.#times = times
    this.#follower = new LogFollower(context, (rows) => this.#prepare(rows))
    this.#transfers = new OpenTransfers(streamBounds(context.config.eventStreamsPerCallerMax))
  }

  get size(): number {
    return this.#open.size
  }

  /** Sent, and not read yet. */
  get unreadBytes(): number {
    return this.#open.entries().reduce((sum, [stream, sink]) => sum + unreadOf(stream, sink), 0)
  }

  /** Counts a stream of a caller. @returns a function to call when it has ended @throws AppError */
  begin(callerKey: string): () => void {
    if (this.#isClosed) throw stopping()
    return this.#transfers.begin(callerKey)
  }

  /** @throws AppError when the actor may not read what they name, or the position is lost */
  async admit(actor: Actor, wanted: Wanted): Promise<Admitted> {
    const types = wanted.types && namesIn(wanted.types, this.#context.catalog.eventTypes.keys())
    const seen = this.#seenBy(actor, types)
    const { after } = wanted
    return { types, after, seen, from: after === undefined ? undefined : await this.#resumed(after) }
  }

  /** @throws AppError when the server stops */
  async open({ types, after, seen, from }: Admitted, listener: Listener, sink: Sink): Promise<EventStream> {
    this.#opening++
    try {
      await this.#follower.follow()
      const source = this.#sourceFor(listener.turn)
      const { identify } = listener
      const stream = new EventStream({ source, types, identify, seen, after: from ?? source.head })
      const shown = after ?? (await this.#lastSeen(seen, source.head))
      if (this.#isClosed) throw stopping()
      this.#open.set(stream, sink)
      this.#timer ??= onBehalfOfAll(() => setInterval(() => this.#sweep(), this.#times.sweepMs)).unref()
      stream.once('close', () => this.#ended(stream))
      stream.begin(shown)
      return stream
    } finally {
      this.#opening--
      this.#restIfIdle()
    }
  }

  /** What callers may do can have changed. */
  checkSoon(): void {
    // A check that is running may have passed those concerned.
    if (this.#checking) this.#isAllDue = true
    else if (this.#open.size > 0) void this.#check([...this.#open.keys()])
  }

  close(): void {
    this.#isClosed = true
    for (const stream of this.#open.keys()) stream.close()
    this.#follower.rest()
    clearInterval(this.#timer)
  }

  #ended(stream: EventStream): void {
    this.#open.delete(stream)
    this.#restIfIdle()
  }

  #restIfIdle(): void {
    if (this.#open.size > 0 || this.#opening > 0) return
    this.#follower.rest()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** The event after which a client that names its last one goes on. @throws AppError when what followed is gone */
  async #resumed(after: number): Promise<number> {
    const { database, config } = this.#context
    if (after === 0 || (await store.findEvent(database.read, after))) return after
    const pruning = await store.findPruning(database.read)
    if (pruning?.last_event_id === after) return 0
    const [newest] = await store.listEvents(database.read, { sort: '-log' }, 1)
    throw lostPosition(after, newest?.id ?? 0, pruning, config.eventRetentionDays)
  }

  /** The position that a client resumes from before it got an event: the last one that it would have got. */
  async #lastSeen({ filter, isAll }: Seen, head: number): Promise<number> {
    if (isAll || head === 0) return head
    const { read } = this.#context.database
    const [last] = await store.listEvents(read, { ...filter, sort: '-log', until: head }, 1)
    return last?.id ?? 0
  }

  #sourceFor(turn: Source['turn']): Source {
    const follower = this.#follower
    const { database, log } = this.#context
    return {
      get head() {
        return follower.head
      },
      seenBy: (actor, types) => this.#seenBy(actor, types),
      async read({ filter }, range) {
        if (range.after === range.until) return { rows: [], texts: [] }
        const rows = await store.listEvents(database.read, { ...filter, ...range }, pageMax)
        return { rows, texts: (await openEvents(database, rows)).map(messageOf) }
      },
      turn,
      failed: (error) => log.warn({ err: error }, 'an event stream ended; its client connects again'),
    }
  }

  #seenBy(actor: Actor, types: readonly string[] | undefined): Seen {
    const { eventTypes } = this.#context.catalog
    const filter = seenEvents(this.#context, actor, types)
    return {
      filter,
      isAll: [...eventTypes.values()].every((type) => seesAllOf(actor, type)),
      shows(row) {
        if (types && !types.includes(row.type)) return false
        const type = eventTypes.get(row.type)
        return type ? sightOf(actor, type, row) === 'visible' : filter.types === undefined
      },
    }
  }

  /** Checks those to whom something may be sent, and writes the events down once for all. */
  async #prepare(rows: readonly store.EventRow[]): Promise<() => void> {
    const named = new Set(rows.map(({ type }) => type))
    const concerned = [...this.#open.keys()].filter(
      ({ isLive, types }) => isLive && (types === undefined || types.some((type) => named.has(type))),
    )
    await inParts(concerned, (stream) => stream.check())
    const texts = concerned.length > 0 ? (await openEvents(this.#context.database, rows)).map(messageOf) : []
    return () => {
      for (const stream of concerned) stream.offer(rows, texts)
      const ready = new Set(concerned)
      for (const stream of this.#open.keys()) if (!ready.has(stream)) stream.pass(rows, named)
    }
  }

  #sweep(): void {
    const nowMs = performance.now()
    for (const [stream, sink] of this.#open) {
      if (stream.unreadFor(unreadOf(stream, sink), nowMs) > this.#times.unreadMs) sink.destroy()
      else stream.beat(nowMs, this.#times.beatMs)
    }
    const due = [...this.#open.keys().drop(this.#swept).take(sweptMax)]
    this.#swept = due.length < sweptMax ? 0 : this.#swept + sweptMax
    if (due.length > 0) void this.#check(due)
  }

  /** One at a time; the sweeps check again what changes meanwhile. */
  #check(streams: readonly EventStream[]): Promise<void> {
    this.#checking ??= onBehalfOfAll(() => inParts(streams, (stream) => stream.check()))
      // Nothing is sent without a check that succeeds.
      .catch(() => undefined)
      .finally(() => {
        this.#checking = undefined
        if (!this.#isAllDue) return
        this.#isAllDue = false
        this.checkSoon()
      })
    return this.#checking
  }
}

function unreadOf(stream: EventStream, sink: Sink): number {
  return stream.readableLength + sink.writableLength
}

async function inParts(
  streams: readonly EventStream[],
  check: (stream: EventStream) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < streams.length; i += identifiedMax) {
    await Promise.all(streams.slice(i, i + identifiedMax).map(check))
    await new Promise(setImmediate)
  }
}

function stopping(): AppError {
  return new AppError('service_unavailable', 'The server is stopping; connect again shortly.', {
    headers: { 'retry-after': '2' },
  })
}

function lostPosition(
  after: number,
  newest: number,
  pruning: Awaited<ReturnType<typeof store.findPruning>>,
  retentionDays: number,
): AppError {
  const goOn = 'Connect without a position for new events, or with 0 for all that are kept.'
  const isUnknown = after > Math.max(newest, pruning?.last_event_id ?? 0)
  const details = isUnknown
    ? `There has been no event ${after}: the position is from another server, or from before a backup was restored. ${goOn}`
    : pruning
      ? `Events after ${after} are lost: those up to ${pruning.last_occurred_at} were removed after ${retentionDays} days. ${goOn}`
      : `Events after ${after} may be lost: it was removed after ${retentionDays} days. ${goOn}`
  return new AppError('resource_not_found', details, {
    status: 410,
    message: 'The events after that position are no longer kept',
  })
}
