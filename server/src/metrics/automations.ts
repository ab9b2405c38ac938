import { Counter, Gauge, type Registry } from 'prom-client'
import { oldestDueSeconds } from '../automations/run-service.ts'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'

/** Metrics of automations: of this process, and of the queue that all share. */
export function registerAutomations(registry: Registry, context: Context): void {
  const { statistics } = context.automations
  new Counter({
    name: 'comserv_automation_runs_total',
    help: 'Runs of automations that ended in this process, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(statistics.runs)) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'comserv_automation_steps_total',
    help: 'Attempts of steps of automations in this process, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(statistics.steps)) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'comserv_automation_expired_leases_total',
    help: 'Runs of automations reclaimed from a process that did not record the outcome in time',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(statistics.expiredLeases)
    },
  })
  new Gauge({
    name: 'comserv_automation_oldest_due_seconds',
    help: 'Age of the oldest run of an automation that is due; 0 without one',
    registers: [registry],
    async collect() {
      this.reset()
      const seconds = await oldestDueSeconds(context).catch((error: unknown) => {
        // While the database fails it is unknown.
        if (!(error instanceof DatabaseUnavailable)) throw error
      })
      if (seconds !== undefined) this.set(seconds)
    },
  })
}
