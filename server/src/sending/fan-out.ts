import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { writeDeliveries } from '../events/outbox.ts'
import { toInstant } from '../lib/timestamps.ts'
import * as store from './fan-out-store.ts'

/** Deliveries that a transaction writes: no other change waits long for it. */
const writtenMax = 64
const eventsAtOnceMax = 20
/** What cannot be sent now is written in a sixth of the time, while others change something. */
const restsPerWork = 5
const restMsMax = 250

type Dependencies = Pick<Context, 'database' | 'catalog' | 'clock'>

/**
 * Writes the deliveries of events that have many subscribers. The change that caused an event has noted its subscribers
 * (`events/outbox.ts`), and each gets one delivery: the note is shortened in the transaction that writes them. A webhook
 * that was deleted meanwhile gets none, nor one whose rules exclude the event by now; one that was paused, or does not
 * subscribe any more, is decided by the claim, like everything that waits.
 *
 * Those to which something can be sent come first, for all events, and at once: they must not wait for a thousand dead
 * receivers. The others come when there is time. On the embedded database, all changes share one connection and thread.
 */
export class FanOut {
  readonly #context: Dependencies
  #restsUntilMs = 0
  /** That were committed when its last round ended. */
  #changes = 0

  constructor(context: Dependencies) {
    this.#context = context
  }

  /** Until then it rests, by the monotonic clock; 0 when it does not. */
  get restsUntilMs(): number {
    return this.#restsUntilMs
  }

  /** @returns whether there was anything to do; call again then */
  async some({ mayRest = true } = {}): Promise<boolean> {
    const { database } = this.#context
    const beganMs = performance.now()
    const [next] = await store.findQueued(database.read, {})
    const isResting = beganMs < this.#restsUntilMs && database.statistics().changes > this.#changes
    if (next?.only_resting === 1 && mayRest && isResting) return false
    this.#restsUntilMs = 0
    if (!next) return false
    await database.write((trx) => fanOut(trx, this.#context, next.only_resting))
    this.#changes = database.statistics().changes
    const endedMs = performance.now()
    if (next.only_resting === 1)
      this.#restsUntilMs = endedMs + Math.min(restMsMax, restsPerWork * (endedMs - beganMs))
    return true
  }
}

async function fanOut(
  trx: Transaction,
  { catalog, clock }: Dependencies,
  only_resting: 0 | 1,
): Promise<void> {
  const queued = await store.takeQueued(trx.db, { only_resting, limit: eventsAtOnceMax })
  if (queued.length === 0) return
  const resting = new Set(only_resting === 1 ? [] : await restingOf(trx, clock.now()))
  const places = await placesOf(trx, queued)
  const done: number[] = []
  let room = writtenMax
  for (const { webhooks, ...event } of queued) {
    const noted: number[] = JSON.parse(webhooks)
    const some = noted.filter((id) => !resting.has(id)).slice(0, room)
    room -= some.length
    const data = places.get(event.event_id) ?? {}
    await writeDeliveries(trx, catalog.eventTypes.get(event.event_type), { ...event, data }, some)
    const written = new Set(some)
    const left = noted.filter((id) => !written.has(id))
    if (left.length === 0) done.push(event.event_id)
    else await store.keepLeft(trx.db, { event_id: event.event_id, ...noteOf(left, resting, only_resting) })
    if (room === 0) break
  }
  await store.removeQueued(trx.db, { ids: JSON.stringify(done) })
}

function noteOf(left: readonly number[], resting: ReadonlySet<number>, before: 0 | 1) {
  const only_resting = left.every((id) => resting.has(id)) ? (1 as const) : before
  return { webhooks: JSON.stringify(left), only_resting }
}

async function restingOf({ db }: Transaction, nowMs: number): Promise<number[]> {
  const rows = await store.findResting(db, { now: toInstant(nowMs) })
  return rows.map(({ id }) => id)
}

/** What the rules of webhooks decide by, by event. */
async function placesOf({ db }: Transaction, queued: readonly { event_id: number }[]) {
  const rows = await store.findPlaces(db, { ids: JSON.stringify(queued.map(({ event_id }) => event_id)) })
  return new Map(rows.map(({ id, ...place }) => [id, place]))
}
