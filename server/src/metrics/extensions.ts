import { Counter, type Registry } from 'prom-client'
import type { Context } from '../context.ts'

/** Metrics of extensions; none where there are none. */
export function registerExtensions(registry: Registry, { extensions }: Context): void {
  if (!extensions) return
  const { counted } = extensions
  new Counter({
    name: 'comserv_extension_failures_total',
    help: 'Functions of extensions that failed in this process, by their part',
    labelNames: ['extension', 'part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [key, count] of counted.failures) {
        const [extension = '', part = ''] = key.split(' ')
        this.inc({ extension, part }, count)
      }
    },
  })
  new Counter({
    name: 'comserv_extension_refusals_total',
    help: 'Changes that extensions refused in this process',
    labelNames: ['extension'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [extension, count] of counted.refusals) this.inc({ extension }, count)
    },
  })
  new Counter({
    name: 'comserv_extension_events_total',
    help: 'Events that functions of extensions have received in this process',
    labelNames: ['extension'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [extension, count] of counted.received) this.inc({ extension }, count)
    },
  })
}
