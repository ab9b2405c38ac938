import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '../events/schema.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'
import { untilAborted } from '../lib/until-aborted.ts'
import { CommandError } from './command.ts'
import { type Connect, Interrupted } from './stream-connection.ts'
import { StreamReader } from './stream-messages.ts'

/** How far the log was followed, and the event there, if it is one that was asked for. */
export interface Step {
  event: Event | undefined
  position: number
}

interface Following {
  connect: Connect
  after: number | undefined
  stop: AbortSignal
  /** For the person in front of it. */
  tell(line: string): void
  opened(): void
}

const pauseMsMin = secondMs
const pauseMsMax = 30 * secondMs
const askedPauseMsMax = 5 * minuteMs
/** A stream that has lasted so long works. */
const provenMs = 10 * secondMs

/**
 * Events in the order of the log, over interruptions: it connects again after the last event that was taken. The first
 * connection has to succeed, since its failure is most often a mistake. @throws the reason of `stop`
 */
export async function* followedEvents(following: Following): AsyncGenerator<Step, void, undefined> {
  const { connect, stop, tell, opened } = following
  let position = following.after
  let isFirst = true
  let isAway = false
  for (let failures = 0; ; failures++) {
    let openedMs = Number.POSITIVE_INFINITY
    let retryAfterMs = 0
    try {
      const parts = await untilAborted(connect(position, stop), stop)
      openedMs = performance.now()
      if (isFirst) opened()
      else if (isAway) tell('Connected again.')
      isFirst = false
      isAway = false
      for await (const step of stepsIn(parts)) {
        position = step.position
        if (step.event) failures = 0
        yield step
      }
      throw new Interrupted('The server has ended the stream.')
    } catch (error) {
      stop.throwIfAborted()
      if (!(error instanceof Interrupted) || isFirst) throw error
      if (performance.now() - openedMs > provenMs) failures = 0
      if (failures === 0 && !isAway) {
        tell(`${error.message} Connecting again, until it succeeds or you press Ctrl-C.`)
        isAway = true
      }
      retryAfterMs = Math.min(error.retryAfterMs, askedPauseMsMax)
    }
    await pauseFor(Math.max(pauseMsOf(failures), retryAfterMs), stop)
  }
}

async function* stepsIn(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Step, void, undefined> {
  const reader = new StreamReader()
  for await (const part of parts) {
    for (const { event, data, id } of reader.read(part)) {
      // Why the caller may not listen any more; the next connection is refused with the same.
      if (event === 'error') return
      if (event === 'message') yield { event: eventIn(data), position: positionIn(id) }
    }
    if (reader.lastId !== '') yield { event: undefined, position: positionIn(reader.lastId) }
  }
}

function eventIn(data: string): Event {
  try {
    const event: Event = JSON.parse(data)
    if (Number.isSafeInteger(event.id) && typeof event.payload === 'object') return event
  } catch {
    // Told below.
  }
  throw new CommandError('The stream is not one of Comserv: an event does not have the format of the API.')
}

function positionIn(id: string): number {
  const position = /^\d{1,16}$/.test(id) ? Number(id) : Number.NaN
  if (Number.isSafeInteger(position)) return position
  throw new CommandError('The stream is not one of Comserv: a position in it is not the id of an event.')
}

/** Doubled with each failure, and spread, so that all who were disconnected together do not return together. */
export function pauseMsOf(failures: number): number {
  return Math.min(pauseMsMin * 2 ** failures, pauseMsMax) * (0.8 + 0.4 * Math.random())
}

/** @throws the reason of `stop` */
export async function pauseFor(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => stop.throwIfAborted())
}
