import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { newLease } from '../db/processes.ts'
import { DurationHistogram } from '../lib/duration-histogram.ts'
import { fromTimestamp, secondMs, toInstant } from '../lib/timestamps.ts'
import { followLog } from './follow.ts'
import { performRun } from './perform.ts'
import * as store from './run-store.ts'
import { beginScheduled } from './schedule.ts'
import { Shares } from './shares.ts'

/** However many hints are lost, nothing waits longer than this. */
const pollMs = secondMs
const takenBackMax = 100
const stopTimeoutMs = 20 * secondMs
/** Later than any lease. */
const endOfTime = '9999-12-31T23:59:59.999Z'

export interface AutomationStatistics {
  /** Runs that ended, by how. */
  runs: Record<'succeeded' | 'stopped' | 'failed', number>
  /** Attempts of steps, by how they ended. */
  steps: Record<'succeeded' | 'failed' | 'interrupted', number>
  /** From the moment a run was written to the start of its first step. */
  firstStepDelays: DurationHistogram
  expiredLeases: number
}

/**
 * Begins runs and carries them out. The tables are the only queue: this holds nothing that is not leased there, and however
 * the process ends, its runs become due again when their leases expire.
 */
export class AutomationEngine {
  readonly statistics: AutomationStatistics = {
    runs: { succeeded: 0, stopped: 0, failed: 0 },
    steps: { succeeded: 0, failed: 0, interrupted: 0 },
    firstStepDelays: new DurationHistogram(),
    expiredLeases: 0,
  }
  readonly #context: Context
  /** The runs under way. */
  readonly #running = new Set<Promise<void>>()
  readonly #shares = new Shares()
  readonly #abort = new AbortController()
  #isStopping = false
  #isAwake = false
  #endPause: () => void = () => undefined
  #loop: Promise<void> | undefined
  #unlisten: (() => void)[] = []

  constructor(context: Context) {
    this.#context = context
  }

  /** Runs left by a killed process are due now, if this process was the only one when it started. */
  async takeBackLeft(): Promise<void> {
    if (this.#context.database.wasFree) await this.#takeBack(endOfTime)
  }

  start(): void {
    const { hints } = this.#context.database
    this.#unlisten = (['work', 'log'] as const).map((kind) => hints.listen(kind, () => this.wake()))
    this.#loop = this.#run()
  }

  wake(): void {
    this.#isAwake = true
    this.#endPause()
  }

  /** Begins nothing more, and waits for the steps under way; those that take too long are carried out again later. */
  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten()
    this.#isStopping = true
    this.wake()
    await this.#loop
    const overdue = setTimeout(() => this.#abort.abort(), stopTimeoutMs)
    await Promise.all(this.#running)
    clearTimeout(overdue)
  }

  /** Does everything that is due, and what becomes due by that, instead of running on its own. */
  async drain(): Promise<void> {
    await this.#takeBack()
    for (;;) {
      if (await this.#round()) continue
      if (this.#running.size === 0) return
      await Promise.race(this.#running)
    }
  }

  async #run(): Promise<void> {
    let isFailing = false
    let nextPollMs = 0
    while (!this.#isStopping) {
      this.#isAwake = false
      try {
        if (performance.now() >= nextPollMs) {
          await this.#takeBack()
          nextPollMs = performance.now() + pollMs
        }
        while (!this.#isStopping && (await this.#round()));
        isFailing = false
      } catch (error) {
        if (!isFailing) this.#tellFailure(error)
        isFailing = true
        this.#isAwake = false
      }
      if (!this.#isAwake && !this.#isStopping) await this.#pause()
    }
  }

  /** Logged once, however long it lasts. */
  #tellFailure(error: unknown): void {
    const { log } = this.#context
    if (error instanceof DatabaseUnavailable)
      log.warn({ reason: error.message }, 'automations wait for the database')
    else log.error({ err: error }, 'automations wait: an error of the server')
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** @returns whether there was anything to do */
  async #round(): Promise<boolean> {
    const { database, clock, config } = this.#context
    const hasBegun = [await followLog(this.#context), await beginScheduled(this.#context)].includes(true)
    const now = toInstant(clock.now())
    if (this.#shares.isFull || (await store.findDue(database.read, { now })).length === 0) return hasBegun
    const lease = newLease(clock.now(), config.webhooks.leaseMs)
    const leased = await database.write(({ db }) => store.leaseDue(db, now, this.#shares, lease))
    for (const run of leased) this.#begin(run)
    return leased.length > 0 || hasBegun
  }

  #begin(run: store.LeasedRun): void {
    const { clock, log } = this.#context
    if (run.step === 0 && run.attempts === 0)
      this.statistics.firstStepDelays.record(Math.max(0, clock.now() - fromTimestamp(run.created_at)))
    const performed = performRun(this.#context, run, {
      signal: this.#abort.signal,
      statistics: this.statistics,
    })
      // Its lease expires, and it goes on from the step that was not recorded.
      .catch((error: unknown) => log.error({ err: error, run: run.id }, 'a run of an automation was left'))
      .then(() => {
        this.#running.delete(performed)
        this.#shares.giveBack(run)
        this.wake()
      })
    this.#shares.take(run)
    this.#running.add(performed)
  }

  async #takeBack(leasedUntil?: string): Promise<void> {
    const { database, clock } = this.#context
    const nowMs = clock.now()
    const now = toInstant(nowMs)
    const until = leasedUntil ?? now
    while ((await store.findLeased(database.read, { until })).length > 0) {
      const taken = await database.write(async (trx) => {
        const left = await store.takeBackLeased(trx, { until, now, limit: takenBackMax })
        for (const run of left) await noteInterrupted(trx.db, run, now)
        return left.length
      })
      this.statistics.expiredLeases += taken
      this.statistics.steps.interrupted += taken
      if (taken === 0) return
    }
  }
}

/** It is unknown how far the step came. */
async function noteInterrupted(
  db: Parameters<typeof store.insertAttempt>[0],
  run: store.RunRow,
  now: string,
): Promise<void> {
  const steps: { name: string }[] = JSON.parse(run.steps)
  await store.insertAttempt(db, {
    run_id: run.id,
    step: run.step,
    name: steps[run.step]?.name ?? '',
    outcome: 'interrupted',
    error: 'The server stopped before it knew the outcome; the step is carried out again.',
    input: null,
    output: null,
    started_at: now,
    duration_ms: 0,
  })
}
