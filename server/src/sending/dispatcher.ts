import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { endLeasesOfDead, notePresence } from '../db/processes.ts'
import { countDelivery } from '../events/outbox.ts'
import { DurationHistogram } from '../lib/duration-histogram.ts'
import { fromTimestamp, minuteMs, secondMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { arrangeSome, watchOwners } from './arrange.ts'
import { type Claim, claimDue } from './claim.ts'
import * as store from './dispatch-store.ts'
import { FanOut } from './fan-out.ts'
import { freeOf } from './health.ts'
import { isFiltered, isInterrupted, isProxyFault, isSuccess, putOffMsOf } from './outcome.ts'
import { retryDelay } from './retry.ts'
import { type Finished, settle } from './settle.ts'
import { Waits } from './waits.ts'

/** Deliveries that one process has under way at once. */
const sendingMax = 64
/** However many hints are lost, nothing waits longer than this. */
const pollMs = secondMs
/** What another process has made due may be due here a moment after its hint, as clocks differ, so it is looked for again soon. */
const soonMs = 10
const takenBackMax = 500
const proxyToldEveryMs = minuteMs
/** How long a stop waits for attempts under way; the rest is released, to be attempted again. */
const stopTimeoutMs = 20 * secondMs
/** Later than any lease. */
const endOfTime = '9999-12-31T23:59:59.999Z'

type Dependencies = Pick<Context, 'config' | 'catalog' | 'clock' | 'log' | 'database' | 'sender'> & {
  /** Whether the clock is this machine's, rather than the database's for all its processes. */
  hasOwnClock: boolean
}

export interface DispatchStatistics {
  attempts: { succeeded: number; failed: number; interrupted: number }
  /** From the change to the start of the first attempt. */
  firstAttemptDelays: DurationHistogram
  expiredLeases: number
  /** Held deliveries that were removed after the retention, without having been sent. */
  expiredHeld: number
}

/**
 * Attempts due deliveries and records the outcomes. The deliveries table is the only queue: this holds nothing that is
 * not leased there, and however this process ends, its deliveries become due again when their leases expire.
 * Each round records finished attempts and leases new ones in one transaction, then begins those. While a transaction
 * waits for the disk, more finishes and becomes due; the busier it is, the more each round carries.
 */
export class Dispatcher {
  readonly statistics: DispatchStatistics = {
    attempts: { succeeded: 0, failed: 0, interrupted: 0 },
    firstAttemptDelays: new DurationHistogram(),
    expiredLeases: 0,
    expiredHeld: 0,
  }
  readonly #context: Dependencies
  readonly #waits: Waits | undefined
  readonly #fanOut: FanOut
  readonly #sending = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #finished: Finished[] = []
  #lastInTurn = 0
  #proxyToldMs = Number.NEGATIVE_INFINITY
  #isStopping = false
  /** What may have become due since the last round. */
  #isAwake = false
  #pauseMs = pollMs
  #endPause: () => void = () => undefined
  #running: Promise<void> | undefined
  #unlisten: () => void = () => undefined

  constructor(dependencies: Dependencies) {
    this.#context = dependencies
    this.#fanOut = new FanOut(dependencies)
    const { clock, database, log, hasOwnClock } = dependencies
    if (hasOwnClock) this.#waits = new Waits(clock, database, log)
  }

  /**
   * Runs before anything is sent: deliveries left by a killed process become due now, not only when its leases expire.
   * That is safe only if this process was the only one when it started.
   */
  async takeBackLeft(): Promise<void> {
    if (!this.#context.database.wasFree) return
    await this.#waits?.shorten(this.#context.config.webhooks.retrySchedule)
    await this.#takeBack(endOfTime)
  }

  start(): void {
    this.#unlisten = this.#context.database.hints.listen('work', () => {
      this.#pauseMs = this.#waits ? pollMs : soonMs
      this.wake()
    })
    this.#running = this.#run()
  }

  wake(): void {
    this.#isAwake = true
    this.#endPause()
  }

  /** Leases nothing more, waits for attempts under way, and releases those that take too long. */
  async stop(): Promise<void> {
    this.#unlisten()
    this.#isStopping = true
    this.wake()
    await this.#running
    const overdue = setTimeout(() => this.#abort.abort(), stopTimeoutMs)
    await Promise.all(this.#sending)
    clearTimeout(overdue)
    await this.#writeDown().catch((error: unknown) =>
      this.#context.log.error(
        { err: error },
        'the outcomes of the last webhook attempts were not stored; they are made again',
      ),
    )
  }

  /** Sends everything that is due, and what becomes due by that, instead of running on its own. */
  async drain(): Promise<void> {
    await this.#watchWorkers()
    await this.#takeBack()
    await watchOwners(this.#context)
    for (;;) {
      while (await this.#fanOut.some({ mayRest: false }));
      if ((await this.#round()) || this.#finished.length > 0) continue
      if (this.#sending.size === 0) return
      await Promise.race(this.#sending)
    }
  }

  /** Where several processes share the database, the others must know that this one works, and it looks after them. */
  async #watchWorkers(): Promise<void> {
    const { database, clock, config } = this.#context
    if (database.dialect === 'sqlite') return
    await database.write(({ db }) => notePresence(db, clock.now(), config, true))
    await endLeasesOfDead(database, clock.now())
  }

  /** Adds recorded attempts to the statistics of this process. */
  count(ended: readonly Finished[]): void {
    const { attempts } = this.statistics
    for (const { outcome } of ended) {
      if (isFiltered(outcome) || putOffMsOf(outcome) !== undefined) continue
      if (isSuccess(outcome)) attempts.succeeded++
      else if (isInterrupted(outcome)) attempts.interrupted++
      else attempts.failed++
    }
  }

  async #run(): Promise<void> {
    let nextPollMs = 0
    let isFailing = false
    while (!this.#isStopping) {
      this.#isAwake = false
      try {
        if (performance.now() >= nextPollMs) {
          await this.#watchWorkers()
          await this.#takeBack()
          await watchOwners(this.#context)
          nextPollMs = performance.now() + pollMs
        }
        if (await this.#round()) continue
        isFailing = false
      } catch (error) {
        if (!isFailing) this.#tellFailure(error)
        isFailing = true
        this.#isAwake = false
        nextPollMs = performance.now() + pollMs
      }
      const nextMs = Math.min(nextPollMs, this.#fanOut.restsUntilMs || nextPollMs)
      if (this.#isAwake || this.#isStopping) continue
      await this.#pause(Math.min(nextMs - performance.now(), this.#pauseMs))
      this.#pauseMs = Math.min(this.#pauseMs * 2, pollMs)
    }
  }

  /** Logged once, however long it lasts: it retries every second. */
  #tellFailure(error: unknown): void {
    const { log } = this.#context
    if (error instanceof DatabaseUnavailable)
      log.warn({ reason: error.message }, 'webhook deliveries wait for the database')
    else log.error({ err: error }, 'webhook deliveries wait: the database could not be used')
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** @returns whether there was anything to do */
  async #round(): Promise<boolean> {
    const { clock, database } = this.#context
    await this.#gather()
    await this.#waits?.follow()
    const hasArranged = !this.#isStopping && (await arrangeSome(this.#context))
    const hasFanned = !this.#isStopping && (await this.#fanOut.some())
    const nowMs = clock.now()
    const room = this.#isStopping ? 0 : sendingMax - this.#sending.size
    const candidates = room > 0 ? await store.dueWebhooks(database.read, { now: toInstant(nowMs) }) : []
    const wanting = candidates.map((webhook) => ({ id: webhook.id, wants: wantsOf(webhook, nowMs) }))
    const due = this.#inTurn(wanting, room)
    if (due.length === 0) return (await this.#writeDown()) || hasArranged || hasFanned
    const { claims, hasMoved } = await this.#writeDownAnd((trx) =>
      claimDue(trx, this.#context, due, room, nowMs),
    )
    await this.#begin(claims)
    return claims.length > 0 || hasMoved || hasArranged || hasFanned
  }

  /**
   * Waits for ticks of the event loop while each brings another finished attempt: responses that are in the sockets
   * share the commit of this round. The cost of a round hardly grows with what it carries.
   */
  async #gather(): Promise<void> {
    let before: number
    do {
      before = this.#finished.length
      await new Promise(setImmediate)
    } while (this.#finished.length > before)
  }

  /**
   * The webhooks that fill the room, beginning after the one that had the last turn, so that all get one when they want
   * more than there is room for. Taking all of a few costs less than a little of each: their rows are neighbours.
   */
  #inTurn(wanting: readonly { id: number; wants: number }[], room: number): number[] {
    const sorted = wanting.filter(({ wants }) => wants > 0).toSorted((a, b) => a.id - b.id)
    const next = Math.max(
      0,
      sorted.findIndex(({ id }) => id > this.#lastInTurn),
    )
    const due: number[] = []
    let left = room
    for (const { id, wants } of [...sorted.slice(next), ...sorted.slice(0, next)]) {
      if (left <= 0) break
      due.push(id)
      left -= wants
    }
    this.#lastInTurn = due.at(-1) ?? this.#lastInTurn
    return due
  }

  /** @returns whether there was anything to write */
  async #writeDown(): Promise<boolean> {
    if (this.#finished.length === 0) return false
    await this.#writeDownAnd(async () => undefined)
    return true
  }

  /** Finished attempts are kept until they are recorded; if a lease expires before, its attempt is not ours to record any more. */
  async #writeDownAnd<T>(then: (trx: Transaction) => Promise<T>): Promise<T> {
    const { database, clock } = this.#context
    const finished = this.#finished
    this.#finished = []
    try {
      const { value, ours } = await database.write(async (trx) => ({
        ours: await settle(trx, this.#context, finished, clock.now()),
        value: await then(trx),
      }))
      this.count(ours)
      return value
    } catch (error) {
      this.#finished.unshift(...finished)
      throw error
    }
  }

  async #begin(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return
    const { database, clock, sender } = this.#context
    const [bodies, secrets] = await Promise.all([
      store.findBodies(
        database.read,
        claims.flatMap(({ deliveries }) => deliveries.map(({ event_id }) => event_id)),
      ),
      store.findSecrets(
        database.read,
        claims.map(({ webhook }) => webhook.id),
        toTimestamp(clock.now()),
      ),
    ])
    for (const { webhook, deliveries, sees } of claims) {
      for (const delivery of deliveries) {
        if (delivery.attempts === 1 && delivery.generation === 1)
          this.statistics.firstAttemptDelays.record(
            Math.max(0, clock.now() - fromTimestamp(delivery.created_at)),
          )
        const sent = sender
          .send(delivery, webhook, bodies.get(delivery.event_id), secrets.get(webhook.id) ?? [], {
            signal: this.#abort.signal,
            sees,
          })
          .then((finished) => {
            this.#sending.delete(sent)
            this.#tellProxyFault(finished)
            this.#finished.push(finished)
            this.wake()
          })
        this.#sending.add(sent)
      }
    }
  }

  /** Seen by no receiver and counted against none, so that the operator has to be told. */
  #tellProxyFault({ outcome }: Finished): void {
    if (!isProxyFault(outcome) || performance.now() < this.#proxyToldMs + proxyToldEveryMs) return
    this.#proxyToldMs = performance.now()
    const { reason } = outcome as { reason: string }
    this.#context.log.warn({ reason }, 'webhooks are not delivered because the proxy fails; they are retried')
  }

  /** A function of an extension may be what ended the process: it is called again by the schedule, not at every start. */
  async #postponeInside({ db }: Transaction, left: readonly Interrupted[], nowMs: number): Promise<void> {
    if (left.length === 0) return
    const inside = await store.receivedInside(db, [...new Set(left.map(({ webhook_id }) => webhook_id))])
    const schedule = this.#context.config.webhooks.retrySchedule
    const outcome = { kind: 'failed', reason: 'interrupted', durationMs: 0 } as const
    for (const { id, webhook_id, attempts } of left) {
      if (!inside.has(webhook_id)) continue
      const number = Math.min(attempts, schedule.length)
      const pauseMs = retryDelay(number, outcome, nowMs, schedule, Math.random()) ?? 0
      await store.postpone(db, id, toInstant(nowMs + pauseMs))
    }
  }

  /** Leased deliveries without an outcome become due again; the attempt is recorded as interrupted. */
  async #takeBack(leasedUntil?: string): Promise<void> {
    const { database, clock } = this.#context
    await this.#waits?.follow()
    const nowMs = clock.now()
    const now = toInstant(nowMs)
    const until = leasedUntil ?? now
    for (;;) {
      if ((await store.findLeased(database.read, { until })).length === 0) return
      const taken = await database.write(async (trx) => {
        const left = await store.takeBackLeased(trx.db, { until, now, limit: takenBackMax })
        for (const delivery of left) {
          countDelivery(trx, delivery, 'sending', -1)
          countDelivery(trx, delivery, 'pending', 1)
          const startedAt = delivery.last_attempt_at ?? now
          await store.insertAttempt(trx.db, {
            delivery_id: delivery.id,
            number: delivery.attempts,
            started_at: startedAt,
            duration_ms: Math.max(0, nowMs - fromTimestamp(startedAt)),
            outcome: 'interrupted',
            error: null,
            request_headers: null,
            response_status: null,
            response_headers: null,
            response_body: null,
          })
        }
        await this.#postponeInside(trx, left, nowMs)
        return left.length
      })
      this.statistics.expiredLeases += taken
      this.statistics.attempts.interrupted += taken
      if (taken === 0) return
    }
  }
}

type Interrupted = Awaited<ReturnType<typeof store.takeBackLeased>>[number]
type Candidate = Awaited<ReturnType<typeof store.dueWebhooks>>[number]

/** Deliveries that may begin; one of a webhook that is not active, so that it gets its turn to hold them. */
function wantsOf(webhook: Candidate, nowMs: number): number {
  if (webhook.status !== 'active') return 1
  return Math.min(webhook.due ?? 0, freeOf(webhook, webhook.sending ?? 0, nowMs))
}
