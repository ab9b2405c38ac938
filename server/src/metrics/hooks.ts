import { Counter, type Registry } from 'prom-client'
import type { Context } from '../context.ts'

/** Metrics of the calls of hooks. */
export function registerHooks(registry: Registry, { hookCalls }: Context): void {
  new Counter({
    name: 'comserv_hook_calls_total',
    help: 'Calls of hooks by this process, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of hookCalls.statistics.calls) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'comserv_hook_calls_dropped_total',
    help: 'Calls of hooks that are missing in their log: they came faster than it is written, or the database was away',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(hookCalls.statistics.dropped)
    },
  })
}
