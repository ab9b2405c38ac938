import { Counter, Gauge, type Registry } from 'prom-client'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { countQueued, receiverStates } from '../deliveries/backlog-service.ts'

/** Metrics of the sending of webhooks; the state of the receivers is read at the moment of the scrape. */
export function registerWebhooks(registry: Registry, context: Context): void {
  const { statistics } = context.dispatcher
  new Counter({
    name: 'comserv_webhook_attempts_total',
    help: 'Attempts of deliveries that this process made, by how they ended; interrupted ones were found by it',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(statistics.attempts)) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'comserv_webhook_expired_leases_total',
    help: 'Deliveries reclaimed from a process that did not record the outcome in time',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(statistics.expiredLeases)
    },
  })
  new Counter({
    name: 'comserv_webhook_held_removed_total',
    help: 'Deliveries that were held until the end of their retention, and removed without having been sent',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(statistics.expiredHeld)
    },
  })
  new Gauge({
    name: 'comserv_webhook_events_waiting',
    help: 'Events with many subscribers whose deliveries are still to be written',
    registers: [registry],
    async collect() {
      this.reset()
      const waiting = await ifKnown(() => countQueued(context))
      if (waiting !== undefined) this.set(waiting)
    },
  })
  new Gauge({
    name: 'comserv_webhook_oldest_due_seconds',
    help: 'Age of the oldest delivery that is due, by webhook; also where a rate limit or an open circuit holds it back',
    labelNames: ['webhook'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { id, oldestDueSeconds } of (await ifKnown(() => receiverStates(context))) ?? [])
        this.set({ webhook: String(id) }, oldestDueSeconds)
    },
  })
  new Gauge({
    name: 'comserv_webhook_circuits',
    help: 'Webhooks that are active, by the state of their circuit',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      const states = await ifKnown(() => receiverStates(context))
      if (!states) return
      for (const state of ['closed', 'open', 'half_open'] as const)
        this.set({ state }, states.filter(({ circuit }) => circuit === state).length)
    },
  })
}

/** While the database fails, the state of receivers is unknown; the metrics of the process are all the more important. */
async function ifKnown<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return undefined
    throw error
  }
}
